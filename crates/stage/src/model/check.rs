//! A glTF file to a verdict before Bevy's loader sees it.
//!
//! The loader trusts offsets and lengths, and a dense accessor without a buffer view makes it panic on another thread,
//! where nobody can catch it. So all of them are checked here.

use std::path::{Path, PathBuf};

use gltf::{Gltf, buffer, image};

use crate::Error;

/// Reads the file, checks that all it refers to is there, and returns what it says.
pub(super) fn check(path: &Path) -> Result<Gltf, Error> {
    let bytes = std::fs::read(path)
        .map_err(|e| Error::File { path: path.to_owned(), reason: format!("cannot be opened: {e}") })?;
    let model = |reason: String| Error::Model { path: path.to_owned(), reason };
    let gltf = Gltf::from_slice(&bytes).map_err(|e| model(e.to_string()))?;
    let lengths = buffers(&gltf, path)?;
    views(&gltf, &lengths).map_err(model)?;
    accessors(&gltf).map_err(model)?;
    images(&gltf, path)?;
    if gltf.scenes().len() == 0 {
        return Err(model("has no scene".to_owned()));
    }
    Ok(gltf)
}

/// Bytes that each buffer holds.
fn buffers(gltf: &Gltf, path: &Path) -> Result<Vec<usize>, Error> {
    let length = |buffer: buffer::Buffer| {
        let there = match buffer.source() {
            buffer::Source::Bin => gltf.blob.as_ref().map_or(0, Vec::len),
            // Four characters of base64 hold three bytes.
            buffer::Source::Uri(uri) if uri.starts_with("data:") => {
                let data = uri.rsplit(',').next().unwrap_or("").trim_end_matches('=');
                data.len() / 4 * 3 + (data.len() % 4).saturating_sub(1)
            }
            buffer::Source::Uri(uri) => file_length(path, uri)?,
        };
        let reason = || format!("buffer {} has {there} of {} bytes", buffer.index(), buffer.length());
        if there < buffer.length() {
            return Err(Error::Model { path: path.to_owned(), reason: reason() });
        }
        Ok(buffer.length())
    };
    gltf.buffers().map(length).collect()
}

fn images(gltf: &Gltf, path: &Path) -> Result<(), Error> {
    for picture in gltf.images() {
        if let image::Source::Uri { uri, .. } = picture.source()
            && !uri.starts_with("data:")
        {
            file_length(path, uri)?;
        }
    }
    Ok(())
}

fn file_length(model: &Path, uri: &str) -> Result<usize, Error> {
    let path = model.parent().unwrap_or(Path::new("")).join(decoded(uri));
    let length = std::fs::metadata(&path).map(|data| data.len() as usize);
    length.map_err(|e| Error::File { path, reason: format!("named by {}: {e}", model.display()) })
}

/// Percent-decoding, RFC 3986.
fn decoded(uri: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex.filter(|_| byte == b'%') {
            Some(value) => (bytes.push(value), rest = &tail[2..]),
            None => (bytes.push(byte), rest = tail),
        };
    }
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

fn views(gltf: &Gltf, lengths: &[usize]) -> Result<(), String> {
    for view in gltf.views() {
        let end = view.offset().checked_add(view.length());
        if end.is_none_or(|end| end > lengths[view.buffer().index()]) {
            return Err(format!("buffer view {} reaches beyond its buffer", view.index()));
        }
    }
    Ok(())
}

fn accessors(gltf: &Gltf) -> Result<(), String> {
    for accessor in gltf.accessors() {
        let name = accessor.index();
        let span = |count: usize, stride: usize, offset: usize| {
            count.checked_sub(1)?.checked_mul(stride)?.checked_add(accessor.size())?.checked_add(offset)
        };
        match accessor.view() {
            None if accessor.sparse().is_none() => {
                return Err(format!("accessor {name} has no buffer view"));
            }
            None => {}
            Some(view) => {
                let stride = view.stride().unwrap_or(accessor.size());
                let end = span(accessor.count(), stride, accessor.offset());
                if accessor.count() > 0 && end.is_none_or(|end| end > view.length()) {
                    return Err(format!("accessor {name} reaches beyond its buffer view"));
                }
            }
        }
        if let Some(sparse) = accessor.sparse() {
            let (indices, values) = (sparse.indices(), sparse.values());
            let needed =
                sparse.count().checked_mul(accessor.size()).and_then(|n| n.checked_add(values.offset()));
            let fits = needed.is_some_and(|needed| needed <= values.view().length());
            if !fits || indices.offset().saturating_add(sparse.count()) > indices.view().length() {
                return Err(format!("sparse accessor {name} reaches beyond its buffer view"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(accessor: &str, view_length: usize) -> Result<(), Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.gltf");
        let text = format!(
            r#"{{"asset": {{"version": "2.0"}}, "scenes": [{{"nodes": []}}],
            "buffers": [{{"uri": "points%20of.bin", "byteLength": 36}}],
            "bufferViews": [{{"buffer": 0, "byteLength": {view_length}}}],
            "accessors": [{{"componentType": 5126, "type": "VEC3", "count": 3, "min": [0, 0, 0], "max": [1, 1, 1]{accessor}}}]}}"#
        );
        std::fs::write(&path, text).unwrap();
        std::fs::write(folder.path().join("points of.bin"), [0u8; 36]).unwrap();
        check(&path).map(drop)
    }

    #[test]
    fn a_sound_file_passes() {
        verdict(r#", "bufferView": 0"#, 36).unwrap();
    }

    #[test]
    fn an_accessor_without_a_view_or_beyond_it_is_refused() {
        let bare = verdict("", 36).unwrap_err().to_string();
        assert!(bare.contains("ccessor"), "{bare}");
        let beyond = verdict(r#", "bufferView": 0, "byteOffset": 12"#, 36).unwrap_err().to_string();
        assert!(beyond.contains("accessor 0 reaches beyond"), "{beyond}");
        let view = verdict(r#", "bufferView": 0"#, 40).unwrap_err().to_string();
        assert!(view.contains("buffer view 0 reaches beyond"), "{view}");
    }
}
