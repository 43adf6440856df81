//! Tensors on disk for a later run: a prompt's encoding, a sampler in mid-course.
//!
//! A file says what its values belong to. What belongs to something else, or cannot be read, counts as not there: then it is
//! computed again.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::Path;

use burn::tensor::TensorData;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::Error;

/// Where a file says what it belongs to.
const OWNER: &str = "belongs_to";

/// Single-precision tensors by name.
pub(super) type Tensors = BTreeMap<String, TensorData>;

/// Writes `tensors` of single precision that belong to `owner`, whole or not at all.
pub(super) fn write(path: &Path, owner: &str, tensors: &Tensors) -> Result<(), Error> {
    let failed = |source| Error::Keep { path: path.to_owned(), source };
    let views = tensors.iter().map(|(name, data)| {
        TensorView::new(Dtype::F32, data.shape.to_vec(), data.as_bytes()).map(|view| (name, view))
    });
    let metadata = HashMap::from([(OWNER.to_owned(), owner.to_owned())]);
    let bytes = views
        .collect::<Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize(views, Some(metadata)))
        .map_err(|problem| failed(std::io::Error::other(problem.to_string())))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let pending = path.with_extension("maquette.tmp");
    let written = fs::write(&pending, bytes)
        .and_then(|()| File::open(&pending)?.sync_all())
        .and_then(|()| fs::rename(&pending, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&pending);
        failed(source)
    })
}

/// What [`write`] wrote for this owner.
pub(super) fn read(path: &Path, owner: &str) -> Option<Tensors> {
    let bytes = fs::read(path).ok()?;
    let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
    if header.metadata().as_ref()?.get(OWNER)? != owner {
        return None;
    }
    let file = SafeTensors::deserialize(&bytes).ok()?;
    let tensors = file.iter().map(|(name, view)| {
        let single = (view.dtype() == Dtype::F32).then(|| view.data())?;
        let values: Vec<f32> = single.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect();
        Some((name.to_owned(), TensorData::new(values, view.shape().to_vec())))
    });
    tensors.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/state.safetensors");
        let tensors = Tensors::from([
            ("latents".to_owned(), TensorData::new(vec![1.5_f32, -2.0, 0.25, 8.0, 0.0, 1e-9], [1, 2, 3])),
            ("done".to_owned(), TensorData::new(vec![3.0_f32], [1])),
        ]);
        write(&path, "take 1", &tensors).unwrap();
        assert_eq!(read(&path, "take 1"), Some(tensors));
        assert_eq!(read(&path, "take 2"), None);
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_counts_as_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        assert_eq!(read(&path, "a"), None);
        write(&path, "a", &Tensors::from([("x".to_owned(), TensorData::new(vec![0.0_f32; 64], [64]))]))
            .unwrap();
        let bytes = fs::read(&path).unwrap();
        for cut in [0, 4, 40, bytes.len() - 1] {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert_eq!(read(&path, "a"), None, "{cut}");
        }
    }
}
