//! A file to its SHA-256, a piece at a time.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::Error;

const PIECE_BYTES: usize = 1 << 20;

/// The hash in lower-case hexadecimal digits. `on_bytes` hears after each piece how many bytes it had.
pub(crate) fn sha256(path: &Path, on_bytes: &mut dyn FnMut(u64)) -> Result<String, Error> {
    let mut file = File::open(path).map_err(Error::disk(path))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(format!("{:x}", hash.finalize())),
            Ok(bytes) => {
                hash.update(&piece[..bytes]);
                on_bytes(bytes as u64);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::disk(path)(error)),
        }
    }
}

/// Whether a text is a SHA-256 in lower-case digits.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
