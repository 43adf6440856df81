//! What is said of files on disk.

use tempfile::tempdir;

use super::{content, model, part, put, sha256, target};
use crate::{State, verify};

#[test]
fn each_file_is_told_apart() {
    let content = content(3_000_000);
    let differing = {
        let mut other = content.clone();
        other[2_999_999] ^= 1;
        other
    };
    let differs = State::Differs { expected: sha256(&content), found: sha256(&differing) };
    let short = State::CutShort { has: 1_000, of: 3_000_000 };
    for (lies, state, sound) in [
        (content.clone(), State::Published, true),
        (differing, differs, false),
        (content[..1_000].to_vec(), short, false),
    ] {
        let home = tempdir().unwrap();
        put(&target(&home), &lies);
        let mut read = 0;
        let checked = verify(home.path(), &model(&content, true), &mut |_, bytes| read += bytes).unwrap();
        assert_eq!(checked[0].state, state);
        assert_eq!((checked.len(), checked[0].state.is_sound()), (1, sound));
        assert_eq!(read, if lies.len() == 1_000 { 0 } else { 3_000_000 });
    }
}

#[test]
fn what_is_missing_unfinished_or_unknown_is_said_too() {
    let home = tempdir().unwrap();
    let model = model(b"content", true);
    let states = || -> Vec<_> {
        let checked = verify(home.path(), &model, &mut |_, _| {}).unwrap();
        checked.into_iter().map(|checked| (checked.path, checked.state)).collect()
    };
    assert_eq!(states(), [(target(&home), State::Missing)]);
    let notes = home.path().join("models/tiny/transformer/notes.txt");
    put(&notes, b"mine");
    put(&part(&home), b"con");
    let expected = [
        (target(&home), State::Missing),
        (part(&home), State::Unfinished),
        (notes, State::Unknown(sha256(b"mine"))),
    ];
    assert_eq!(states(), expected);
}
