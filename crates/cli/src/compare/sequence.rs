//! What was typed to pairs of files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use maquette_shoot::FrameRange;

use super::Error;

/// Kinds of picture, the one with more to measure first.
const KINDS: [&str; 2] = ["exr", "png"];
/// How many missing frames a message names.
const NAMED: usize = 5;

/// Two files to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePair {
    /// The shot, empty where there is only one.
    pub(super) shot: String,
    /// The frame's number, where the name has one.
    pub(super) number: Option<u32>,
    /// The frame as its file names it.
    frame: String,
    pub(super) image: PathBuf,
    pub(super) reference: PathBuf,
}

impl FilePair {
    /// "010/1001" or "1001".
    pub(super) fn name(&self) -> String {
        label(&(self.shot.clone(), self.number, self.frame.clone()))
    }
}

/// Shot, number, name: sorts as a sequence runs.
type Key = (String, Option<u32>, String);
type Files = BTreeMap<Key, PathBuf>;

/// Pairs the files of both sides by shot and frame. One reference file serves every image.
pub(super) fn pairs(
    image: &Path,
    reference: &Path,
    frames: Option<FrameRange>,
) -> Result<Vec<FilePair>, Error> {
    let (images, mut references) = (find(image, frames)?, find(reference, frames)?);
    if references.len() == 1
        && !reference.is_dir()
        && let Some(only) = references.values().next().cloned()
    {
        references = images.keys().map(|key| (key.clone(), only.clone())).collect();
    }
    let (images, references) = match one_shot(&images) && one_shot(&references) {
        true => (without_shot(images), without_shot(references)),
        false => (images, references),
    };
    all_there(image, &images, reference, &references)?;
    all_there(reference, &references, image, &images)?;
    let pair =
        |(((shot, number, frame), image), reference)| FilePair { shot, number, frame, image, reference };
    Ok(images.into_iter().zip(references.into_values()).map(pair).collect())
}

fn find(given: &Path, frames: Option<FrameRange>) -> Result<Files, Error> {
    if given.is_file() {
        let key = (String::new(), None, stem(given));
        return Ok([(key, given.to_owned())].into());
    }
    let mut files = if given.is_dir() { in_folder(given)? } else { by_pattern(given)? };
    if let Some(range) = frames {
        files.retain(|(_, number, _), _| number.is_some_and(|n| !range.within(&(n..=n)).is_empty()));
    }
    if files.is_empty() {
        let within = frames.map_or(String::new(), |range| format!(" of frames {range}"));
        return Err(Error::Input(format!("{} holds no pictures{within} (.exr or .png)", given.display())));
    }
    Ok(files)
}

/// A take's or a shot's beauty frames, or else every picture in a folder; EXR before PNG.
fn in_folder(folder: &Path) -> Result<Files, Error> {
    let is_beauty = |name: &str| name.starts_with("beauty.");
    for kind in KINDS {
        let mut files = matching(folder, "", kind, &is_beauty)?;
        for inner in listed(folder)?.into_iter().filter(|path| path.is_dir()) {
            files.extend(matching(&inner, &file_name(&inner), kind, &is_beauty)?);
        }
        if !files.is_empty() {
            return Ok(files);
        }
    }
    for kind in KINDS {
        let files = matching(folder, "", kind, &|_| true)?;
        if !files.is_empty() {
            return Ok(files);
        }
    }
    Ok(Files::new())
}

/// `folder/name.*.exr` or `folder/name.####.exr`.
fn by_pattern(given: &Path) -> Result<Files, Error> {
    let missing = || Error::Input(format!("there is no {}", given.display()));
    let name = file_name(given);
    let hole = name.find(['*', '#']).ok_or_else(missing)?;
    let rest = name[hole..].trim_start_matches(['*', '#']);
    let folder = given.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() || rest.contains(['*', '#']) {
        let hint = "a pattern has one * or one run of #, in the file's name";
        return Err(Error::Input(format!("there is no {} ({hint})", given.display())));
    }
    let fits = |file: &PathBuf| {
        let file = file_name(file);
        file.len() >= hole + rest.len() && file.starts_with(&name[..hole]) && file.ends_with(rest)
    };
    let keyed = |path: PathBuf| {
        let file = file_name(&path);
        let frame = file[hole..file.len() - rest.len()].to_owned();
        ((String::new(), frame.parse().ok(), frame), path)
    };
    Ok(listed(folder)?.into_iter().filter(fits).map(keyed).collect())
}

