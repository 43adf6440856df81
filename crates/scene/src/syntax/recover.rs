//! Going on after a mistake: what is missing, what is one too many, and how to say it once.

use std::ops::Range;

use super::{
    TokenKind,
    literal::shortened,
    parse::Parser,
    tree::{NodeKind, SyntaxError},
    value::ValueKind,
};

/// A file of nonsense is not worth a report longer than this.
const MAX_ERRORS: usize = 100;

impl Parser {
    /// A run of tokens that start nothing, as one error.
    pub(super) fn nonsense(&mut self) {
        let node = self.open(NodeKind::Value(ValueKind::Error));
        let start = self.here().start;
        let closer = self.peek().is_some_and(TokenKind::is_closer);
        self.bump();
        while !closer && self.peek().is_some_and(is_nonsense) {
            self.bump();
        }
        let span = start..self.previous_end();
        let shown = &self.tree.source[span.clone()];
        let message = if closer {
            format!("`{shown}` closes nothing")
        } else {
            format!("`{}` does not belong here", shortened(shown))
        };
        self.error(span, message, "unexpected");
        self.close(node);
    }

    pub(super) fn end_of_file(&mut self, node: u32, closer: Option<TokenKind>) {
        if closer.is_none() {
            return;
        }
        self.tree.nodes[node as usize].unclosed = true;
        // One report for the innermost bracket; the outer ones follow from it.
        if std::mem::replace(&mut self.end_reported, true) {
            return;
        }
        let Some((opener, _)) = self.open_groups.last().copied() else { return };
        let span = self.tree.token_span(opener);
        let message = format!("this `{}` is never closed", self.tree.token_text(opener));
        self.error(span, message, "opened here").hint =
            Some("the file ends before its closing bracket".to_owned());
    }

    /// Whether a closing bracket that fits an outer group is one too many: without it, those that follow close
    /// exactly what is open.
    pub(super) fn is_surplus(&mut self, kind: TokenKind) -> bool {
        if self.lookaheads == 0 {
            return false;
        }
        self.lookaheads -= 1;
        let mut depth = 0_usize;
        let mut ahead = Vec::new();
        for token in &self.tree.tokens[self.at as usize + 1..] {
            if token.kind.closer().is_some() {
                depth += 1;
            } else if token.kind.is_closer() && depth > 0 {
                depth -= 1;
            } else if token.kind.is_closer() {
                ahead.push(token.kind);
            }
        }
        let open: Vec<TokenKind> = self.open_groups.iter().rev().map(|(_, closer)| *closer).collect();
        let behind_match = open.iter().position(|closer| *closer == kind).map_or(0, |at| at + 1);
        ahead == open && ahead != open[behind_match..]
    }

    /// Whether a list, with items in it, goes on with `name:` on a new line: its `]` has been forgotten.
    pub(super) fn left_the_list(&self, node: u32) -> bool {
        let previous =
            (self.at as usize).checked_sub(1).map_or("", |token| self.tree.token_text(token as u32));
        self.peek_second() == Some(TokenKind::Colon)
            && self.open_groups.len() > 1
            && previous.contains('\n')
            && self.tree.nodes.len() as u32 > node + 1
    }

    pub(super) fn closed_by_nothing(&mut self, node: u32) {
        self.just_closed = true;
        self.tree.nodes[node as usize].unclosed = true;
        let Some((opener, _)) = self.open_groups.last().copied() else { return };
        let opener_span = self.tree.token_span(opener);
        let name = self.peek_text().to_owned();
        let here = self.here();
        let error = self.error(here, format!("`]` is missing before `{name}`"), "not an item of a list");
        error.related = Some((opener_span, "this list is still open".to_owned()));
        error.hint = Some("close the list before the next field".to_owned());
    }

    pub(super) fn closed_by_another(&mut self, node: u32) {
        self.tree.nodes[node as usize].unclosed = true;
        let Some((opener, _)) = self.open_groups.last().copied() else { return };
        let (opened, found) = (self.tree.token_text(opener).to_owned(), self.peek_text().to_owned());
        let opener_span = self.tree.token_span(opener);
        let here = self.here();
        let error = self.error(here, format!("`{found}` where `{opened}` is still open"), "closes too early");
        error.related = Some((opener_span, format!("this `{opened}` is still open")));
        error.hint = Some("close brackets in the opposite order of opening them".to_owned());
    }

    pub(super) fn report_open_tokens(&mut self) {
        let mut text_reported = false;
        for index in 0..self.tree.tokens.len() as u32 {
            let start = self.tree.token_start(index);
            match self.tree.token_kind(index) {
                TokenKind::OpenText => {
                    if !std::mem::replace(&mut text_reported, true) {
                        self.error(start..start + 1, "this text never ends", "opened here").hint =
                            Some("put the closing `\"` behind it".to_owned());
                    }
                    let rest = self.tree.source[start..].find('\n').unwrap_or(self.tree.source.len() - start);
                    self.open_texts.push(start..start + rest);
                }
                TokenKind::OpenComment => {
                    self.end_reported = true;
                    self.error(start..start + 2, "this comment never ends", "opened here").hint =
                        Some("put `*/` behind it".to_owned());
                }
                _ => {}
            }
        }
    }

    pub(super) fn error(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        label: &str,
    ) -> &mut SyntaxError {
        self.damage();
        let at = self.tree.errors.len();
        if at >= MAX_ERRORS || self.is_behind_open_text(span.start) {
            return &mut self.unheard;
        }
        self.tree.errors.push(SyntaxError::new(span, message.into(), label));
        &mut self.tree.errors[at]
    }

    pub(super) fn is_behind_open_text(&self, at: usize) -> bool {
        let before = self.open_texts.partition_point(|line| line.start <= at);
        before.checked_sub(1).is_some_and(|last| self.open_texts[last].contains(&at))
    }

    pub(super) fn damage(&mut self) {
        for id in self.open_nodes.iter().rev() {
            let node = &mut self.tree.nodes[*id as usize];
            // What is damaged stands in damaged nodes only.
            if std::mem::replace(&mut node.damaged, true) {
                return;
            }
        }
    }

    /// Steps over one bracketed stretch without building nodes, however deep it is.
    pub(super) fn skip_balanced(&mut self) {
        let mut depth = 0_usize;
        while let Some(kind) = self.peek() {
            if kind.closer().is_some() {
                depth += 1;
            } else if kind.is_closer() {
                depth -= 1;
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }
}

fn is_nonsense(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Unknown | TokenKind::Colon | TokenKind::Hash)
}
