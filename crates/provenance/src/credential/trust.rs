//! Whose signatures are known: this installation's, and those of a list that its user keeps.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use c2pa::{Context, Manifest, Reader, ValidationState};

use super::{Error, SignedBy, identity::certificates_file, reading::offline};

/// Whom to believe. Made once, shared by all threads.
#[derive(Debug)]
pub struct Trust {
    pub(super) context: Arc<Context>,
    /// The installation's own signing certificate, PEM without white space.
    own: Option<String>,
}

impl Trust {
    /// What the installation of this data folder trusts: itself, and the certificates (PEM) of `list`, or of
    /// `credential/trust.pem` where that is there. Makes no keys.
    ///
    /// # Errors
    /// [`Error::TrustList`] for a list that holds no certificates, [`Error::File`] for one that cannot be read.
    pub fn of_home(home: Option<&Path>, list: Option<&Path>) -> Result<Self, Error> {
        let usual = home.map(|home| home.join("credential/trust.pem")).filter(|list| list.exists());
        let mut settings = offline();
        if let Some(list) = list.map(PathBuf::from).or(usual) {
            settings.trust.user_anchors = Some(read_list(&list)?);
        }
        let own = home.and_then(|home| fs::read_to_string(certificates_file(home)).ok());
        let context = Context::new().with_settings(settings).map_err(|why| Error::TrustList {
            path: list.unwrap_or(Path::new("trust.pem")).to_owned(),
            why: why.to_string(),
        })?;
        Ok(Self { context: context.into_shared(), own: own.as_deref().and_then(first_certificate) })
    }

    /// Who signed a credential. To be believed only where nothing is wrong with it.
    pub(super) fn signer_of(&self, reader: &Reader, manifest: &Manifest) -> Option<SignedBy> {
        let signature = manifest.signature_info()?;
        let name =
            signature.common_name.clone().or(signature.issuer.clone()).unwrap_or_else(|| "no name".into());
        // The signature fits the chain's first certificate, so that this is ours settles it; a root of ours further down
        // would not, because anyone can append that.
        let ours = self.own.is_some() && self.own == first_certificate(signature.cert_chain());
        Some(if ours {
            SignedBy::ThisInstallation { name }
        } else if reader.validation_state() == ValidationState::Trusted {
            SignedBy::Trusted { name }
        } else {
            SignedBy::Unknown { name }
        })
    }
}

fn read_list(path: &Path) -> Result<String, Error> {
    let list = fs::read_to_string(path).map_err(Error::file("read", path))?;
    match first_certificate(&list) {
        Some(_) => Ok(list),
        None => Err(Error::TrustList { path: path.to_owned(), why: "it holds no certificate".to_owned() }),
    }
}

/// The body of the first certificate in a PEM text, without white space.
fn first_certificate(pem: &str) -> Option<String> {
    let (_, body) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = body.split_once("-----END CERTIFICATE-----")?;
    Some(body.split_whitespace().collect())
}
