//! One mistake: what is wrong, where, and what to do about it.

use std::{fmt, ops::Range, sync::Arc};

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode};
use serde_json::{Value as Json, json};

use crate::source::{Place, Source};

/// One mistake.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    /// A stable name for tools: `unknown-field`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// A few words for under the line.
    pub label: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where. A file that cannot be read has no place.
    pub place: Option<Place>,
    /// Other places that explain it.
    pub related: Vec<Related>,
}

/// A place that explains a mistake.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub place: Place,
    pub note: String,
}

impl Mistake {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, label: impl Into<String>) -> Self {
        let (message, label) = (message.into(), label.into());
        Self { code, message, label, hint: None, place: None, related: Vec::new() }
    }

    pub(crate) fn at(mut self, source: &Arc<Source>, span: Range<usize>) -> Self {
        let span = source.first_line_of(span);
        self.place = Some(Place { source: Arc::clone(source), span });
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn related(mut self, place: &Place, note: impl Into<String>) -> Self {
        let span = place.source.first_line_of(place.span.clone());
        let place = Place { source: Arc::clone(&place.source), span };
        self.related.push(Related { place, note: note.into() });
        self
    }
}

impl Mistake {
    /// `{file, line, column, end_line, end_column, offset, length, code, message, hint, related}`.
    pub(crate) fn to_json(&self) -> Json {
        let mut json = self.place.as_ref().map_or_else(|| json!({}), place_json);
        json["code"] = self.code.into();
        json["message"] = self.message.as_str().into();
        json["hint"] = self.hint.as_deref().into();
        let related = self.related.iter().map(|Related { place, note }| {
            let mut json = place_json(place);
            json["message"] = note.as_str().into();
            json
        });
        json["related"] = related.collect();
        json
    }

    fn is_local(&self, place: &Place) -> bool {
        self.place.as_ref().is_some_and(|own| Arc::ptr_eq(&own.source, &place.source))
    }
}

fn place_json(place: &Place) -> Json {
    let start = place.source.position(place.span.start);
    let end = place.source.position(place.span.end);
    json!({
        "file": place.source.name,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "offset": place.span.start,
        "length": place.span.len(),
    })
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Diagnostic for Mistake {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|place| place.source.as_ref() as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let own = self.place.as_ref()?;
        let primary = LabeledSpan::new_primary_with_span(Some(self.label.clone()), own.span.clone());
        let local = self.related.iter().filter(|related| self.is_local(&related.place));
        Some(Box::new(std::iter::once(primary).chain(local.map(Related::label))))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let elsewhere = self.related.iter().filter(|related| !self.is_local(&related.place));
        Some(Box::new(elsewhere.map(|related| related as &dyn Diagnostic)))
    }
}

impl Related {
    fn label(&self) -> LabeledSpan {
        LabeledSpan::new_with_span(Some(self.note.clone()), self.place.span.clone())
    }
}

impl fmt::Display for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {}", self.place.source.name)
    }
}

impl std::error::Error for Related {}

impl Diagnostic for Related {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.place.source.as_ref())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label())))
    }
}
