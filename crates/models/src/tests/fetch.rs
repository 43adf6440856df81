//! Files that come, at once or in pieces.

use std::fs;

use tempfile::tempdir;

use super::{
    content, fetch, files, hub, model, of, part, put,
    server::{Reply, Server},
    sha256, target,
};
use crate::{Error, Event, File, Model, Plan, State, verify};

#[test]
fn a_file_comes_through_a_redirect_to_another_server_which_never_sees_the_token() {
    let (home, content) = (tempdir().unwrap(), content(700_000));
    let served = content.clone();
    let cdn = Server::start(move |request| Reply::part(request, &served));
    let place = format!("{}/blob?signature=x", cdn.address());
    let server = Server::start(move |_| Reply::status(302).with("location", &place));
    fetch(&home, &model(&content, true), &server).unwrap();
    assert_eq!(fs::read(target(&home)).unwrap(), content);
    assert_eq!(files(home.path()).len(), 1, "nothing but the file is left");
    let (asked, sent) = (&server.seen()[0], &cdn.seen()[0]);
    assert_eq!(asked.path, "/owner/tiny/resolve/abc/transformer/model.safetensors");
    assert_eq!(asked.headers["authorization"], "Bearer secret");
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(sent.path, "/blob?signature=x");
}

#[test]
fn cut_connections_are_made_up_for_and_no_byte_comes_twice() {
    let (home, content) = (tempdir().unwrap(), content(500_000));
    let served = content.clone();
    let server = Server::start(move |request| Reply::part(request, &served).cut(100_000.min(served.len())));
    let mut came = 0;
    let model = model(&content, true);
    let plan = Plan::of(home.path(), &model).unwrap();
    assert_eq!(plan.bytes(), 500_000);
    let mut count = |event: Event<'_>| came += if let Event::Bytes(bytes) = event { bytes } else { 0 };
    plan.fetch(&hub(&server), &mut count).unwrap();
    assert_eq!(fs::read(target(&home)).unwrap(), content);
    let asked: Vec<_> = server.seen().iter().map(|request| request.from()).collect();
    assert_eq!(asked, [None, Some(100_000), Some(200_000), Some(300_000), Some(400_000)]);
    assert_eq!(came, 500_000);
}

#[test]
fn what_an_interrupted_run_brought_is_where_the_next_one_goes_on() {
    let (home, content) = (tempdir().unwrap(), content(90_000));
    let served = content.clone();
    let broken = Server::start(move |request| {
        Reply::part(request, &served).cut(if request.index == 0 { 40_000 } else { 0 })
    });
    let model = model(&content, true);
    let error = fetch(&home, &model, &broken).unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error}");
    assert_eq!(fs::read(part(&home)).unwrap(), content[..40_000]);
    assert!(!target(&home).exists(), "no unfinished file has the name of a whole one");
    assert_eq!(Plan::of(home.path(), &model).unwrap().bytes(), 50_000);
    let served = content.clone();
    let whole = Server::start(move |request| Reply::part(request, &served));
    fetch(&home, &model, &whole).unwrap();
    assert_eq!(whole.seen()[0].from(), Some(40_000));
    assert_eq!(fs::read(target(&home)).unwrap(), content);
    assert!(Plan::of(home.path(), &model).unwrap().is_empty(), "it is not asked for again");
}

