//! A file's name and text, and from byte offsets to lines and columns.

use std::{fmt, ops::Range, sync::Arc};

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// A line longer than this is shown in part: a generated file may be one line of megabytes.
const SHOWN_AROUND: usize = 300;

/// One file of a scene.
pub(crate) struct Source {
    pub name: String,
    pub text: String,
    line_starts: Vec<usize>,
    /// The text with control characters blanked, when it has any: a report must not steer a terminal.
    harmless: Option<String>,
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub source: Arc<Source>,
    pub span: Range<usize>,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: usize,
    pub column: usize,
}

impl Source {
    pub(crate) fn new(name: impl Into<String>, text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let harmless = text.contains(is_harmful).then(|| text.replace(is_harmful, "?"));
        Self { name: name.into(), text, line_starts, harmless }
    }

    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |text| text.chars().count()) + 1;
        Position { line, column }
    }

    /// The part of a span on its first line.
    pub(crate) fn first_line_of(&self, span: Range<usize>) -> Range<usize> {
        let line = self.line_starts.partition_point(|start| *start <= span.start);
        let line_end = self.line_starts.get(line).map_or(self.text.len(), |next| next - 1);
        span.start..span.end.min(line_end).max(span.start)
    }

    fn shown(&self) -> &str {
        self.harmless.as_deref().unwrap_or(&self.text)
    }

    /// Where to start showing: with a whole line, if one of these is near enough.
    fn begin(&self, at: usize, lines: [usize; 2]) -> usize {
        let whole =
            lines.into_iter().map(|line| self.line_starts[line]).find(|start| at - start <= SHOWN_AROUND);
        whole.unwrap_or_else(|| self.boundary(at - SHOWN_AROUND))
    }

    /// Where to stop: behind the lines after, or this one, if near enough.
    fn finish(&self, at: usize, window_end: usize, line_end: usize) -> usize {
        let whole = [window_end, line_end].into_iter().find(|end| end.saturating_sub(at) <= SHOWN_AROUND);
        whole.unwrap_or_else(|| self.boundary(at + SHOWN_AROUND))
    }

    fn boundary(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// One byte long in UTF-8, so that blanking keeps offsets.
fn is_harmful(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\n' | '\t') && c != '\r'
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = self.line_starts.partition_point(|line| *line <= start) - 1;
        let last = self.line_starts.partition_point(|line| *line <= end) - 1;
        let from_line = first.saturating_sub(lines_before);
        let to_line = last + lines_after + 1;
        let window_end = self.line_starts.get(to_line).map_or(self.text.len(), |next| next - 1);
        let from = self.begin(start, [from_line, first]);
        let to = self.finish(
            end,
            window_end,
            self.line_starts.get(last + 1).map_or(self.text.len(), |next| next - 1),
        );
        // The window may begin below `from_line` when the lines before are long.
        let line = self.line_starts.partition_point(|line| *line <= from) - 1;
        let (line, column) = if lines_before == 0 && lines_after == 0 {
            (first, self.position(start).column - 1)
        } else {
            (line, 0)
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.shown().as_bytes()[from..to.max(from)],
            (from, to.max(from) - from).into(),
            line,
            column,
            last - first + 1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = Source::new("a", "ab\nΩc\n".to_owned());
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(5), Position { line: 2, column: 2 });
        assert_eq!(source.position(7), Position { line: 3, column: 1 });
    }

    #[test]
    fn a_line_of_megabytes_is_shown_in_part() {
        let source = Source::new("a", "x".repeat(1 << 20));
        let contents = source.read_span(&(500_000, 3).into(), 1, 1).expect("inside");
        assert!(contents.data().len() < 1000);
    }

    #[test]
    fn terminal_controls_are_not_shown() {
        let source = Source::new("a", "\u{1b}[2J".to_owned());
        let contents = source.read_span(&(0, 1).into(), 0, 0).expect("inside");
        assert_eq!(contents.data(), b"?[2J");
    }
}
