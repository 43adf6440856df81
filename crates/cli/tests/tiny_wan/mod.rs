//! A tiny Wan 2.1 VACE with random weights, laid out as `maquette models` lays out the real one.

use std::{fs, path::Path};

/// Puts the model into a folder.
pub(crate) fn install(folder: &Path) {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generator/tests/wan");
    for (part, from) in [("transformer", "vace"), ("vae", "vae"), ("text_encoder", "text_encoder")] {
        copy(&tiny.join(from), &folder.join(part));
    }
    fs::create_dir_all(folder.join("tokenizer")).expect("a folder");
    fs::copy(tiny.join("tokenizer.json"), folder.join("tokenizer/tokenizer.json")).expect("copied");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("copied");
    }
}
