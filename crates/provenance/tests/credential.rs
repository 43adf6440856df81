//! Signed files of every delivered kind, and what is noticed when they are meddled with.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use maquette_provenance::credential::{
    ConsentNote, Error, Examined, Frames, Input, LogHead, Making, MarkNote, Medium, Method, Role, Sighting,
    Signed, SignedBy, Signer, Statement, Subject, Trust, Verdict, examine, examine_folder,
};

/// A home with keys, and a folder with a file of each kind.
struct Desk {
    home: tempfile::TempDir,
    take: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Desk {
    /// Unsigned files; none, and a notice, where there is no ffmpeg to make pictures, sounds and movies with.
    fn new() -> Option<Self> {
        let take = tempfile::tempdir().unwrap();
        let picture = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=24:duration=0.5"].as_slice();
        let sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=0.5"].as_slice();
        let makers: [(&str, Vec<&str>); 4] = [
            ("beauty.1001.png", [picture, &["-frames:v", "1"]].concat()),
            ("sheet.jpg", [picture, &["-frames:v", "1"]].concat()),
            ("sound.wav", sound.to_vec()),
            ("movie.mp4", [picture, sound, &["-pix_fmt", "yuv420p", "-movflags", "+faststart"]].concat()),
        ];
        let mut files = Vec::new();
        for (name, arguments) in makers {
            let path = take.path().join(name);
            let ffmpeg = Command::new("ffmpeg").args(["-v", "error"]).args(arguments).arg(&path).status();
            if !ffmpeg.is_ok_and(|status| status.success()) {
                println!("skipped: no ffmpeg to make {name} with");
                return None;
            }
            files.push(path);
        }
        for (name, bytes) in [("beauty.1001.exr", light()), ("receipt.json", b"{\"frames\": 1}".to_vec())] {
            fs::write(take.path().join(name), bytes).unwrap();
            files.push(take.path().join(name));
        }
        Some(Self { home: tempfile::tempdir().unwrap(), take, files })
    }

    /// The same, every file signed.
    fn signed() -> Option<Self> {
        let desk = Self::new()?;
        let work: Vec<_> = desk.files.iter().map(|path| (path.clone(), statement(path))).collect();
        desk.signer().sign_files(&work).unwrap();
        Some(desk)
    }

    fn signer(&self) -> Signer {
        Signer::of_home(self.home.path()).unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::of_home(Some(self.home.path()), None).unwrap()
    }

    fn examine(&self, path: &Path) -> Examined {
        examine(path, &self.trust()).unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.take.path().join(name)
    }
}

/// Bytes that stand for an EXR: to a sidecar they are only bytes.
fn light() -> Vec<u8> {
    [0x76, 0x2f, 0x31, 0x01].into_iter().chain((0..20_000_u32).map(|i| ((i * 31) >> 3) as u8)).collect()
}

fn statement(path: &Path) -> Statement {
    let medium = if path.extension().unwrap() == "wav" { Medium::Sound } else { Medium::Picture };
    Statement {
        title: format!("Corridor, {}", path.file_name().unwrap().to_string_lossy()),
        method: Method::Neural,
        people: vec![
            ConsentNote {
                subject: Subject::Person,
                grant: Some("c0ffee".repeat(10)),
                uses: vec!["festival".to_owned()],
                attested: vec!["face compared by operator R. Ahn".to_owned()],
                declared: None,
            },
            ConsentNote {
                subject: Subject::DeclaredNotReal,
                declared: Some("a synthetic performer of this program".to_owned()),
                ..ConsentNote::default()
            },
        ],
        log: Some(LogHead { entries: 7, root: "ab".repeat(32) }),
        marks: vec![MarkNote { medium, id: 0x2a }],
        making: Making {
            scene: Some("blake3:1234".to_owned()),
            settings: [("samples".to_owned(), 32.into()), ("shot".to_owned(), "010".into())].into(),
            weights: [("rt_hdr_alb_nrm".to_owned(), "sha256:5678".to_owned())].into(),
            policy: Some("sha256:9abc".to_owned()),
            ..Making::default()
        },
        ..Statement::default()
    }
}

#[test]
fn every_kind_of_file_keeps_what_was_stated() {
    let Some(desk) = Desk::signed() else { return };
    for path in &desk.files {
        let examined = desk.examine(path);
        let stated = statement(path);
        assert_eq!(examined.verdict, Verdict::Untouched, "{}", path.display());
        assert!(matches!(examined.signed_by, Some(SignedBy::ThisInstallation { .. })), "{examined:?}");
        assert_eq!(examined.title.as_ref(), Some(&stated.title));
        assert_eq!(examined.people, stated.people);
        assert_eq!(examined.log, stated.log);
        assert_eq!(examined.marks, stated.marks);
        assert_eq!(examined.making, Some(stated.making));
        assert_eq!(examined.source_type.as_deref(), Some("compositeWithTrainedAlgorithmicMedia"));
        assert_eq!(examined.training_allowed, Some(false));
        assert!(examined.made_by.as_ref().unwrap().starts_with("Maquette "), "{examined:?}");
    }
}

/// Room that the credential keeps free behind its signature says nothing, and nothing signs it.
fn is_padding(bytes: &[u8], at: usize) -> bool {
    bytes[at.saturating_sub(8)..(at + 8).min(bytes.len())].iter().all(|byte| *byte == 0)
}

#[test]
fn a_flipped_byte_anywhere_is_noticed() {
    let Some(desk) = Desk::signed() else { return };
    for path in &desk.files {
        let whole = fs::read(path).unwrap();
        let places = 24;
        let spread = (0..places).map(|place| (2 * place + 1) * whole.len() / (2 * places));
        let meant: Vec<_> = spread.filter(|at| !is_padding(&whole, *at)).collect();
        assert!(meant.len() > places / 2, "{}: {meant:?}", path.display());
        for at in meant {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(path, &bytes).unwrap();
            let examined = desk.examine(path);
            assert!(!examined.is_untouched(), "{}: byte {at} of {}", path.display(), bytes.len());
        }
        fs::write(path, &whole).unwrap();
        assert!(desk.examine(path).is_untouched());
    }
}

#[test]
fn a_damaged_sidecar_or_a_truncated_file_is_a_finding_and_no_panic() {
    let Some(desk) = Desk::signed() else { return };
    let sidecar = desk.file("beauty.1001.c2pa");
    let manifest = fs::read(&sidecar).unwrap();
    let inner = manifest.windows(4).rposition(|name| name == b"cbor").unwrap() - 4;
    let huge = [&manifest[..inner], &0x7fff_ffff_u32.to_be_bytes(), &manifest[inner + 4..]].concat();
    for bytes in [&b""[..], b"{}", &huge, &manifest[..manifest.len() / 2], &manifest[1..]] {
        fs::write(&sidecar, bytes).unwrap();
        let examined = desk.examine(&desk.file("beauty.1001.exr"));
        assert!(matches!(examined.verdict, Verdict::Invalid { .. }), "{examined:?}");
    }
    for path in &desk.files {
        let whole = fs::read(path).unwrap();
        for part in [whole.len() - 1, whole.len() / 2, 7, 3, 0] {
            fs::write(path, &whole[..part]).unwrap();
            assert!(!desk.examine(path).is_untouched(), "{} cut to {part} bytes", path.display());
        }
    }
}

#[test]
fn a_stripped_a_missing_and_a_foreign_credential_are_told_apart() {
    let (Some(signed), Some(plain)) = (Desk::signed(), Desk::new()) else { return };
    for path in &plain.files {
        let examined = plain.examine(path);
        assert!(matches!(examined.verdict, Verdict::NoCredential { .. }), "{examined:?}");
    }
    let exr = signed.file("beauty.1001.exr");
    let sidecar = signed.file("beauty.1001.c2pa");
    fs::copy(signed.file("receipt.c2pa"), &sidecar).unwrap();
    assert!(matches!(signed.examine(&exr).verdict, Verdict::Invalid { .. }), "the sidecar of another file");
    fs::remove_file(&sidecar).unwrap();
    assert!(matches!(signed.examine(&exr).verdict, Verdict::NoCredential { .. }));
    assert!(signed.examine(&exr).headline().contains("no beauty.1001.c2pa beside it"));
}

#[test]
fn a_folder_tells_of_every_file_and_of_sidecars_without_one() {
    let Some(desk) = Desk::signed() else { return };
    fs::write(desk.file("journal.json"), "{}").unwrap();
    fs::write(desk.file(".beauty.1002.png.maquette.tmp"), "").unwrap();
    let all = examine_folder(desk.take.path(), &desk.trust()).unwrap();
    assert_eq!(all.len(), desk.files.len(), "the journal has no sidecar and is no picture");
    assert!(all.iter().all(Examined::is_untouched));

    fs::remove_file(desk.file("beauty.1001.exr")).unwrap();
    let all = examine_folder(desk.take.path(), &desk.trust()).unwrap();
    let wrong: Vec<_> = all.iter().filter(|examined| !examined.is_untouched()).collect();
    assert!(wrong.len() == 1 && wrong[0].headline().contains("missing"), "{wrong:?}");
}

#[test]
fn another_installation_is_unknown_until_its_certificates_are_listed() {
    let (Some(desk), stranger) = (Desk::signed(), tempfile::tempdir().unwrap()) else { return };
    let path = desk.file("beauty.1001.png");
    let unknown = examine(&path, &Trust::of_home(Some(stranger.path()), None).unwrap()).unwrap();
    assert!(
        unknown.is_untouched() && matches!(unknown.signed_by, Some(SignedBy::Unknown { .. })),
        "{unknown:?}"
    );
    assert!(unknown.story(None).contains("anyone could have chosen that name"));

    let list = desk.home.path().join("credential/certificates.pem");
    let trusted = examine(&path, &Trust::of_home(Some(stranger.path()), Some(&list)).unwrap()).unwrap();
    assert!(matches!(trusted.signed_by, Some(SignedBy::Trusted { .. })), "{trusted:?}");

    let no_list = Trust::of_home(None, Some(&desk.file("receipt.json"))).unwrap_err();
    assert!(matches!(no_list, Error::TrustList { .. }), "{no_list}");
}

#[test]
fn a_key_is_made_once_and_refused_where_others_can_read_it() {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("credential/key.pem");
    Signer::of_home(home.path()).unwrap();
    let first = fs::read(&key).unwrap();
    Signer::of_home(home.path()).unwrap();
    assert_eq!(fs::read(&key).unwrap(), first);
    let public = fs::read_to_string(home.path().join("credential/certificates.pem")).unwrap();
    assert!(!public.contains("PRIVATE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Signer::of_home(home.path()), Err(Error::OpenKey { .. })));
    }
}

#[test]
fn a_chain_that_does_not_fit_its_key_is_refused_before_anything_is_signed() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for home in [&one, &other] {
        Signer::of_home(home.path()).unwrap();
    }
    let (chain, key) = ("credential/certificates.pem", "credential/key.pem");
    Signer::own(&one.path().join(chain), &one.path().join(key), None).unwrap();
    let mixed = Signer::own(&one.path().join(chain), &other.path().join(key), None);
    assert!(matches!(mixed, Err(Error::Identity { .. })), "{mixed:?}");
    let pem = fs::read_to_string(one.path().join(chain)).unwrap();
    let root_only = one.path().join("root.pem");
    fs::write(&root_only, &pem[pem.rfind("-----BEGIN").unwrap()..]).unwrap();
    let of_a_root = Signer::own(&root_only, &one.path().join(key), None);
    assert!(matches!(of_a_root, Err(Error::Identity { .. })), "{of_a_root:?}");
}

#[test]
fn the_credential_of_a_plate_is_kept_without_its_name() {
    let (Some(plate), Some(desk)) = (Desk::signed(), Desk::new()) else { return };
    let movie = plate.file("movie.mp4");
    assert!(Input::read(&desk.file("movie.mp4"), Role::Plate).unwrap().is_none(), "it carries none");
    let inputs = vec![
        Input::read(&movie, Role::Plate).unwrap().unwrap(),
        Input::read(&plate.file("sheet.jpg"), Role::Reference).unwrap().unwrap(),
    ];
    for path in &desk.files {
        desk.signer().sign_file(path, &Statement { inputs: inputs.clone(), ..statement(path) }).unwrap();
        let examined = desk.examine(path);
        assert!(examined.is_untouched(), "{}", examined.headline());
        let used: Vec<_> = examined.inputs.iter().map(|input| input.used_as.as_str()).collect();
        assert_eq!(used, ["plate", "reference"]);
        assert!(examined.inputs.iter().all(|input| input.made_by.as_ref().unwrap().starts_with("Maquette")));
        assert_eq!(examined.people, statement(path).people, "the file's own, not the plate's");
    }
}

#[test]
fn signing_again_replaces_the_credential_and_leaves_the_content() {
    let Some(desk) = Desk::signed() else { return };
    let path = desk.file("beauty.1001.png");
    let before = fs::metadata(&path).unwrap().len();
    desk.signer().sign_file(&path, &statement(&path)).unwrap();
    assert!(fs::metadata(&path).unwrap().len().abs_diff(before) < 16, "one credential, not two");
    let other = Statement { title: "another".to_owned(), training_allowed: true, ..Statement::default() };
    desk.signer().sign_file(&path, &other).unwrap();
    let examined = desk.examine(&path);
    assert!(examined.is_untouched() && examined.people.is_empty() && examined.marks.is_empty());
    assert_eq!((examined.title.as_deref(), examined.training_allowed), (Some("another"), Some(true)));
    assert_eq!(examined.source_type.as_deref(), Some("compositeSynthetic"));
}

#[test]
fn content_signed_in_memory_is_as_good_as_a_signed_file() {
    let Some(desk) = Desk::new() else { return };
    let signer = desk.signer();
    for path in &desk.files {
        let bytes = fs::read(path).unwrap();
        match signer.sign_bytes(path, &bytes, &statement(path)).unwrap() {
            Signed::Whole(signed) => fs::write(path, signed).unwrap(),
            Signed::Sidecar(sidecar, credential) => fs::write(sidecar, credential).unwrap(),
        }
        assert!(desk.examine(path).is_untouched(), "{}", path.display());
    }
}

#[test]
fn a_hash_over_frames_is_that_of_their_hashes_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let frames = ["a", "b"].map(|name| folder.path().join(name));
    frames.iter().for_each(|path| fs::write(path, path.file_name().unwrap().as_encoded_bytes()).unwrap());
    // printf '%s%s' $(printf a | sha256sum) $(printf b | sha256sum) | xxd -r -p | sha256sum
    let known = "e5a01fee14e0ed5c48714f22180f25ad8365b53f9779f79dc4a3d7e93963f94a";
    assert_eq!(Frames::of_files(&frames).unwrap(), Frames { count: 2, sha256: known.to_owned() });
    let gone = Frames::of_files(&[folder.path().join("c")]);
    assert!(matches!(gone, Err(Error::File { .. })), "{gone:?}");
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_not_signed_and_not_touched() {
    let (home, take) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let signer = Signer::of_home(home.path()).unwrap();
    for name in ["a.png", "a.jpg", "a.wav", "a.mp4"] {
        let path = take.path().join(name);
        fs::write(&path, "not a picture").unwrap();
        let refused = signer.sign_file(&path, &Statement::default()).unwrap_err();
        assert!(matches!(refused, Error::Sign { .. }), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), b"not a picture");
    }
    assert_eq!(fs::read_dir(take.path()).unwrap().count(), 4, "nothing half-written stays");
    let nameless = signer.sign_file(&take.path().join("movie"), &Statement::default());
    assert!(matches!(nameless, Err(Error::Nameless { .. })));
}

