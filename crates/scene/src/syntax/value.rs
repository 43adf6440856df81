//! Views of the tree: values, fields and entries, with their places.

use std::ops::Range;

use super::{
    TokenKind,
    tree::{Node, NodeKind, Tree},
};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A number, a text or a quoted character.
    Literal,
    /// A bare name: `Auto`, `true`, `None`, `inf`.
    Name,
    /// Parentheses, perhaps with a name before them: a struct, a tuple, a variant.
    Group,
    /// `[…]`.
    List,
    /// `{…}`.
    Map,
    /// What could not be read; the parser has reported it.
    Error,
}

/// A value in a tree.
#[derive(Clone, Copy, Debug)]
pub struct Value<'t> {
    tree: &'t Tree,
    id: u32,
}

/// `name: value`.
#[derive(Clone, Debug)]
pub struct Field<'t> {
    /// The name.
    pub name: &'t str,
    /// Where the name stands.
    pub name_span: Range<usize>,
    /// The value, unless it is missing.
    pub value: Option<Value<'t>>,
}

/// `key: value` of a map.
#[derive(Clone, Debug)]
pub struct Entry<'t> {
    /// The key.
    pub key: Value<'t>,
    /// The value, unless it is missing.
    pub value: Option<Value<'t>>,
}

impl<'t> Value<'t> {
    pub(super) fn new(tree: &'t Tree, id: u32) -> Option<Self> {
        matches!(tree.nodes[id as usize].kind, NodeKind::Value(_)).then_some(Self { tree, id })
    }

    /// What it looks like.
    pub fn kind(self) -> ValueKind {
        match self.node().kind {
            NodeKind::Value(kind) => kind,
            _ => ValueKind::Error,
        }
    }

    /// The kind of its token, for a literal.
    pub fn literal(self) -> Option<TokenKind> {
        (self.kind() == ValueKind::Literal).then(|| self.tree.token_kind(self.node().first_token))
    }

    /// All of it, in bytes.
    pub fn span(self) -> Range<usize> {
        self.tree.node_span(self.id)
    }

    /// The part to underline: a group's name and opening bracket, or else all of it.
    pub fn anchor(self) -> Range<usize> {
        let opener = self.tokens().find(|token| self.tree.token_kind(*token).closer().is_some());
        match (self.kind(), opener) {
            (ValueKind::Group | ValueKind::List | ValueKind::Map, Some(opener)) => {
                self.span().start..self.tree.token_span(opener).end
            }
            _ => self.span(),
        }
    }

    /// Its text as written.
    pub fn text(self) -> &'t str {
        &self.tree.source[self.span()]
    }

    /// The name before a group's parentheses, or the bare name, and where it stands.
    pub fn name(self) -> Option<(&'t str, Range<usize>)> {
        let mut solid = self.tokens().filter(|token| !self.tree.token_kind(*token).is_trivia());
        let first = solid.next().filter(|token| self.tree.token_kind(*token) == TokenKind::Ident)?;
        let named = match self.kind() {
            ValueKind::Name => true,
            ValueKind::Group => {
                solid.next().is_some_and(|next| self.tree.token_kind(next) == TokenKind::OpenParen)
            }
            _ => false,
        };
        named.then(|| (plain(self.tree.token_text(first)), self.tree.token_span(first)))
    }

    /// Its `name: value` items.
    pub fn fields(self) -> impl Iterator<Item = Field<'t>> {
        let tree = self.tree;
        tree.children(self.id).filter_map(move |id| Field::new(tree, id))
    }

    /// The value of the first field with this name, taken out of `Some`. `None` is no value.
    pub fn field(self, name: &str) -> Option<Value<'t>> {
        let value = self.fields().find(|field| field.name == name)?.value?.unwrapped();
        (value.kind() != ValueKind::Name || value.text() != "None").then_some(value)
    }

    /// `Some(x)` is `x`.
    pub fn unwrapped(self) -> Value<'t> {
        let some = self.kind() == ValueKind::Group && self.name().is_some_and(|(name, _)| name == "Some");
        if some { self.items().next().unwrap_or(self) } else { self }
    }

    /// Its items without a name: of a list, a tuple or a variant.
    pub fn items(self) -> impl Iterator<Item = Value<'t>> {
        let tree = self.tree;
        tree.children(self.id).filter_map(move |id| Value::new(tree, id))
    }

    /// Its entries, for a map.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let tree = self.tree;
        tree.children(self.id).filter_map(move |id| Entry::new(tree, id))
    }

    /// Whether a syntax error lies inside, so that something seeming absent may be there.
    pub fn is_damaged(self) -> bool {
        self.node().damaged
    }

    /// Whether its closing bracket is missing, so that something seeming inside may belong outside.
    pub fn is_unclosed(self) -> bool {
        self.node().unclosed
    }

    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id as usize]
    }

    fn tokens(self) -> Range<u32> {
        self.node().first_token..self.node().end_token
    }
}

impl<'t> Field<'t> {
    fn new(tree: &'t Tree, id: u32) -> Option<Self> {
        let node = &tree.nodes[id as usize];
        (node.kind == NodeKind::Field).then(|| Self {
            name: plain(tree.token_text(node.first_token)),
            name_span: tree.token_span(node.first_token),
            value: tree.children(id).find_map(|child| Value::new(tree, child)),
        })
    }
}

impl<'t> Entry<'t> {
    fn new(tree: &'t Tree, id: u32) -> Option<Self> {
        if tree.nodes[id as usize].kind != NodeKind::Entry {
            return None;
        }
        let mut values = tree.children(id).filter_map(|child| Value::new(tree, child));
        Some(Self { key: values.next()?, value: values.next() })
    }
}

/// A raw identifier `r#name` is `name`.
fn plain(ident: &str) -> &str {
    ident.strip_prefix("r#").unwrap_or(ident)
}
