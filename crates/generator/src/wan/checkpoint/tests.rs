//! Folders of weights that are read, and those that are refused: cut, misnamed, misshapen, hostile.

use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use burn::tensor::{bf16, f16};
use tempfile::TempDir;

use super::*;
use crate::wan::tests::{Cpu, path};

/// A safetensors file of this header and so many bytes of values.
fn file(header: &str, values: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

/// A file of single-precision vectors.
fn vectors(vectors: &[(&str, &[f32])]) -> Vec<u8> {
    let (mut entries, mut values) = (Vec::new(), Vec::new());
    for (name, vector) in vectors {
        let start = values.len();
        values.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        entries.push(entry(name, "F32", vector.len(), start, values.len()));
    }
    file(&format!("{{{}}}", entries.join(",")), &values)
}

fn entry(name: &str, kind: &str, length: usize, start: usize, end: usize) -> String {
    format!(r#""{name}":{{"dtype":"{kind}","shape":[{length}],"data_offsets":[{start},{end}]}}"#)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn open(path: &Path) -> Result<Checkpoint, Error> {
    Checkpoint::open(path, Names::Diffusers)
}

/// What is said about a folder with this one file.
fn refusal(bytes: &[u8]) -> String {
    let folder = folder(&[("model.safetensors", bytes)]);
    let message = open(folder.path()).unwrap_err().to_string();
    assert!(message.contains("model.safetensors"), "{message}");
    message
}

/// The vector `a` of a checkpoint that holds nothing else.
fn vector(checkpoint: &Checkpoint, length: usize, precision: Precision) -> Result<Vec<f32>, Error> {
    let tensor = checkpoint.load(&Default::default(), precision, |parameters| {
        parameters.tensor::<1>("a", [length]) as Result<Tensor<Cpu, 1>, _>
    })?;
    Ok(tensor.into_data().convert::<f32>().into_vec().unwrap())
}

#[test]
fn every_number_format_is_read() {
    let expected = [1.5, -0.25, 448.0, 0.015_625];
    let f32s: Vec<u8> = expected.iter().flat_map(|value: &f32| value.to_le_bytes()).collect();
    let f16s: Vec<u8> = expected.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let bf16s: Vec<u8> = expected.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect();
    let cases: [(&str, &[u8]); 5] = [
        ("F32", &f32s),
        ("F16", &f16s),
        ("BF16", &bf16s),
        ("F8_E4M3", &[0x3c, 0xa8, 0x7e, 0x08]),
        ("F8_E5M2", &[0x3e, 0xb4, 0x5f, 0x24]),
    ];
    for (kind, bytes) in cases {
        let header = format!("{{{}}}", entry("a", kind, 4, 0, bytes.len()));
        let folder = folder(&[("model.safetensors", &file(&header, bytes))]);
        let checkpoint = open(folder.path()).unwrap();
        for precision in [Precision::Single, Precision::Half] {
            let mut expected = expected.to_vec();
            if kind == "F8_E5M2" {
                // It has two bits behind the leading one.
                expected[2] = 448.0;
            }
            assert_eq!(vector(&checkpoint, 4, precision).unwrap(), expected, "{kind} to {precision:?}");
        }
    }
}

#[test]
fn number_formats_are_read_as_torch_reads_them() {
    let checkpoint = open(&path("formats.safetensors")).unwrap();
    let kinds = ["float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"];
    let read = checkpoint.load(&Default::default(), Precision::Single, |parameters: &Parameters<'_, Cpu>| {
        kinds
            .iter()
            .map(|kind| {
                let length = checkpoint.tensors[&format!("out.{kind}")].shape[0];
                let [found, expected] =
                    ["in", "out"].map(|side| parameters.tensor::<1>(&format!("{side}.{kind}"), [length]));
                Ok([found?, expected?])
            })
            .collect::<Result<Vec<_>, Error>>()
    });
    for ([found, expected], kind) in read.unwrap().into_iter().zip(kinds) {
        found.into_data().assert_eq(&expected.into_data(), true);
        assert!(checkpoint.tensors[&format!("out.{kind}")].shape[0] > 240, "{kind}");
    }
}

#[test]
fn tensors_longer_than_a_piece_arrive_whole() {
    let values: Vec<f32> = (0..PIECE_BYTES / 2 + 3).map(|index| index as f32).collect();
    let folder = folder(&[("model.safetensors", &vectors(&[("a", &values)]))]);
    assert_eq!(vector(&open(folder.path()).unwrap(), values.len(), Precision::Single).unwrap(), values);
}

#[test]
fn shards_are_found_through_their_index() {
    let index = br#"{"metadata":{},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"#;
    let folder = folder(&[
        ("model.safetensors.index.json", index),
        ("model-1.safetensors", &vectors(&[("a", &[1.0])])),
        ("model-2.safetensors", &vectors(&[("b", &[2.0])])),
    ]);
    let checkpoint = open(folder.path()).unwrap();
    let sum = checkpoint.load(&Default::default(), Precision::Single, |parameters| {
        let [a, b] = ["a", "b"].map(|name| parameters.tensor::<1>(name, [1]));
        Ok::<Tensor<Cpu, 1>, _>(a? + b?)
    });
    assert_eq!(sum.unwrap().into_scalar(), 3.0);
}

#[test]
fn whatever_does_not_fit_is_named_at_once() {
    let folder =
        folder(&[("model.safetensors", &vectors(&[("a", &[1.0]), ("b", &[1.0, 2.0]), ("x.y", &[3.0])]))]);
    let error = open(folder.path()).unwrap().load(&Default::default(), Precision::Single, |parameters| {
        let part = parameters.within("x");
        parameters.tensor::<1>("a", [1])?;
        parameters.tensor::<1>("b", [3])?;
        part.tensor::<2>("z", [2, 2]) as Result<Tensor<Cpu, 2>, _>
    });
    let message = error.unwrap_err().to_string();
    for says in
        ["`b` has shape [2] instead of [3]", "`x.z` [2, 2] is missing", "`x.y` [1] is not part of this model"]
    {
        assert!(message.contains(says), "{message}");
    }
    assert!(!message.contains("`a`"), "{message}");
}

#[test]
fn a_row_of_a_table_is_read_alone() {
    let header = r#"{"t":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}}"#;
    // The first row is NaN, so reading it would fail.
    let values = [f32::NAN, f32::NAN, 1.0, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    let folder = folder(&[("model.safetensors", &file(header, &values))]);
    let checkpoint = open(folder.path()).unwrap();
    let rows = |wanted: &[u32]| {
        checkpoint.load(&Default::default(), Precision::Single, |parameters: &Parameters<'_, Cpu>| {
            parameters.rows("t", [3, 2], wanted)
        })
    };
    assert_eq!(rows(&[2, 1]).unwrap().into_data().into_vec::<f32>().unwrap(), [3.0, 4.0, 1.0, 2.0]);
    assert!(rows(&[0]).unwrap_err().to_string().contains("`t` holds NaN"));
    assert!(rows(&[3]).unwrap_err().to_string().contains("no row 3"));
}

#[test]
fn values_that_are_not_finite_are_refused_by_name() {
    for (value, says) in [(f32::NAN, "`a` holds NaN"), (f32::INFINITY, "`a` holds inf")] {
        let folder = folder(&[("model.safetensors", &vectors(&[("a", &[1.0, value])]))]);
        let message = vector(&open(folder.path()).unwrap(), 2, Precision::Single).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
    let folder = folder(&[("model.safetensors", &vectors(&[("a", &[1.0, 70_000.0])]))]);
    let checkpoint = open(folder.path()).unwrap();
    assert!(vector(&checkpoint, 2, Precision::Single).is_ok());
    let message = vector(&checkpoint, 2, Precision::Half).unwrap_err().to_string();
    assert!(message.contains("`a` holds 70000, too large for half precision"), "{message}");
}

#[test]
fn types_that_are_no_weights_are_refused() {
    let header = format!("{{{}}}", entry("a", "I64", 1, 0, 8));
    let folder = folder(&[("model.safetensors", &file(&header, &[0; 8]))]);
    let message = vector(&open(folder.path()).unwrap(), 1, Precision::Single).unwrap_err().to_string();
    assert!(message.contains("`a` has type I64"), "{message}");
    assert!(refusal(&file(&format!("{{{}}}", entry("a", "F12", 1, 0, 8)), &[0; 8])).contains("F12"));
}

#[test]
fn files_cut_short_or_too_long_are_refused() {
    let whole = vectors(&[("a", &[1.0, 2.0])]);
    assert!(refusal(&whole[..whole.len() - 1]).contains("its header promises"));
    assert!(refusal(&[whole.clone(), vec![0]].concat()).contains("its header promises"));
    assert!(refusal(&whole[..20]).contains("ends inside its header"));
    assert!(refusal(&whole[..5]).contains("5 bytes of at least 8"));
    assert!(refusal(&[]).contains("0 bytes of at least 8"));
}

#[test]
fn claims_of_a_header_are_not_believed() {
    let mut huge = (100_u64 << 20).to_le_bytes().to_vec();
    huge.extend(b"{}");
    assert!(refusal(&huge).contains("the header has 104857600 bytes, the limit is 16777216"));
    assert!(refusal(&u64::MAX.to_le_bytes()).contains("the limit is 16777216"));
    let huge = r#"{"a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,0]}}"#;
    assert!(refusal(&file(huge, &[])).contains("overflow"));
    let long =
        r#"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}}"#;
    assert!(refusal(&file(long, &[])).contains("not a complete safetensors file"));
    let wrong = format!("{{{}}}", entry("a", "F32", 3, 0, 8));
    assert!(refusal(&file(&wrong, &[0; 8])).contains("not a complete safetensors file"));
    assert!(refusal(&file("[]", &[])).contains("expected tensors by name"));
    assert!(refusal(&file("{\"a\":", &[])).contains("EOF"));
}

#[test]
fn tensors_that_overlap_leave_gaps_or_share_a_name_are_refused() {
    let two = |a: String, b: String| format!("{{{a},{b}}}");
    let overlapping = two(entry("a", "F32", 2, 0, 8), entry("b", "F32", 2, 4, 12));
    assert!(refusal(&file(&overlapping, &[0; 12])).contains("`b`"));
    let apart = two(entry("a", "F32", 1, 0, 4), entry("b", "F32", 1, 8, 12));
    assert!(refusal(&file(&apart, &[0; 12])).contains("`b`"));
    let twice = two(entry("a", "F32", 1, 0, 4), entry("a", "F32", 1, 4, 8));
    assert!(refusal(&file(&twice, &[0; 8])).contains("tensor `a` is there twice"));
    let shard = vectors(&[("a", &[1.0])]);
    let index = br#"{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#;
    let folder =
        folder(&[("m.safetensors.index.json", index), ("1.safetensors", &shard), ("2.safetensors", &shard)]);
    assert!(open(folder.path()).unwrap_err().to_string().contains("`a` is there twice"));
}

#[test]
fn an_index_reaches_only_plain_files_beside_itself() {
    for name in [
        "../secret.safetensors",
        "/etc/secret.safetensors",
        "sub/secret.safetensors",
        "..\\\\secret.safetensors",
        "C:secret.safetensors",
        "..",
        "",
        "secret.bin",
        "a\\u0000.safetensors",
    ] {
        let index = format!(r#"{{"weight_map":{{"a":"{name}"}}}}"#);
        let folder = folder(&[("m.safetensors.index.json", index.as_bytes())]);
        let message = open(folder.path()).unwrap_err().to_string();
        assert!(message.contains("not a plain file name"), "{name}: {message}");
    }
    let index = br#"{"weight_map":{"a":"gone.safetensors"}}"#;
    let folder = folder(&[("m.safetensors.index.json", index)]);
    assert!(open(folder.path()).unwrap_err().to_string().contains("gone.safetensors"));
}

#[test]
fn a_folder_must_hold_one_model() {
    let shard = vectors(&[("a", &[1.0])]);
    let several = folder(&[("a.safetensors", &shard), ("a.fp16.safetensors", &shard)]);
    let message = open(several.path()).unwrap_err().to_string();
    assert!(message.contains("name one of a.fp16.safetensors, a.safetensors"), "{message}");
    assert!(open(&several.path().join("a.safetensors")).is_ok());
    let message = open(folder(&[("a.bin", &shard)]).path()).unwrap_err().to_string();
    assert!(message.contains("has no file that ends in .safetensors"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("model.safetensors");
    if !std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return eprintln!("skipped: no mkfifo");
    }
    assert!(open(folder.path()).unwrap_err().to_string().contains("not a file"));
}

#[test]
fn original_names_become_those_of_diffusers() {
    let text = fs::read_to_string(path("names.json")).unwrap();
    let every: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (set, names) in
        [("vae", Names::Vae), ("transformer", Names::Transformer), ("prefixed", Names::Transformer)]
    {
        let pairs = every[set].as_object().unwrap();
        assert!(pairs.len() > 60);
        let rename = names.renaming(pairs.keys().map(String::as_str));
        for (original, expected) in pairs {
            assert_eq!(&rename(original), expected.as_str().unwrap(), "{original}");
        }
        // Those that are right already stay.
        let expected: Vec<&str> = pairs.values().map(|name| name.as_str().unwrap()).collect();
        let rename = names.renaming(expected.iter().copied());
        assert!(expected.iter().all(|name| rename(name) == *name));
    }
}