#[test]
fn the_story_says_who_is_in_it_and_whether_the_mark_was_found() {
    let Some(desk) = Desk::signed() else { return };
    let examined = desk.examine(&desk.file("beauty.1001.png"));
    let found = Sighting { medium: Medium::Picture, id: Some(0x2a), likely_id: 0x2a, confidence: 1.0 };
    let story = examined.story(Some(&[found]));
    for words in [
        "untouched, signed by this installation",
        "a recorded person in a scene generated by a trained network",
        "a real one, with consent (grant c0ffee",
        "for festival; face compared by operator R. Ahn",
        "declared not to be a real one: a synthetic performer of this program",
        "0000002a in the picture: stated and found, confidence 99.9999 %",
        "not allowed",
    ] {
        assert!(story.contains(words), "no \"{words}\" in\n{story}");
    }
    assert!(examined.story(Some(&[])).contains("stated, NOT FOUND"));
    assert!(examined.story(None).contains("stated, not looked for"));
    let unsure = examined.story(Some(&[Sighting { id: None, ..found }]));
    assert!(unsure.contains("0000002a in the picture: stated and found"), "{unsure}");
    let other = examined.story(Some(&[Sighting { id: None, likely_id: 7, ..found }]));
    assert!(other.contains("too little of it is left to read its number for sure"), "{other}");
    assert!(other.contains("stated; a mark is there") && !other.contains("NOT FOUND"), "{other}");
}
