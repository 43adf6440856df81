//! Text as rules read it: words without disguise.
//!
//! Compatibility forms, accents, case, look-alike letters of other alphabets, invisible characters, digits for letters and
//! letters set apart all come down to the same plain words. A word can have several readings (a 1 may be an i or an l); a
//! phrase matches if any does.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A word's readings, the plain one first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word(Vec<String>);

/// Letters a word set apart has at least: `s e x`.
const SET_APART: usize = 3;

/// The words of a text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let plain: String =
        text.nfkd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c)).flat_map(folded).collect();
    let tokens: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric() && !is_symbol(c)).map(trimmed).collect();
    let tokens: Vec<&str> = tokens.into_iter().filter(|token| !token.is_empty()).collect();
    let mut words = Vec::new();
    for run in tokens.chunk_by(|a, b| single(a) && single(b)) {
        match run.len() >= SET_APART && run.iter().any(|token| token.chars().all(char::is_alphabetic)) {
            true => words.push(Word::of(&run.concat())),
            false => words.extend(run.iter().map(|token| Word::of(token))),
        }
    }
    words
}

impl Word {
    fn of(token: &str) -> Self {
        let mut readings = vec![token.to_owned()];
        if token.chars().any(char::is_alphabetic) && token.chars().any(|c| letter_for(c, 'i').is_some()) {
            for one in ['i', 'l'] {
                readings.push(token.chars().map(|c| letter_for(c, one).unwrap_or(c)).collect());
            }
        }
        let drawn_out: Vec<String> = readings.iter().map(|reading| shortened(reading)).collect();
        readings.extend(drawn_out);
        readings.dedup();
        Self(readings)
    }

    /// Whether a word of a phrase fits: the word itself, `porn*` for a beginning, `1..17` for a number.
    fn fits(&self, pattern: &str) -> bool {
        if let Some((low, high)) = pattern.split_once("..") {
            let range = low.parse::<u64>().ok().zip(high.parse().ok());
            let number = self.0.first().and_then(|word| word.parse().ok());
            return range.zip(number).is_some_and(|((low, high), number)| (low..=high).contains(&number));
        }
        match pattern.strip_suffix('*') {
            Some(beginning) => self.0.iter().any(|word| word.starts_with(beginning)),
            None => self.0.iter().any(|word| word == pattern),
        }
    }
}

/// Where a phrase is found: the range of its words.
pub(crate) fn find(words: &[Word], phrase: &str) -> Vec<std::ops::Range<usize>> {
    let patterns: Vec<&str> = phrase.split_whitespace().collect();
    let count = patterns.len().max(1);
    let fits =
        |start: &usize| patterns.iter().zip(&words[*start..]).all(|(pattern, word)| word.fits(pattern));
    (0..(words.len() + 1).saturating_sub(count)).filter(fits).map(|start| start..start + count).collect()
}

/// Lower case, and the Latin letter for one of another alphabet that looks the same (Unicode TR 39, confusables).
fn folded(c: char) -> impl Iterator<Item = char> {
    let latin = |c| match c {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'п' | 'η' => 'n',
        'о' | 'ο' | 'σ' | 'օ' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'ѡ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    };
    c.to_lowercase().map(latin)
}

/// Characters that show nothing: soft hyphens, joiners, direction marks, variation selectors, tags.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Symbols that stand for letters inside words.
fn is_symbol(c: char) -> bool {
    matches!(c, '@' | '$' | '!' | '|' | '+' | '€' | '*')
}

/// At its end a symbol is punctuation more often than a letter; at its start it is a letter.
fn trimmed(token: &str) -> &str {
    token.trim_end_matches(['!', '|', '+', '*']).trim_start_matches(['|', '+', '*'])
}

fn single(token: &str) -> bool {
    token.chars().count() == 1
}

fn letter_for(c: char, one: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => return None,
    })
}

/// Letters drawn out (`nuuude`) are one letter.
fn shortened(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let runs = letters.chunk_by(|a, b| a == b);
    runs.flat_map(|run| &run[..if run.len() >= 3 { 1 } else { run.len() }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_every_disguise() {
        for text in [
            "naked",
            "NAKED",
            "n4ked",
            "n@k3d",
            "nаkеd",
            "ｎａｋｅｄ",
            "na\u{200b}ked",
            "n\u{ad}aked",
            "nàkéd",
            "n a k e d",
            "n-a-k-e-d",
            "n.a.k.3.d",
            "naaaaked",
            "𝓃𝒶𝓀𝑒𝒹",
            "NАКЕD",
            "naked!",
        ] {
            assert_eq!(find(&words(text), "naked").len(), 1, "{text}");
        }
    }

    #[test]
    fn a_word_is_not_found_inside_another_or_across_a_sentence() {
        for text in ["snakedance", "nake d", "baked", "4 nurses, 5 beds", "", "na ked"] {
            assert_eq!(find(&words(text), "naked").len(), 0, "{text}");
        }
        assert_eq!(find(&words("Essex and Middlesex"), "sex").len(), 0);
    }

    #[test]
    fn phrases_are_words_in_order_with_beginnings_and_numbers() {
        let text = words("A 15-year-old pornographer, at 27, has no naked eye.");
        assert_eq!(find(&text, "1..17 year old"), vec![1..4]);
        assert_eq!(find(&text, "porn*"), vec![4..5]);
        assert_eq!(find(&text, "naked eye").len(), 1);
        assert_eq!(find(&text, "eye naked").len(), 0);
        assert_eq!(find(&text, "27 year").len(), 0);
    }
}
