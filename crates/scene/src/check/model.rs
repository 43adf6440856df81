//! A model file to the names of its animation clips.
//!
//! Only the JSON of a glTF file is looked at (glTF 2.0, sections 2 and 4.4): enough to catch a misspelt clip before
//! anything is rendered. What cannot be read as glTF is left to the loader of models, which knows more.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde_json::Value as Json;

/// JSON of a model may have this many bytes; beyond, its clips are not looked at.
const MAX_JSON_BYTES: u64 = 32 << 20;

/// The names of a model's clips, in its order; `None` when they cannot be read.
pub(super) fn clip_names(path: &Path) -> Option<Vec<String>> {
    let json: Json = serde_json::from_slice(&json_of(path).ok()?).ok()?;
    json["asset"].as_object()?;
    let animations = json["animations"].as_array().map_or(&[][..], Vec::as_slice);
    Some(animations.iter().filter_map(|animation| animation["name"].as_str()).map(str::to_owned).collect())
}

/// The whole of a `.gltf`, or the first chunk of a `.glb`.
fn json_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut header = Vec::new();
    (&mut file).take(20).read_to_end(&mut header)?;
    let mut json = Vec::new();
    if let Some([b'g', b'l', b'T', b'F', .., a, b, c, d, b'J', b'S', b'O', b'N']) = header.first_chunk::<20>()
    {
        let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
        file.take(length.min(MAX_JSON_BYTES)).read_to_end(&mut json)?;
    } else {
        json = header;
        file.take(MAX_JSON_BYTES).read_to_end(&mut json)?;
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_are_found_in_binary_models_too() {
        let json = br#"{"asset":{"version":"2.0"},"animations":[{"name":"Walk"},{},{"name":"Run"}]} "#;
        let mut glb = b"glTF\x02\0\0\0".to_vec();
        glb.extend((20 + json.len() as u32).to_le_bytes());
        glb.extend((json.len() as u32).to_le_bytes());
        glb.extend(b"JSON");
        glb.extend(json);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fox.glb");
        std::fs::write(&path, &glb).expect("written");
        assert_eq!(clip_names(&path), Some(vec!["Walk".to_owned(), "Run".to_owned()]));
        std::fs::write(&path, &glb[..glb.len() - 9]).expect("written");
        assert_eq!(clip_names(&path), None);
    }
}
