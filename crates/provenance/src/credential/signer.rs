//! A statement and a file become a signed file.
//!
//! Signing happens in place: the signed bytes go to a temporary name and replace the file when they are complete. A
//! kind of file that cannot hold a credential stays as it is and gets a sidecar. Nothing is fetched from anywhere,
//! unless a user names a timestamp authority.

use std::{
    fs::File,
    io::{Cursor, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use c2pa::{Context, Reader, Signer as _, create_signer};
use rayon::prelude::*;

use super::{
    Error, Statement,
    container::{Container, Place, sidecar_of},
    identity::{Identity, key_file},
    manifest,
    reading::offline,
    timestamp::Seal,
    validity,
};
use crate::pending::Pending;

/// What a credential takes, in bytes, without those of inputs.
const ROOM: usize = 16 << 10;

/// Signed content.
#[derive(Clone, Debug)]
pub enum Signed {
    /// The whole file, its credential inside.
    Whole(Vec<u8>),
    /// The content stays as it is; this is its sidecar's path and content.
    Sidecar(PathBuf, Vec<u8>),
}

/// What signs files. Made once, shared by all threads.
pub struct Signer {
    seal: Seal,
    context: Arc<Context>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Signer").field("algorithm", &self.seal.alg()).finish_non_exhaustive()
    }
}

impl Signer {
    /// The installation's own, of the data folder [`home::data_folder`](crate::home::data_folder). Its key is made at
    /// first use and never overwritten: `credential/key.pem`, and beside it the certificates alone, for those who want to
    /// trust this installation: `credential/certificates.pem`.
    ///
    /// # Errors
    /// [`Error::OpenKey`] where others can read the key, [`Error::Identity`] where it does not sign.
    pub fn of_home(home: &Path) -> Result<Self, Error> {
        Self::of_home_at(home, SystemTime::now())
    }

    fn of_home_at(home: &Path, now: SystemTime) -> Result<Self, Error> {
        let hint = "Move it away, and the next render makes a new one; what it has signed stays signed";
        Self::new(&Identity::of_home(home, now)?, None).map_err(Error::identity(&key_file(home), hint))
    }

    /// A user's own: a certificate chain (PEM, leaf first), its private key (PKCS#8 PEM), and the URL of a timestamp
    /// authority (RFC 3161) where signatures are to outlive the certificate. Asking the authority takes the system's
    /// `curl` and the network, a round trip for each file.
    ///
    /// # Errors
    /// [`Error::OpenKey`] where others can read the key, [`Error::Key`] where it is none, [`Error::Identity`] where key
    /// and chain do not belong together or validators would refuse the chain.
    pub fn own(chain_pem: &Path, key_pem: &Path, authority: Option<&str>) -> Result<Self, Error> {
        let hint = "It must hold the signing certificate first, then those that vouch for it. The first is not a CA's, is not \
                    signed by itself, and is for digitalSignature and emailProtection";
        Self::new(&Identity::own(chain_pem, key_pem)?, authority).map_err(Error::identity(chain_pem, hint))
    }

    fn new(identity: &Identity, authority: Option<&str>) -> Result<Self, String> {
        let words = |why: c2pa::Error| why.to_string();
        let keys = (identity.chain.as_bytes(), identity.key.as_bytes());
        let sealed = |url| create_signer::from_keys(keys.0, keys.1, identity.algorithm, url).map(Seal);
        let context = Context::new().with_settings(offline()).map_err(words)?.into_shared();
        let signer = Self { seal: sealed(None).map_err(words)?, context };
        signer.prove()?;
        Ok(match authority {
            None => signer,
            Some(url) => Self { seal: sealed(Some(url.to_owned())).map_err(words)?, ..signer },
        })
    }

    /// Signs a few bytes and looks at them as a validator does: a wrong key, a self-signed or an expired certificate
    /// shows now, not after a night of rendering.
    fn prove(&self) -> Result<(), String> {
        let (mime, bytes) = ("application/octet-stream", b"probe");
        let mut builder =
            manifest::build(&self.context, Container { mime, place: Place::Beside }, &Statement::default())
                .map_err(|why| why.to_string())?;
        let signed = builder.sign(&self.seal, mime, &mut Cursor::new(bytes), &mut Cursor::new(Vec::new()));
        let manifest = signed.map_err(|why| why.to_string())?;
        let reader = Reader::from_shared_context(&self.context)
            .with_manifest_data_and_stream(&manifest, mime, Cursor::new(bytes))
            .map_err(|why| why.to_string())?;
        let findings = validity::findings(&reader);
        if findings.is_empty() { Ok(()) } else { Err(findings.join("; ")) }
    }

    /// Signs a file in place, or writes the sidecar of a kind that cannot hold a credential. A credential that is
    /// already there is replaced.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Nameless`], and [`Error::Sign`] for a file that is not what its name says.
    pub fn sign_file(&self, path: &Path, statement: &Statement) -> Result<(), Error> {
        let container = Container::of(path)?;
        let mut source = File::open(path).map_err(Error::file("read", path))?;
        match container.place {
            Place::Inside => {
                let (pending, mut signed) = Pending::create(path).map_err(Error::file("write", path))?;
                self.sign(path, statement, &mut source, &mut signed)?;
                commit(pending, signed, path)
            }
            Place::Beside => {
                let manifest = self.sign(path, statement, &mut source, &mut Cursor::new(Vec::new()))?;
                let sidecar = sidecar_of(path);
                let (pending, mut file) =
                    Pending::create(&sidecar).map_err(Error::file("write", &sidecar))?;
                file.write_all(&manifest).map_err(Error::file("write", &sidecar))?;
                commit(pending, file, &sidecar)
            }
        }
    }

    /// Signs content that is still in memory, so that nothing unsigned ever has its final name. `path` is that name; its
    /// ending tells the kind.
    ///
    /// # Errors
    /// As [`sign_file`](Self::sign_file), [`Error::File`] apart.
    pub fn sign_bytes(&self, path: &Path, bytes: &[u8], statement: &Statement) -> Result<Signed, Error> {
        let mut signed = Cursor::new(Vec::with_capacity(bytes.len() + ROOM));
        let manifest = self.sign(path, statement, &mut Cursor::new(bytes), &mut signed)?;
        Ok(match Container::of(path)?.place {
            Place::Inside => Signed::Whole(signed.into_inner()),
            Place::Beside => Signed::Sidecar(sidecar_of(path), manifest),
        })
    }

    /// Writes the signed content, and returns the credential alone.
    fn sign<R, W>(
        &self,
        path: &Path,
        statement: &Statement,
        from: &mut R,
        to: &mut W,
    ) -> Result<Vec<u8>, Error>
    where
        R: Read + Seek + Send,
        W: Read + Write + Seek + Send,
    {
        let container = Container::of(path)?;
        let builder = manifest::build(&self.context, container, statement);
        let signed = builder.and_then(|mut builder| builder.sign(&self.seal, container.mime, from, to));
        signed.map_err(Error::sign(path))
    }

    /// Signs many files on all cores. Stops at the first that fails; which others are signed by then is not defined.
    ///
    /// # Errors
    /// As [`sign_file`](Self::sign_file).
    pub fn sign_files<P: AsRef<Path> + Sync>(&self, files: &[(P, Statement)]) -> Result<(), Error> {
        files.par_iter().try_for_each(|(path, statement)| self.sign_file(path.as_ref(), statement))
    }
}

/// Syncs what was written and gives it its name.
fn commit(pending: Pending, file: File, path: &Path) -> Result<(), Error> {
    file.sync_all().map_err(Error::file("write", path))?;
    drop(file);
    pending.publish().map_err(Error::file("rename", path))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_expired_certificate_is_refused_before_anything_is_signed() {
        let home = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(20 * 365 * 86_400);
        let refused = Signer::of_home_at(home.path(), long_ago).unwrap_err();
        assert!(matches!(refused, Error::Identity { .. }), "{refused}");
        assert!(refused.to_string().contains("not valid at"), "{refused}");
    }
}
