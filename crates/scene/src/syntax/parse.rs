//! Tokens to a tree, going on after mistakes.
//!
//! Recovery ([`super::recover`]) knows three tricks: a missing comma or colon is taken as written, a closing bracket that fits an outer
//! group ends the inner ones, and a run of nonsense is one error. Each is reported once, where a person would
//! put the missing character.

use std::ops::Range;

use super::{
    MAX_DEPTH, TokenKind,
    token::lex,
    tree::{Node, NodeKind, SyntaxError, Tree},
    value::ValueKind,
};

pub(super) struct Parser {
    pub(super) tree: Tree,
    pub(super) at: u32,
    /// Nodes being built, outermost first.
    pub(super) open_nodes: Vec<u32>,
    /// Brackets being inside of: the opener's token and the closer that ends it.
    pub(super) open_groups: Vec<(u32, TokenKind)>,
    /// The end of the file inside a bracket has been reported.
    pub(super) end_reported: bool,
    /// From texts that do not end to the ends of their lines: what stands there is not to be trusted.
    pub(super) open_texts: Vec<Range<usize>>,
    /// How often the rest of the file may still be searched for brackets.
    pub(super) lookaheads: usize,
    /// A group was closed for want of its bracket: what follows may lack a comma for the same reason.
    pub(super) just_closed: bool,
    /// Takes what is said after [`MAX_ERRORS`].
    pub(super) unheard: SyntaxError,
}

/// Each search takes time in proportion to the file.
const MAX_LOOKAHEADS: usize = 20;

impl Parser {
    pub(super) fn new(source: &str) -> Self {
        let source = source.to_owned();
        let tokens = lex(&source);
        let tree = Tree { source, tokens, nodes: Vec::new(), errors: Vec::new() };
        let unheard = SyntaxError::new(0..0, String::new(), "");
        Self {
            tree,
            at: 0,
            open_nodes: Vec::new(),
            open_groups: Vec::new(),
            end_reported: false,
            open_texts: Vec::new(),
            lookaheads: MAX_LOOKAHEADS,
            just_closed: false,
            unheard,
        }
    }

    pub(super) fn run(mut self) -> Tree {
        let document = self.open(NodeKind::Document);
        self.report_open_tokens();
        self.trivia();
        while self.peek() == Some(TokenKind::Hash) {
            self.attribute();
            self.trivia();
        }
        self.root();
        self.trailing();
        self.close(document);
        self.tree.errors.sort_by_key(|error| error.span.start);
        self.tree
    }

    fn root(&mut self) {
        match self.peek() {
            None => {
                self.error(self.here(), "the file is empty", "nothing here").hint =
                    Some("a scene looks like this: (title: \"My scene\", set: [], shots: [])".to_owned());
            }
            Some(TokenKind::Ident) if self.peek_second() == Some(TokenKind::Colon) => {
                self.error(self.here(), "a scene starts with `(`", "put `(` before this").hint =
                    Some("the whole scene stands in one pair of parentheses: (title: …, set: …)".to_owned());
                let group = self.open(NodeKind::Value(ValueKind::Group));
                self.items(group, None, false);
                self.close(group);
            }
            Some(_) => self.value_or_nonsense(),
        }
    }

    fn trailing(&mut self) {
        self.trivia();
        if self.peek().is_none() {
            return;
        }
        self.error(self.here(), "the scene ends before this", "left over").hint =
            Some("is there a closing bracket too many above, or a second scene in the file?".to_owned());
        let node = self.open(NodeKind::Value(ValueKind::Error));
        while self.peek().is_some() {
            self.bump();
        }
        self.close(node);
    }

    /// `#![enable(implicit_some)]`: accepted and ignored, since it is always on.
    fn attribute(&mut self) {
        let node = self.open(NodeKind::Attribute);
        let start = self.here();
        self.bump();
        self.trivia();
        if self.peek_text() == "!" {
            self.bump();
        }
        self.trivia();
        if self.peek() == Some(TokenKind::OpenBracket) {
            self.skip_balanced();
        } else {
            self.error(start, "this is no attribute", "cut short").hint =
                Some("write #![enable(implicit_some)], or leave it out: it is always on".to_owned());
        }
        self.close(node);
    }

    fn value_or_nonsense(&mut self) {
        match self.peek() {
            Some(kind) if starts_value(kind) => self.value(),
            Some(_) => self.nonsense(),
            None => {}
        }
    }

