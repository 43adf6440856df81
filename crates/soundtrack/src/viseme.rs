//! A synthesiser's list of phonemes with their times to how far a jaw is open when.
//!
//! Two notations are read: flite's `-psdur` (`p:0.347`, a line an utterance, the time a phoneme ends) and MBROLA's `.pho`
//! that espeak-ng writes with `--pho` for its `mb-` voices (`p 84`, a line a phoneme, milliseconds, then pitch). Jaws
//! open with the height of the vowel, and close most for sibilants, then for other stops (Keating, Lindblom, Lubker and
//! Kreiman, "Variability in jaw height for segments in English and Swedish", J. Phonetics 22, 1994); lips meet in p, b
//! and m, which a mannequin's jaw does for them. The classes are theirs, the numbers are ours.

use crate::Error;

/// A mouth reaches a pause's rest, and leaves it, within this time.
const TO_REST_S: f64 = 0.06;

/// How far a jaw is open at a time; in a straight line between two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viseme {
    /// Time from the start of the recording, in seconds.
    pub time_s: f64,
    /// 0 shut to 1, as far as speech opens it.
    pub openness: f32,
}

/// The visemes of a synthesiser's phonemes, in order of time: one in the middle of each phoneme, two around a pause.
/// Empty lines, comments (`;`) and flushes (`#`) are passed over.
///
/// # Errors
///
/// [`Error::Phonemes`] for a line in neither notation, or a time that runs backwards.
pub fn visemes(text: &str) -> Result<Vec<Viseme>, Error> {
    let mut all = Vec::new();
    let mut from_s = 0.0;
    for (index, line) in text.lines().enumerate() {
        let wrong = || Error::Phonemes { line: index + 1, text: line.chars().take(40).collect() };
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        let spoken = utterance(line).or_else(|| single(line)).ok_or_else(wrong)?;
        for phoneme in &spoken.phonemes {
            if !phoneme.length_s.is_finite() || phoneme.length_s < 0.0 {
                return Err(wrong());
            }
            add(&mut all, phoneme.name, from_s + phoneme.start_s, phoneme.length_s);
        }
        from_s += spoken.length_s;
    }
    Ok(all)
}

/// A line of a list.
struct Spoken<'a> {
    phonemes: Vec<Phoneme<'a>>,
    /// How long it is in the recording.
    length_s: f64,
}

struct Phoneme<'a> {
    name: &'a str,
    start_s: f64,
    length_s: f64,
}

/// flite's notation. Its diphones end in the middle of the last pause, and so does the recording.
fn utterance<'a>(line: &'a str) -> Option<Spoken<'a>> {
    let mut start_s = 0.0;
    let mut phoneme = |token: &'a str| {
        let (name, end) = token.rsplit_once(':')?;
        let end_s: f64 = end.parse().ok()?;
        let phoneme = Phoneme { name, start_s, length_s: end_s - start_s };
        start_s = end_s;
        Some(phoneme)
    };
    let phonemes = line.split_whitespace().map(&mut phoneme).collect::<Option<Vec<_>>>()?;
    let cut_s = phonemes.last().map_or(0.0, |last| 0.5 * last.length_s);
    Some(Spoken { phonemes, length_s: start_s - cut_s })
}

/// MBROLA's notation.
fn single(line: &str) -> Option<Spoken<'_>> {
    let mut words = line.split_whitespace();
    let (name, milliseconds) = (words.next()?, words.next()?.parse::<f64>().ok()?);
    let length_s = 1e-3 * milliseconds;
    Some(Spoken { phonemes: vec![Phoneme { name, start_s: 0.0, length_s }], length_s })
}

fn add(all: &mut Vec<Viseme>, name: &str, start_s: f64, length_s: f64) {
    let openness = openness(name);
    let reach_s = if is_pause(name) { (0.5 * length_s - TO_REST_S).max(0.0) } else { 0.0 };
    let middle_s = start_s + 0.5 * length_s;
    all.push(Viseme { time_s: middle_s - reach_s, openness });
    if reach_s > 0.0 {
        all.push(Viseme { time_s: middle_s + reach_s, openness });
    }
}

fn is_pause(name: &str) -> bool {
    matches!(name, "_" | "pau" | "sil" | "brth")
}

