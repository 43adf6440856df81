//! A source file to what is wrong with its outside.

const LONGEST: usize = 600;

/// A file that does not open by saying what it is for, or is too long to be read.
pub(crate) fn complaints(file: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let opening = if file.ends_with(".rs") { "//!" } else { "//" };
    if !text.starts_with(opening) {
        complaints.push(format!("{file} does not open with `{opening}`"));
    }
    let lines = text.lines().count();
    if lines > LONGEST {
        complaints.push(format!("{file} has {lines} lines, the most is {LONGEST}"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_opening_and_a_long_file_are_complaints() {
        assert!(complaints("a.rs", "//! Light to pixels.\n").is_empty());
        assert!(complaints("a.wgsl", "// Light to pixels.\n").is_empty());
        assert_eq!(complaints("a.rs", "use std::fs;\n").len(), 1);
        assert_eq!(complaints("a.rs", "// Light to pixels.\n").len(), 1);
        assert_eq!(complaints("a.rs", "").len(), 1);
        assert_eq!(complaints("a.rs", &format!("//! Long.\n{}", "\n".repeat(599))).len(), 0);
        assert_eq!(complaints("a.rs", &format!("//! Long.\n{}", "\n".repeat(600))).len(), 1);
    }
}
