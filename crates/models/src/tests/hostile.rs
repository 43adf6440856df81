//! Servers that mean harm, or are broken: nothing of what they send gets a name, and nothing lands elsewhere.

use std::fs;

use tempfile::{TempDir, tempdir};

use super::{
    content, fetch, files, model, of, part, put,
    server::{Reply, Request, Server},
    sha256, target,
};
use crate::{Error, File, Installed};

/// What comes of one file from a server that answers so.
fn outcome(
    hashed: bool,
    answer: impl Fn(&Request, &[u8]) -> Reply + Send + 'static,
) -> (TempDir, Result<(), Error>, usize) {
    let (home, content) = (tempdir().unwrap(), content(20_000));
    let model = model(&content, hashed);
    let server = Server::start(move |request| answer(request, &content));
    let result = fetch(&home, &model, &server);
    let requests = server.seen().len();
    (home, result, requests)
}

/// Refused as another file, at the first request, with nothing of a name left.
fn changed(hashed: bool, why: &str, answer: impl Fn(&Request, &[u8]) -> Reply + Send + 'static) -> TempDir {
    let (home, result, requests) = outcome(hashed, answer);
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert!(error.to_string().contains(why), "{error}");
    assert_eq!(requests, 1);
    assert!(!target(&home).exists());
    home
}

#[test]
fn other_content_of_the_right_length_is_thrown_away() {
    let home = changed(true, "SHA-256", |_, content| Reply::whole(&vec![1; content.len()]));
    assert!(files(home.path()).is_empty(), "not kept as a part either");
    changed(false, "SHA-256", |_, content| {
        Reply::whole(&vec![1; content.len()]).with("x-linked-etag", sha256(content))
    });
}

#[test]
fn another_length_or_hash_is_refused_before_a_byte_is_kept() {
    for bytes in [3_000, 30_000] {
        let home = changed(true, "it offers", move |_, _| Reply::whole(&content(bytes)));
        assert!(files(home.path()).is_empty());
    }
    changed(true, "it offers 5 bytes", |_, content| Reply::whole(content).with("x-linked-size", 5));
    changed(true, "it offers the SHA-256", |_, content| {
        Reply::whole(content).with("x-linked-etag", sha256(b"another"))
    });
    changed(false, "at most 20000", |_, _| Reply::whole(&content(20_001)));
}

#[test]
fn a_body_without_end_is_cut_off_at_the_length_of_the_file() {
    let endless =
        |content: &[u8]| Reply { status: 200, body: content.to_vec(), endless: true, ..Reply::default() };
    let home = changed(true, "more bytes", move |_, content| endless(content));
    assert!(fs::metadata(part(&home)).map_or(0, |about| about.len()) <= 20_000);
    let home = changed(false, "more bytes", move |_, content| endless(content).with("x-linked-size", 15_000));
    assert!(fs::metadata(part(&home)).map_or(0, |about| about.len()) <= 15_000);
    changed(false, "does not say how long", move |_, content| endless(content));
}

#[test]
fn a_part_other_than_the_one_asked_for_is_refused() {
    let (home, content) = (tempdir().unwrap(), content(20_000));
    put(&part(&home), &content[..8_000]);
    for range in ["bytes 0-19999/20000", "bytes 9000-19999/20000", "bytes */20000", "nonsense"] {
        let served = content.clone();
        let server = Server::start(move |_| {
            let reply = Reply { status: 206, body: served[8_000..].to_vec(), ..Reply::default() };
            reply.with("content-range", range)
        });
        let error = fetch(&home, &model(&content, true), &server).unwrap_err();
        assert!(matches!(error, Error::Changed { .. }), "{error}");
        assert_eq!(fs::read(part(&home)).unwrap(), content[..8_000], "what came before is kept");
    }
}

#[test]
fn a_length_below_what_came_earlier_opens_no_door() {
    let home = tempdir().unwrap();
    put(&part(&home), &content(20_000));
    let server = Server::start(|_| {
        let reply = Reply { status: 206, body: content(5_000), endless: true, ..Reply::default() };
        reply.with("x-linked-size", 5_000).with("content-range", "bytes 20000-29999/5000")
    });
    let error = fetch(&home, &model(&content(20_000), false), &server).unwrap_err();
    assert!(matches!(error, Error::Changed { .. }), "{error}");
    assert!(files(home.path()).is_empty());
}

#[test]
fn redirects_to_elsewhere_are_refused() {
    for to in ["ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:1", ""] {
        let (home, result, requests) = outcome(true, move |_, _| Reply::status(302).with("location", to));
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{error}");
        assert_eq!((requests, target(&home).exists()), (1, false));
    }
    let (_home, result, requests) = outcome(true, |_, _| Reply::status(302).with("location", "/again"));
    assert!(matches!(result, Err(Error::Redirect { .. })));
    assert!(requests < 10);
    let (_home, result, _) = outcome(true, |_, _| Reply::status(301));
    assert!(matches!(result, Err(Error::Redirect { .. })), "a redirect to nowhere");
}

#[test]
fn a_name_that_the_server_gives_a_file_is_not_heard() {
    let (home, result, _) = outcome(true, |request, content| match request.path.as_str() {
        "/../../../evil" => {
            Reply::whole(content).with("content-disposition", "attachment; filename=\"../../evil\"")
        }
        _ => Reply::status(307).with("location", "/../../../evil"),
    });
    result.unwrap();
    assert_eq!(files(home.path()), ["models/tiny/transformer/model.safetensors".to_owned()].into());
}

#[test]
fn compressed_content_counts_by_what_it_unpacks_to() {
    // 30 000 zeros, compressed by gzip; the file has 20 000 bytes.
    const BOMB: [u8; 64] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 237, 193, 49, 1, 0, 0, 0, 194, 160, 245, 79, 109, 9, 79, 160, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 62, 6, 32, 74, 2,
        101, 48, 117, 0, 0,
    ];
    let home = changed(true, "more bytes", |_, _| Reply::whole(&BOMB).with("content-encoding", "gzip"));
    assert!(fs::metadata(part(&home)).map_or(0, |about| about.len()) <= 20_000);
}

#[test]
fn an_index_that_names_files_elsewhere_is_refused_after_it_came() {
    let home = tempdir().unwrap();
    for name in
        ["../../../secret.safetensors", "/etc/passwd", "a\\\\b.safetensors", "C:x.safetensors", "run.sh", ""]
    {
        let folder = home.path().join("models/wan-vace-1.3b/transformer");
        let index = format!(r#"{{"weight_map": {{"weight": "{name}"}}}}"#).into_bytes();
        let _ = fs::remove_dir_all(&folder);
        let bytes = index.len() as u64;
        let file = File { path: "transformer/model.safetensors.index.json", bytes, sha256: None };
        let server = Server::start(move |_| Reply::whole(&index));
        let model = crate::Model { name: "wan-vace-1.3b", ..of(vec![file]) };
        fetch(&home, &model, &server).unwrap();
        let error = Installed::find(home.path(), "wan-vace-1.3b").unwrap_err();
        assert!(matches!(error, Error::Index { .. }), "{error}");
        assert!(error.to_string().contains("plain file name"), "{error}");
    }
}