/// By name in flite's alphabet (ARPAbet in small letters) or in SAMPA; the first letter tells the class in both, with
/// some exceptions.
fn openness(name: &str) -> f32 {
    const SHUT: f32 = 0.0;
    const TEETH: f32 = 0.1;
    const TONGUE: f32 = 0.2;
    const HIGH: f32 = 0.3;
    const MIDDLE: f32 = 0.6;
    const LOW: f32 = 1.0;
    match name {
        "ax" => return MIDDLE,
        "ch" | "jh" | "tS" | "dZ" | "ts" => return TEETH,
        _ if is_pause(name) => return SHUT,
        _ => {}
    }
    match name.chars().next() {
        Some('p' | 'b' | 'm') => SHUT,
        Some('f' | 'v' | 's' | 'z' | 'S' | 'Z') => TEETH,
        Some('i' | 'I' | 'u' | 'U' | 'y' | 'Y' | '1' | '}') => HIGH,
        Some('e' | 'E' | 'o' | 'O' | '@' | '3' | '2' | '9' | '7' | '8') => MIDDLE,
        Some('a' | 'A' | '{' | 'V' | 'Q' | '6' | '&') => LOW,
        _ => TONGUE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `flite -psdur -t "Papa is at home."`, version 2.2.
    const FLITE: &str = "pau:0.220 p:0.347 aa:0.453 p:0.581 ax:0.638 ih:0.702 z:0.814 ae:0.908 t:0.967 hh:1.034 ow:1.170 \
                         m:1.233 pau:1.453 \n";
    /// `espeak-ng -v mb-en1 --pho -q "Papa is at home, and I see you."`, version 1.51, up to the comma.
    const ESPEAK: &str = "p\t84\n@\t25\t 0 94 20 95 40 96 59 97 80 99 100 99\np\t84\nA:\t57\t 0 117 80 109 100 109\n\
                          r\t65\nI\t20\t 0 110 80 106 100 106\nz\t65\n{\t22\t 0 111 80 107 100 107\nt\t111\nh\t70\n\
                          @U\t103\t 0 109 13 90 26 81 53 90 80 106 100 106\nm\t160\t100 98\n\n_\t150\n_\t1\n";

    fn at(visemes: &[Viseme], time_s: f64) -> f32 {
        let nearest =
            visemes.iter().min_by(|a, b| (a.time_s - time_s).abs().total_cmp(&(b.time_s - time_s).abs()));
        nearest.expect("visemes").openness
    }

    #[test]
    fn flites_list_opens_for_vowels_and_shuts_for_lips_and_pauses() {
        let found = visemes(FLITE).expect("a list");
        assert_eq!(found.len(), 13 + 2, "a long pause has two ends");
        // aa of "papa", its second p, m of "home", and the pauses.
        assert_eq!([0.4, 0.52, 1.2, 0.1, 1.4].map(|time_s| at(&found, time_s)), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert!((found[3].time_s - 0.5 * (0.347 + 0.453)).abs() < 1e-9, "{:?}", found[3]);
        assert!(at(&found, 0.4) > at(&found, 1.1) && at(&found, 1.1) > at(&found, 0.67), "aa, ow, ih");
        assert!(found.windows(2).all(|pair| pair[0].time_s <= pair[1].time_s));
    }

    #[test]
    fn espeaks_list_says_the_same_in_its_own_letters() {
        let found = visemes(ESPEAK).expect("a list");
        assert_eq!(found.len(), 14 + 1);
        // p, @, p, A: one after the other.
        let open: Vec<f32> = found[..4].iter().map(|viseme| viseme.openness).collect();
        assert_eq!(open, [0.0, 0.6, 0.0, 1.0]);
        assert!((found[3].time_s - (0.084 + 0.025 + 0.084 + 0.5 * 0.057)).abs() < 1e-9);
        assert_eq!(found.last().map(|last| last.openness), Some(0.0));
    }

    #[test]
    fn a_second_utterance_begins_where_the_first_recording_ends() {
        // "Papa is at home. Mama too.": the recording of the first is 1.340 s long.
        let both =
            format!("{FLITE}pau:0.220 m:0.307 aa:0.435 m:0.515 ax:0.589 t:0.721 uw:0.922 pau:1.142 \n");
        let found = visemes(&both).expect("a list");
        let mama = found.iter().rev().find(|viseme| viseme.openness == 1.0).expect("an open vowel");
        assert!((mama.time_s - (1.340 + 0.5 * (0.307 + 0.435))).abs() < 0.005, "{mama:?}");
    }

    #[test]
    fn what_is_no_list_is_named_with_its_line() {
        for text in ["p:0.1\nhello world\n", "p 84\np -3\n", "p 84\np:0.2 aa:0.1\n", "p 84\nlonely\n"] {
            let error = visemes(text).expect_err("no list").to_string();
            assert!(error.contains("line 2"), "{error}");
        }
        assert_eq!(visemes("").expect("nothing"), []);
    }
}
