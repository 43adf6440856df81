//! A tree to everything that is wrong with it.
//!
//! 1. [`walk`] holds every value against the schema: fields, variants, types, lengths, ranges.
//! 2. [`rules`] look at what a schema cannot say: two fields that exclude each other, times out of order.
//! 3. [`names`] resolves references once all files of the scene have been walked.
//!
//! Each step works on the tree and puts up with holes in it, so that one run finds all there is to find.

mod collection;
mod model;
mod names;
mod number;
mod path;
mod rules;
mod text;
mod walk;
mod words;

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use names::NameKind;
pub(crate) use names::{Names, resolve as names_resolved};
pub(crate) use path::{Folder, normalised};
pub(crate) use words::shown;

use crate::{
    mistake::Mistake,
    report::Mistakes,
    schema::SCHEMA,
    source::{Place, Source},
    syntax::{Tree, Value},
};

/// A scene has at most this many instances, copies by `repeat` included.
pub(crate) const MAX_INSTANCES: u64 = 100_000;

/// What the walk over all files of a scene brings home.
#[derive(Default)]
pub(crate) struct Found {
    pub mistakes: Mistakes,
    pub names: Names,
    /// Files that are named, relative to the scene's folder.
    pub named: BTreeSet<String>,
    pub instances: u64,
}

/// Which parts of a file join the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// It is the scene itself, all of it.
    pub root: bool,
    pub materials: bool,
    pub set: bool,
}

impl Parts {
    pub(crate) const ROOT: Self = Self { root: true, materials: true, set: true };

    fn takes(self, section: &str) -> bool {
        match section {
            "materials" => self.materials,
            "set" | "lights" => self.set,
            _ => self.root,
        }
    }
}

/// Walks one file.
pub(crate) struct Checker<'a> {
    source: &'a Arc<Source>,
    folder: &'a Folder,
    /// This file's folder, relative to the scene's: empty or ending in `/`.
    base: &'a str,
    parts: Parts,
    /// Whether what is being walked joins the scene: its names count and its references must exist.
    joins: bool,
    found: &'a mut Found,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(
        source: &'a Arc<Source>,
        folder: &'a Folder,
        base: &'a str,
        parts: Parts,
        found: &'a mut Found,
    ) -> Self {
        Self { source, folder, base, parts, joins: true, found }
    }

    /// Reports all that is wrong with the file by itself, and notes its names and references.
    pub(crate) fn run(mut self, tree: &Tree) {
        self.syntax(tree);
        if let Some(root) = tree.root() {
            self.value(root, &SCHEMA.root, walk::Slot::ROOT);
            rules::check(&mut self, "Scene", root);
        }
    }

    fn syntax(&mut self, tree: &Tree) {
        for error in tree.errors() {
            let mut mistake = Mistake::new("syntax", &error.message, &error.label);
            mistake.hint.clone_from(&error.hint);
            if let Some((span, note)) = &error.related {
                mistake = mistake.related(&self.place(span.clone()), note);
            }
            self.report(mistake, error.span.clone());
        }
    }

    fn report(&mut self, mistake: Mistake, span: Range<usize>) {
        self.found.mistakes.push(mistake.at(self.source, span));
    }

    /// Reports a mistake of a rule at a value.
    fn at(&mut self, value: Value<'_>, mistake: Mistake) {
        self.report(mistake, value.anchor());
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place { source: Arc::clone(self.source), span }
    }
}