#[test]
fn a_server_that_knows_no_ranges_sends_the_file_from_its_start() {
    let (home, content) = (tempdir().unwrap(), content(10_000));
    put(&part(&home), &content[..4_000]);
    let served = content.clone();
    let server = Server::start(move |_| Reply::whole(&served));
    fetch(&home, &model(&content, true), &server).unwrap();
    assert_eq!(fs::read(target(&home)).unwrap(), content);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_part_that_is_already_whole_is_believed_only_by_its_hash() {
    for (lies, brought) in [(content(5_000), 0), (content(6_000), 5_000), (vec![7; 5_000], 0)] {
        let (home, content) = (tempdir().unwrap(), content(5_000));
        put(&part(&home), &lies);
        let served = content.clone();
        let server = Server::start(move |request| {
            Reply::part(request, &served).with("x-linked-etag", format!("\"{}\"", sha256(&served)))
        });
        let mut came = 0;
        let model = model(&content, false);
        let mut count = |event: Event<'_>| came += if let Event::Bytes(bytes) = event { bytes } else { 0 };
        let done = Plan::of(home.path(), &model).unwrap().fetch(&hub(&server), &mut count);
        assert_eq!(done.is_ok(), lies[0] != 7);
        assert_eq!((came, target(&home).exists(), part(&home).exists()), (brought, lies[0] != 7, false));
    }
}

#[test]
fn a_server_that_has_nothing_after_what_came_is_asked_from_the_start() {
    let (home, content) = (tempdir().unwrap(), content(5_000));
    put(&part(&home), &content[..4_000]);
    let served = content.clone();
    let server = Server::start(move |request| match request.from() {
        Some(_) => Reply::status(416),
        None => Reply::whole(&served),
    });
    fetch(&home, &model(&content, true), &server).unwrap();
    assert_eq!(fs::read(target(&home)).unwrap(), content);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let (home, content) = (tempdir().unwrap(), content(3_000));
    let served = content.clone();
    let server = Server::start(move |request| match request.index {
        0 => Reply::status(503),
        1 => Reply::status(429),
        _ => Reply::part(request, &served),
    });
    fetch(&home, &model(&content, true), &server).unwrap();
    assert_eq!(fs::read(target(&home)).unwrap(), content);
    let down = Server::start(|_| Reply::status(500));
    let error = fetch(&tempdir().unwrap(), &model(&content, true), &down).unwrap_err();
    assert!(
        error.to_string().contains("status 500") && error.to_string().contains("goes on where"),
        "{error}"
    );
    assert_eq!(down.seen().len(), 5);
}

#[test]
fn refusals_say_what_helps() {
    for (status, hint) in
        [(401, "HF_TOKEN"), (403, "accept its terms"), (404, "by hand"), (410, "status 410")]
    {
        let home = tempdir().unwrap();
        let server = Server::start(move |_| Reply::status(status));
        let message = fetch(&home, &model(b"x", true), &server).unwrap_err().to_string();
        assert!(message.contains(hint) && message.contains(&server.address()), "{message}");
        assert_eq!(server.seen().len(), 1, "no second attempt at {status}");
    }
}

#[test]
fn the_hash_of_a_first_download_is_noted_where_none_is_known() {
    let (home, content) = (tempdir().unwrap(), content(2_000));
    let served = content.clone();
    let server = Server::start(move |request| Reply::part(request, &served));
    let model = model(&content, false);
    fetch(&home, &model, &server).unwrap();
    let states = |home: &std::path::Path, model: &Model| -> Vec<State> {
        verify(home, model, &mut |_, _| {}).unwrap().into_iter().map(|checked| checked.state).collect()
    };
    assert_eq!(states(home.path(), &model), [State::AsFirstFetched]);
    fs::write(target(&home), b"another").unwrap();
    assert!(matches!(&states(home.path(), &model)[..], [State::Differs { .. }]));
}

#[test]
fn what_is_shared_comes_too_and_only_once() {
    let home = tempdir().unwrap();
    let server = Server::start(|request| Reply::whole(request.path.rsplit('/').next().unwrap().as_bytes()));
    let file = |path: &'static str| {
        let name = path.rsplit('/').next().unwrap();
        File { path, bytes: name.len() as u64, sha256: Some(sha256(name.as_bytes()).leak()) }
    };
    let shared = Box::leak(Box::new(Model { name: "family", ..of(vec![file("vae/v")]) }));
    let one = Model { name: "one", shares: Some(shared), ..of(vec![file("transformer/a")]) };
    let two = Model { name: "two", shares: Some(shared), ..of(vec![file("transformer/b")]) };
    let plan = Plan::of(home.path(), &one).unwrap();
    assert_eq!(plan.models().iter().map(|model| model.name).collect::<Vec<_>>(), ["one", "family"]);
    fetch(&home, &one, &server).unwrap();
    fetch(&home, &two, &server).unwrap();
    assert_eq!(server.seen().len(), 3);
    let there = ["models/family/vae/v", "models/one/transformer/a", "models/two/transformer/b"];
    assert_eq!(files(home.path()), there.map(str::to_owned).into());
}

#[test]
fn nothing_is_asked_for_where_the_disk_has_no_room_or_the_place_is_taken() {
    let home = tempdir().unwrap();
    let server = Server::start(|_| Reply::status(404));
    let large = of(vec![File { path: "vae/a", bytes: 1 << 60, sha256: None }]);
    let error = fetch(&home, &large, &server).unwrap_err();
    assert!(matches!(error, Error::NoRoom { needed, .. } if needed == 1 << 60), "{error}");
    for own in [&b"someone's own weights"[..], b"cut"] {
        put(&target(&home), own);
        let error = fetch(&home, &model(b"published", true), &server).unwrap_err();
        assert!(matches!(error, Error::Occupied { published: 9, .. }), "{error}");
        assert_eq!(fs::read(target(&home)).unwrap(), own);
    }
    assert!(server.seen().is_empty());
}

#[test]
fn two_programs_do_not_fetch_one_file_at_a_time() {
    let home = tempdir().unwrap();
    put(&part(&home), b"");
    let other = fs::File::open(part(&home)).unwrap();
    other.lock().unwrap();
    let server = Server::start(|_| Reply::status(404));
    let error = fetch(&home, &model(b"x", true), &server).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    assert!(server.seen().is_empty());
}

#[test]
fn what_the_user_supplies_is_not_fetched() {
    let home = tempdir().unwrap();
    let error = Plan::of(home.path(), Model::named("wan-gbuffer").unwrap()).unwrap_err();
    assert!(error.is_about_input() && error.to_string().contains("models/wan-gbuffer"), "{error}");
}
