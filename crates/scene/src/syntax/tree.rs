//! The tree: tokens in order, and nodes in preorder that point into them.
//!
//! A node is 16 bytes and owns no list: its children follow it, and `end_node` says where they stop. A mesh of a
//! million corners is four million nodes, which this way cost 64 megabytes and no pointer.

use std::ops::Range;

use super::{
    Token, TokenKind,
    parse::Parser,
    value::{Value, ValueKind},
};

/// A parsed file. Its text is the source, byte for byte, whatever the source was.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) source: String,
    pub(super) tokens: Vec<Token>,
    pub(super) nodes: Vec<Node>,
    pub(super) errors: Vec<SyntaxError>,
}

/// Something the parser stumbled over. It went on after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// A few words for under the line.
    pub label: String,
    /// What to do.
    pub hint: Option<String>,
    /// Another place that explains it, with a few words.
    pub related: Option<(Range<usize>, String)>,
}

impl SyntaxError {
    pub(super) fn new(span: Range<usize>, message: String, label: &str) -> Self {
        Self { span, message, label: label.to_owned(), hint: None, related: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Document,
    Attribute,
    Value(ValueKind),
    Field,
    Entry,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub kind: NodeKind,
    /// A syntax error lies inside: what seems to be missing may be there.
    pub damaged: bool,
    /// Its closing bracket is missing: what seems to be inside may belong outside.
    pub unclosed: bool,
    pub first_token: u32,
    pub end_token: u32,
    pub end_node: u32,
}

impl Tree {
    /// Parses any text. What is wrong with it is in [`Tree::errors`].
    pub fn parse(source: &str) -> Self {
        Parser::new(source).run()
    }

    /// The text, put together again from the leaves of the tree.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.source.len());
        if !self.nodes.is_empty() {
            self.write(0, &mut text);
        }
        text
    }

    /// The text as it was given.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the parser stumbled over, in the order of the text.
    pub fn errors(&self) -> &[SyntaxError] {
        &self.errors
    }

    /// The one value of the document, if there is any.
    pub fn root(&self) -> Option<Value<'_>> {
        self.children(0).find_map(|id| Value::new(self, id))
    }

    /// A new tree with the text of `span` replaced; all other bytes, comments among them, stay as they are.
    /// A span that leaves the text or splits a character changes nothing.
    #[must_use]
    pub fn edited(&self, span: Range<usize>, replacement: &str) -> Self {
        let mut source = self.source.clone();
        if self.source.get(span.clone()).is_some() {
            source.replace_range(span, replacement);
        }
        Self::parse(&source)
    }

    /// The tokens, in order. Each starts where the one before it ends.
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn write(&self, id: u32, text: &mut String) {
        let node = &self.nodes[id as usize];
        let mut token = node.first_token;
        for child in self.children(id) {
            let inner = &self.nodes[child as usize];
            (token..inner.first_token).for_each(|leaf| text.push_str(self.token_text(leaf)));
            self.write(child, text);
            token = inner.end_token;
        }
        (token..node.end_token).for_each(|leaf| text.push_str(self.token_text(leaf)));
    }

    pub(super) fn children(&self, id: u32) -> Children<'_> {
        let end = self.nodes.get(id as usize).map_or(id + 1, |node| node.end_node);
        Children { nodes: &self.nodes, next: id + 1, end }
    }

    pub(super) fn token_start(&self, index: u32) -> usize {
        if index == 0 { 0 } else { self.tokens[index as usize - 1].end as usize }
    }

    pub(super) fn token_span(&self, index: u32) -> Range<usize> {
        self.token_start(index)..self.tokens[index as usize].end as usize
    }

    pub(super) fn token_text(&self, index: u32) -> &str {
        &self.source[self.token_span(index)]
    }

    pub(super) fn token_kind(&self, index: u32) -> TokenKind {
        self.tokens[index as usize].kind
    }

    pub(super) fn node_span(&self, id: u32) -> Range<usize> {
        let node = &self.nodes[id as usize];
        let start = self.token_start(node.first_token);
        if node.end_token <= node.first_token {
            return start..start;
        }
        start..self.tokens[node.end_token as usize - 1].end as usize
    }
}

/// The direct children of a node.
pub(super) struct Children<'t> {
    nodes: &'t [Node],
    next: u32,
    end: u32,
}

impl Iterator for Children<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let id = self.next;
        if id >= self.end {
            return None;
        }
        self.next = self.nodes[id as usize].end_node;
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_stay_small() {
        assert_eq!((size_of::<Node>(), size_of::<Token>()), (16, 8));
    }
}