    fn value(&mut self) {
        let Some(kind) = self.peek() else { return };
        if kind.is_literal() {
            let node = self.open(NodeKind::Value(ValueKind::Literal));
            self.bump();
            return self.close(node);
        }
        let opener = if kind == TokenKind::Ident { self.peek_second() } else { Some(kind) };
        let value = match (kind, opener) {
            (_, Some(TokenKind::OpenParen)) => ValueKind::Group,
            (TokenKind::OpenBracket, _) => ValueKind::List,
            (TokenKind::OpenBrace, _) => ValueKind::Map,
            _ => {
                let node = self.open(NodeKind::Value(ValueKind::Name));
                self.bump();
                return self.close(node);
            }
        };
        let node = self.open(NodeKind::Value(value));
        if kind == TokenKind::Ident {
            self.bump();
            self.trivia();
        }
        if self.open_groups.len() >= MAX_DEPTH {
            self.too_deep(node);
        } else {
            self.group(node, value);
        }
        self.close(node);
    }

    fn too_deep(&mut self, node: u32) {
        let message = format!("brackets nest deeper than {MAX_DEPTH} levels");
        self.error(self.here(), message, "one too many").hint =
            Some("no scene needs this depth; a closing bracket is probably missing above".to_owned());
        self.tree.nodes[node as usize].kind = NodeKind::Value(ValueKind::Error);
        self.skip_balanced();
    }

    fn group(&mut self, node: u32, value: ValueKind) {
        let opener = self.at;
        let Some(closer) = self.peek().and_then(TokenKind::closer) else { return };
        self.open_groups.push((opener, closer));
        self.bump();
        self.items(node, Some(closer), value == ValueKind::Map);
        self.open_groups.pop();
    }

    /// Items up to `closer`, or to the end of the file without one.
    fn items(&mut self, node: u32, closer: Option<TokenKind>, map: bool) {
        loop {
            self.trivia();
            match self.peek() {
                None => return self.end_of_file(node, closer),
                kind if kind == closer => return self.bump(),
                Some(kind) if kind.is_closer() => {
                    if self.open_groups.iter().any(|(_, outer)| *outer == kind) && !self.is_surplus(kind) {
                        return self.closed_by_another(node);
                    }
                    self.nonsense();
                    self.trivia();
                    if self.peek() == Some(TokenKind::Comma) {
                        self.bump();
                    }
                }
                Some(TokenKind::Ident)
                    if closer == Some(TokenKind::CloseBracket) && self.left_the_list(node) =>
                {
                    return self.closed_by_nothing(node);
                }
                Some(TokenKind::Comma) => {
                    self.error(self.here(), "a value is missing before this comma", "nothing before it")
                        .hint = Some("remove the comma, or write what belongs here".to_owned());
                    self.bump();
                }
                Some(_) => self.item_and_comma(closer, map),
            }
        }
    }

    fn item_and_comma(&mut self, closer: Option<TokenKind>, map: bool) {
        let clean = self.peek().is_some_and(starts_value);
        if !clean {
            self.nonsense();
        } else if map {
            self.entry();
        } else {
            self.item();
        }
        let item_end = self.previous_end();
        self.trivia();
        let excused = std::mem::take(&mut self.just_closed) || !clean;
        match self.peek() {
            Some(TokenKind::Comma) => self.bump(),
            None => {}
            kind if kind == closer => {}
            Some(kind) if kind.is_closer() || !starts_value(kind) || excused => {}
            Some(_) => {
                self.error(item_end..item_end, "a comma is missing", "put `,` here").hint =
                    Some("values in brackets are separated by commas".to_owned());
            }
        }
    }

    /// A value, or `name: value`.
    fn item(&mut self) {
        if self.peek() != Some(TokenKind::Ident) {
            return self.value();
        }
        let lower = self.peek_text().starts_with(|c: char| c.is_lowercase());
        match self.peek_second() {
            Some(TokenKind::Colon) => self.field(),
            Some(TokenKind::Unknown) if self.text_of_second() == "=" => self.field(),
            // A variant with its parentheses, even misspelt in lower case.
            Some(TokenKind::OpenParen) if self.second() == self.at + 1 => self.value(),
            // A lower-case name before a value is a field that lacks its colon.
            Some(next) if lower && starts_value(next) && next != TokenKind::Ident && self.may_be_field() => {
                self.field();
            }
            _ => self.value(),
        }
    }

