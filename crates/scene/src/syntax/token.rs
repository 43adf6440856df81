//! Text to tokens that cover it without a gap.
//!
//! The lexer never fails: what it does not know becomes [`TokenKind::Unknown`], one character at a time, and the
//! parser decides what to say about it.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Blanks, line ends and a byte order mark.
    Whitespace,
    /// `// …` up to the line's end.
    LineComment,
    /// `/* … */`, nesting.
    BlockComment,
    /// A block comment without its end.
    OpenComment,
    /// A name such as `size_m` or `Box`.
    Ident,
    /// Anything that starts like a number, well-formed or not.
    Number,
    /// `"…"`.
    Text,
    /// `r"…"` or `r#"…"#`.
    RawText,
    /// A string without its closing quote.
    OpenText,
    /// `'…'`.
    Quoted,
    /// `(`.
    OpenParen,
    /// `)`.
    CloseParen,
    /// `[`.
    OpenBracket,
    /// `]`.
    CloseBracket,
    /// `{`.
    OpenBrace,
    /// `}`.
    CloseBrace,
    /// `,`.
    Comma,
    /// `:`.
    Colon,
    /// `#`.
    Hash,
    /// Anything else.
    Unknown,
}

impl TokenKind {
    /// Whether the parser steps over it.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::LineComment | Self::BlockComment | Self::OpenComment)
    }

    /// Whether it is a literal on its own.
    pub fn is_literal(self) -> bool {
        matches!(self, Self::Number | Self::Text | Self::RawText | Self::OpenText | Self::Quoted)
    }

    pub(super) fn closer(self) -> Option<Self> {
        match self {
            Self::OpenParen => Some(Self::CloseParen),
            Self::OpenBracket => Some(Self::CloseBracket),
            Self::OpenBrace => Some(Self::CloseBrace),
            _ => None,
        }
    }

    pub(super) fn is_closer(self) -> bool {
        matches!(self, Self::CloseParen | Self::CloseBracket | Self::CloseBrace)
    }
}

/// One token. It starts where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte offset just behind it.
    pub end: u32,
}

/// Splits `source` into tokens. The lengths add up to the source's.
///
/// Text may run over several lines. A forgotten quote would then turn the rest of the file inside out, so a file
/// whose last text never ends is read again with text confined to its line; one that does not end there stops at the
/// next comma or bracket, where its quote was most likely forgotten.
pub(super) fn lex(source: &str) -> Vec<Token> {
    let tokens = Lexer { source, at: 0, text_stays_on_line: false }.run();
    if tokens.iter().any(|token| token.kind == TokenKind::OpenText) {
        return Lexer { source, at: 0, text_stays_on_line: true }.run();
    }
    tokens
}

/// Characters in single quotes.
const MAX_QUOTED: usize = 200;

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    text_stays_on_line: bool,
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        let mut tokens = Vec::new();
        while let Some(first) = self.peek() {
            let kind = self.token(first);
            tokens.push(Token { kind, end: self.at as u32 });
        }
        tokens
    }

    fn token(&mut self, first: char) -> TokenKind {
        if is_blank(first) {
            self.skip_while(is_blank);
            return TokenKind::Whitespace;
        }
        if self.starts_number() {
            return self.number();
        }
        if is_ident_start(first) {
            return self.word();
        }
        match first {
            '/' if self.rest().starts_with("//") => {
                self.skip_while(|c| c != '\n');
                TokenKind::LineComment
            }
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            '"' => self.text(),
            '\'' => self.quoted(),
            _ => self.punctuation(first),
        }
    }

    fn punctuation(&mut self, first: char) -> TokenKind {
        self.bump();
        match first {
            '(' => TokenKind::OpenParen,
            ')' => TokenKind::CloseParen,
            '[' => TokenKind::OpenBracket,
            ']' => TokenKind::CloseBracket,
            '{' => TokenKind::OpenBrace,
            '}' => TokenKind::CloseBrace,
            ',' => TokenKind::Comma,
            ':' => TokenKind::Colon,
            '#' => TokenKind::Hash,
            _ => TokenKind::Unknown,
        }
    }

    fn starts_number(&self) -> bool {
        let rest = self.rest();
        let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let signed = unsigned.len() < rest.len();
        let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
        digits.starts_with(|c: char| c.is_ascii_digit())
            || (signed && (unsigned.starts_with("inf") || unsigned.starts_with("NaN")))
    }

    /// Takes all that could belong to a number, so that `1m` or `1.2.3` is one mistake and not three.
    fn number(&mut self) -> TokenKind {
        let start = self.at;
        self.bump();
        while let Some(next) = self.peek() {
            let so_far = self.source[start..self.at].trim_start_matches(['+', '-']);
            let exponent_sign =
                matches!(next, '+' | '-') && so_far.ends_with(['e', 'E']) && !so_far.starts_with("0x");
            if !(is_ident_continue(next) || next == '.' || exponent_sign) {
                break;
            }
            self.bump();
        }
        TokenKind::Number
    }

    fn word(&mut self) -> TokenKind {
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix('r') {
            let hashes = after.len() - after.trim_start_matches('#').len();
            let behind = &after[hashes..];
            if behind.starts_with('"') {
                return self.raw_text(hashes);
            }
            if hashes == 1 && behind.starts_with(is_ident_start) {
                self.at += 2;
            }
        }
        self.skip_while(is_ident_continue);
        TokenKind::Ident
    }

    fn raw_text(&mut self, hashes: usize) -> TokenKind {
        let body = self.at + 2 + hashes;
        let terminator = format!("\"{}", "#".repeat(hashes));
        let limit = if self.text_stays_on_line { self.line_end() } else { self.source.len() };
        let found = self.source.get(body..limit).and_then(|rest| rest.find(&terminator));
        self.at = found.map_or(limit, |at| body + at + terminator.len());
        if found.is_some() { TokenKind::RawText } else { TokenKind::OpenText }
    }

    fn text(&mut self) -> TokenKind {
        let start = self.at;
        self.bump();
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.bump();
                    return TokenKind::Text;
                }
                '\n' if self.text_stays_on_line => break,
                '\\' => {
                    self.bump();
                    if self.peek().is_some_and(|c| c != '\n' || !self.text_stays_on_line) {
                        self.bump();
                    }
                }
                _ => self.bump(),
            }
        }
        if self.text_stays_on_line {
            let line = &self.source[start..self.at];
            self.at = line.find([',', ')', ']', '}']).map_or(self.at, |at| start + at);
        }
        TokenKind::OpenText
    }

    /// `'…'` on one line: a character, or what someone took for text. A lone quote is looked behind so far only.
    fn quoted(&mut self) -> TokenKind {
        let start = self.at;
        self.bump();
        let behind = self.at;
        let mut escaped = false;
        for (offset, c) in self.source[behind..].char_indices().take(MAX_QUOTED) {
            match c {
                '\'' if !escaped => {
                    self.at = behind + offset + 1;
                    return TokenKind::Quoted;
                }
                '\n' => break,
                _ => escaped = c == '\\' && !escaped,
            }
        }
        self.at = start + 1;
        TokenKind::Unknown
    }

    fn block_comment(&mut self) -> TokenKind {
        let mut depth = 0_usize;
        while self.at < self.source.len() {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return TokenKind::BlockComment;
                }
            } else {
                self.bump();
            }
        }
        TokenKind::OpenComment
    }

    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn skip_while(&mut self, belongs: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&belongs) {
            self.bump();
        }
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').map_or(self.source.len(), |at| self.at + at)
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn is_ident_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_ident_continue(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