fn matching(folder: &Path, shot: &str, kind: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Files, Error> {
    let of_kind = |path: &PathBuf| path.extension().is_some_and(|e| e == kind) && wanted(&file_name(path));
    let keyed = |path: PathBuf| {
        let stem = stem(&path);
        let digits: String = stem.chars().rev().take_while(char::is_ascii_digit).collect();
        let number = digits.chars().rev().collect::<String>().parse().ok();
        let frame = stem.strip_prefix("beauty.").unwrap_or(&stem).to_owned();
        ((shot.to_owned(), number, frame), path)
    };
    Ok(listed(folder)?.into_iter().filter(of_kind).map(keyed).collect())
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = |error: std::io::Error| Error::Input(format!("cannot list {}: {error}", folder.display()));
    fs::read_dir(folder)
        .map_err(cannot)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(cannot))
        .collect()
}

fn one_shot(files: &Files) -> bool {
    let mut shots = files.keys().map(|(shot, ..)| shot);
    let first = shots.next();
    shots.all(|shot| Some(shot) == first)
}

fn without_shot(files: Files) -> Files {
    files.into_iter().map(|((_, number, frame), path)| ((String::new(), number, frame), path)).collect()
}

/// Every frame of `these` is among `those`.
fn all_there(these_are: &Path, these: &Files, those_are: &Path, those: &Files) -> Result<(), Error> {
    let missing: Vec<String> = these.keys().filter(|key| !those.contains_key(key)).map(label).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let named = missing[..missing.len().min(NAMED)].join(", ");
    let more =
        if missing.len() > NAMED { format!(" and {} more", missing.len() - NAMED) } else { String::new() };
    Err(Error::Input(format!(
        "{} lacks frames that {} has: {named}{more} (--frames compares a part)",
        those_are.display(),
        these_are.display()
    )))
}

fn label((shot, _, frame): &Key) -> String {
    if shot.is_empty() { frame.clone() } else { format!("{shot}/{frame}") }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with empty files.
    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, "").expect("written");
        }
        folder
    }

    fn names(pairs: &[FilePair]) -> Vec<String> {
        pairs.iter().map(FilePair::name).collect()
    }

    #[test]
    fn takes_are_paired_by_shot_and_frame_and_sound_or_sheets_are_left_alone() {
        let take = [
            "010/beauty.1001.exr",
            "010/beauty.1001.png",
            "010/beauty.1002.exr",
            "020/beauty.1001.exr",
            "contact_sheet.png",
            "sound.wav",
        ];
        let (a, b) = (folder(&take), folder(&take));
        let all = pairs(a.path(), b.path(), None).expect("pairs");
        assert_eq!(names(&all), ["010/1001", "010/1002", "020/1001"]);
        assert_eq!(all[2].reference, b.path().join("020/beauty.1001.exr"));
        let some = pairs(a.path(), b.path(), Some("1002".parse().expect("a range"))).expect("pairs");
        assert_eq!(names(&some), ["1002"]);
    }

    #[test]
    fn a_pattern_meets_a_shot_folder_and_one_reference_serves_all() {
        let a = folder(&["x.0998.exr", "x.0999.exr", "x.1000.exr", "y.0998.exr"]);
        let b = folder(&["s/beauty.0998.exr", "s/beauty.0999.exr", "s/beauty.1000.exr"]);
        let by_hash = pairs(&a.path().join("x.####.exr"), b.path(), None).expect("pairs");
        assert_eq!(names(&by_hash), ["0998", "0999", "1000"]);
        let one = b.path().join("s/beauty.0999.exr");
        let still = pairs(&a.path().join("x.*.exr"), &one, None).expect("pairs");
        assert!(still.len() == 3 && still.iter().all(|pair| pair.reference == one));
    }

    #[test]
    fn two_single_files_are_a_pair_whatever_they_are_called() {
        let a = folder(&["one.exr", "other.exr"]);
        assert_eq!(
            pairs(&a.path().join("one.exr"), &a.path().join("other.exr"), None).expect("a pair").len(),
            1
        );
    }

    #[test]
    fn missing_frames_folders_and_patterns_are_named() {
        let (a, b) = (folder(&["beauty.1.exr", "beauty.2.exr"]), folder(&["beauty.1.exr"]));
        let message = |a: &Path, b: &Path| pairs(a, b, None).expect_err("an error").to_string();
        assert!(message(a.path(), b.path()).contains(": 2 ("), "{}", message(a.path(), b.path()));
        assert!(message(b.path(), a.path()).contains(": 2 ("));
        assert!(message(&a.path().join("nothing.exr"), b.path()).contains("there is no"));
        assert!(message(&a.path().join("*.*.exr"), b.path()).contains("one *"));
        let empty = folder(&["note.txt"]);
        assert!(message(empty.path(), b.path()).contains("no pictures"));
    }
}
