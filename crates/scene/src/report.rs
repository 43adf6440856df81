//! Mistakes to pages people can act on, and to JSON for tools.

use std::{collections::BTreeMap, fmt, sync::Arc};

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde_json::Value as Json;

use crate::{mistake::Mistake, source::Source};

/// A report lists this many mistakes; the rest are counted.
const MAX_MISTAKES: usize = 200;

/// Width of [`Report`]'s `Display`.
const PLAIN_WIDTH: usize = 100;

/// Everything that is wrong with a scene, in the order of its files and lines.
#[derive(Clone)]
pub struct Report {
    mistakes: Vec<Mistake>,
    omitted: usize,
}

/// Mistakes on the way to a report; keeps no more than it will show.
#[derive(Default)]
pub(crate) struct Mistakes {
    found: Vec<Mistake>,
    omitted: usize,
}

impl Mistakes {
    /// Whether further mistakes are only counted: their words need not be found.
    pub(crate) fn are_many(&self) -> bool {
        self.found.len() >= MAX_MISTAKES
    }

    pub(crate) fn push(&mut self, mistake: Mistake) {
        if self.found.len() < MAX_MISTAKES {
            self.found.push(mistake);
        } else {
            self.omitted += 1;
        }
    }

    /// The report, or nothing to report. `files` gives the order of the files.
    pub(crate) fn into_report(mut self, files: &[Arc<Source>]) -> Option<Report> {
        let order: BTreeMap<&str, usize> =
            files.iter().enumerate().map(|(order, file)| (file.name.as_str(), order)).collect();
        self.found.sort_by_key(|mistake| {
            mistake.place.as_ref().map(|at| (order.get(at.source.name.as_str()).copied(), at.span.start))
        });
        (!self.found.is_empty()).then_some(Report { mistakes: self.found, omitted: self.omitted })
    }
}

impl Report {
    /// A report of one mistake.
    pub(crate) fn of(mistake: Mistake) -> Self {
        Self { mistakes: vec![mistake], omitted: 0 }
    }

    /// How many mistakes were found.
    pub fn count(&self) -> usize {
        self.mistakes.len() + self.omitted
    }

    /// The report as text for a terminal of `width` columns. Without colour it is plain Unicode and depends on
    /// nothing but the scene.
    pub fn render(&self, width: usize, color: bool) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width.max(40))
            .with_context_lines(1)
            .tab_width(4)
            .with_links(false);
        let mut text = String::new();
        for mistake in &self.mistakes {
            // Writing to a string does not fail.
            let _ = handler.render_report(&mut text, mistake);
            text.push('\n');
        }
        text.push_str(&self.summary());
        text
    }

    /// The mistakes as a list for tools: file, line and column (from 1, in characters), end, byte offset and length,
    /// code, message, hint, and related places.
    pub fn to_json(&self) -> Json {
        self.mistakes.iter().map(Mistake::to_json).collect()
    }

    fn summary(&self) -> String {
        let files: Vec<&str> =
            self.mistakes.iter().filter_map(|m| Some(m.place.as_ref()?.source.name.as_str())).collect();
        let first = files.first().copied().unwrap_or_default();
        let place = match files.iter().all(|file| *file == first) {
            _ if first.is_empty() => String::new(),
            true => format!(" in {first}"),
            false => " in the scene and its includes".to_owned(),
        };
        let shown = match self.omitted {
            0 => String::new(),
            _ => format!("; the first {} are shown", self.mistakes.len()),
        };
        let plural = if self.count() == 1 { "mistake" } else { "mistakes" };
        format!("{} {plural}{place}{shown}\n", self.count())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(PLAIN_WIDTH, false))
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Report {}
