//! Literals to what they mean: numbers and text.

use super::{TokenKind, Value, ValueKind};

/// A number as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Without a point or an exponent: `12`, `-3`, `0xff`, `1_000`.
    Integer(i128),
    /// With one, or too long for an integer.
    Real(f64),
    /// `inf`, `NaN`, or too large for 64 bits.
    NotFinite,
    /// Starts like a number and is none.
    Malformed,
}

impl<'t> Value<'t> {
    /// What kind of number it is, if it is meant as one.
    pub fn number(self) -> Option<Number> {
        match (self.kind(), self.literal()) {
            (ValueKind::Literal, Some(TokenKind::Number)) => Some(number(self.text())),
            (ValueKind::Name, _) if matches!(self.text(), "inf" | "NaN") => Some(Number::NotFinite),
            _ => None,
        }
    }

    /// A number as 64-bit float, if it is finite.
    pub fn real(self) -> Option<f64> {
        match self.number()? {
            Number::Integer(value) => Some(value as f64),
            Number::Real(value) => Some(value),
            Number::NotFinite | Number::Malformed => None,
        }
    }

    /// `true` or `false`.
    pub fn boolean(self) -> Option<bool> {
        match (self.kind(), self.text()) {
            (ValueKind::Name, "true") => Some(true),
            (ValueKind::Name, "false") => Some(false),
            _ => None,
        }
    }

    /// A text with its escapes resolved; the error is what is wrong with an escape.
    pub fn string(self) -> Option<Result<String, String>> {
        match self.literal()? {
            TokenKind::Text => Some(unescaped(&self.text()[1..self.text().len() - 1])),
            TokenKind::RawText => {
                let body = self.text().trim_start_matches('r').trim_matches('#');
                Some(Ok(body[1..body.len() - 1].to_owned()))
            }
            _ => None,
        }
    }

    /// A text without mistakes in it.
    pub fn good_string(self) -> Option<String> {
        self.string()?.ok()
    }
}

/// The digits of a number that Rust's own parser takes.
pub(super) fn digits(text: &str) -> String {
    text.replace('_', "")
}

fn number(text: &str) -> Number {
    let clean = digits(text);
    let (negative, unsigned) = match clean.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, clean.strip_prefix('+').unwrap_or(&clean)),
    };
    if matches!(unsigned, "inf" | "NaN") {
        return Number::NotFinite;
    }
    if let Some(magnitude) = integer(unsigned) {
        return magnitude.map_or(Number::Malformed, |m| Number::Integer(if negative { -m } else { m }));
    }
    let looks_real = unsigned.bytes().all(|b| b.is_ascii_digit() || b"eE+-.".contains(&b));
    match clean.parse::<f64>() {
        Ok(value) if looks_real && value.is_finite() => Number::Real(value),
        Ok(_) if looks_real => Number::NotFinite,
        _ => Number::Malformed,
    }
}

/// Decimal, hexadecimal, octal or binary; `None` when it is no integer, `Some(None)` when it is a broken one.
fn integer(unsigned: &str) -> Option<Option<i128>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = unsigned.strip_prefix(prefix) {
            let valid = rest.starts_with(|c: char| c.is_digit(radix));
            return Some(if valid { i128::from_str_radix(rest, radix).ok() } else { None });
        }
    }
    unsigned.bytes().all(|b| b.is_ascii_digit()).then(|| unsigned.parse().ok()).filter(Option::is_some)
}

fn unescaped(body: &str) -> Result<String, String> {
    let mut text = String::with_capacity(body.len());
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some(same @ ('\\' | '"' | '\'')) => text.push(same),
            Some('x') => {
                let code: String = chars.by_ref().take(2).collect();
                text.push(code_point(&code).ok_or_else(|| format!("\\x{code}"))?);
            }
            Some('u') => {
                let code: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let digits = code.strip_prefix('{').unwrap_or("");
                text.push(code_point(digits).ok_or_else(|| format!("\\u{code}}}"))?);
            }
            Some('\n') => {
                let rest = chars.as_str().trim_start();
                chars = rest.chars();
            }
            other => return Err(format!("\\{}", other.map(String::from).unwrap_or_default())),
        }
    }
    Ok(text)
}

fn code_point(hexadecimal: &str) -> Option<char> {
    let valid = (1..=6).contains(&hexadecimal.len()) && hexadecimal.bytes().all(|b| b.is_ascii_hexdigit());
    valid.then(|| u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32)).flatten()
}

/// At most forty characters of a text, on one line, for a message.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}