    fn may_be_field(&self) -> bool {
        let in_list = self.open_groups.last().is_some_and(|(_, closer)| *closer == TokenKind::CloseBracket);
        !in_list && !matches!(self.peek_text(), "true" | "false")
    }

    fn field(&mut self) {
        let node = self.open(NodeKind::Field);
        let name = self.peek_text().to_owned();
        self.bump();
        let name_end = self.previous_end();
        self.trivia();
        match self.peek() {
            Some(TokenKind::Colon) => self.bump(),
            Some(TokenKind::Unknown) => {
                self.error(self.here(), format!("`{name}` is followed by `=`"), "write `:`").hint =
                    Some(format!("fields are written `{name}: value`"));
                self.bump();
            }
            _ => {
                self.error(
                    name_end..name_end,
                    format!("a colon is missing after `{name}`"),
                    "put `:` here",
                )
                .hint = Some(format!("fields are written `{name}: value`"));
            }
        }
        self.value_after_colon(&format!("`{name}`"));
        self.close(node);
    }

    fn entry(&mut self) {
        let node = self.open(NodeKind::Entry);
        let key = self.here();
        self.value();
        self.trivia();
        if self.peek() == Some(TokenKind::Colon) {
            self.bump();
            self.value_after_colon("this key");
        } else if self.peek().is_some_and(starts_value) {
            self.error(key.end..key.end, "a colon is missing after this key", "put `:` here").hint =
                Some("maps are written { \"name\": value }".to_owned());
            self.value();
        } else {
            self.error(key, "a key without a value", "`:` and a value are missing").hint =
                Some("maps are written { \"name\": value }".to_owned());
        }
        self.close(node);
    }

    fn value_after_colon(&mut self, of: &str) {
        let colon = self.previous_end();
        self.trivia();
        match self.peek() {
            Some(kind) if starts_value(kind) => self.value(),
            _ => {
                let end = colon..colon;
                self.error(end, format!("{of} has no value"), "a value is missing here");
            }
        }
    }

    pub(super) fn open(&mut self, kind: NodeKind) -> u32 {
        let id = self.tree.nodes.len() as u32;
        let node = Node {
            kind,
            damaged: false,
            unclosed: false,
            first_token: self.at,
            end_token: self.at,
            end_node: id + 1,
        };
        self.tree.nodes.push(node);
        self.open_nodes.push(id);
        id
    }

    pub(super) fn close(&mut self, id: u32) {
        let end_node = self.tree.nodes.len() as u32;
        let node = &mut self.tree.nodes[id as usize];
        node.end_token = self.at;
        node.end_node = end_node;
        self.open_nodes.pop();
    }

    pub(super) fn peek(&self) -> Option<TokenKind> {
        self.tree.tokens.get(self.at as usize).map(|token| token.kind)
    }

    pub(super) fn peek_text(&self) -> &str {
        if (self.at as usize) < self.tree.tokens.len() { self.tree.token_text(self.at) } else { "" }
    }

    /// Index of the token after the current one and the trivia behind it.
    fn second(&self) -> u32 {
        let behind = self.tree.tokens.iter().skip(self.at as usize + 1);
        self.at + 1 + behind.take_while(|token| token.kind.is_trivia()).count() as u32
    }

    pub(super) fn peek_second(&self) -> Option<TokenKind> {
        self.tree.tokens.get(self.second() as usize).map(|token| token.kind)
    }

    fn text_of_second(&self) -> &str {
        self.tree.token_text(self.second())
    }

    pub(super) fn trivia(&mut self) {
        while self.peek().is_some_and(TokenKind::is_trivia) {
            self.bump();
        }
    }

    pub(super) fn bump(&mut self) {
        self.at = (self.at + 1).min(self.tree.tokens.len() as u32);
    }

    /// The current token's span; at the end of the file, an empty one there.
    pub(super) fn here(&self) -> Range<usize> {
        if (self.at as usize) < self.tree.tokens.len() {
            self.tree.token_span(self.at)
        } else {
            self.tree.source.len()..self.tree.source.len()
        }
    }

    pub(super) fn previous_end(&self) -> usize {
        self.tree.token_start(self.at)
    }
}

fn starts_value(kind: TokenKind) -> bool {
    kind.is_literal() || kind == TokenKind::Ident || kind.closer().is_some()
}
