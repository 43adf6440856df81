//! What every delivered file carries: marks that stay in its pixels and samples, and a signed statement.
//!
//! A file gets its final name only after it is signed. Equal install keys and productions give equal marks, so a marked
//! take can be made again bit for bit; only the credential has identifiers of its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use maquette_conditioning::{Channels, Frame, Light};
use maquette_provenance::{
    credential::{MarkNote, Medium, Signer, Statement, sidecar_of},
    mark::{
        InstallKey,
        audio::{self, AudioMark},
        video::{Position, VideoMark},
    },
};

use sha2::{Digest, Sha256};

use crate::{Error, Image8, atomic, passes::parts_mut};

/// Marks and signs. Made once a take, shared by all threads.
pub struct Seal {
    picture: VideoMark,
    sound: AudioMark,
    signer: Signer,
    id: u32,
}

/// A certificate that others know, to sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Certificates in PEM, the signing one first, then those that vouch for it.
    pub chain: PathBuf,
    /// Its private key, PKCS#8 in PEM.
    pub key: PathBuf,
    /// URL of a timestamp authority (RFC 3161).
    pub authority: Option<String>,
}

impl Seal {
    /// The seal of this installation, whose keys are in the folder `home`, for a production; signed with the user's own
    /// certificate if there is one.
    ///
    /// The number in the marks follows from the production's name and the install key alone, so that an edit changes only
    /// the pixels that it touches.
    pub fn of_home(home: &Path, production: &str, own: Option<&Certificate>) -> Result<Self, Error> {
        let key = InstallKey::read_or_make(&InstallKey::path_in(home))?;
        let id = key.identity(production);
        let (picture, sound) = (VideoMark::new(&key, id), AudioMark::new(&key, id));
        let signer = match own {
            Some(Certificate { chain, key, authority }) => Signer::own(chain, key, authority.as_deref())?,
            None => Signer::of_home(home)?,
        };
        Ok(Self { picture, sound, signer, id })
    }

    /// What a statement says of a mark in its file.
    pub fn note(&self, medium: Medium) -> MarkNote {
        let id = match medium {
            Medium::Picture => self.id,
            Medium::Sound => self.id & ((1 << audio::ID_BITS) - 1),
        };
        MarkNote { medium, id }
    }

    /// Whether a picture of this size has room for a mark.
    pub fn fits(width: usize, height: usize) -> bool {
        VideoMark::fits(width, height)
    }

    /// The picture as it is shown with its mark; too small a one stays without.
    pub fn image(&self, image: &Image8, position: Position) -> Image8 {
        let mut marked = image.clone();
        self.picture.embed(&mut marked.data, image.width(), image.height(), position);
        marked
    }

    /// The scene-linear picture with its mark; too small a one stays without.
    pub fn frame(&self, frame: &Frame, position: Position) -> Frame {
        let mut marked = frame.clone();
        let (width, height) = (frame.color.width(), frame.color.height());
        self.picture.embed_linear(&mut marked.color.data, width, height, position);
        marked
    }

    /// Puts a frame's mark into each part of the light that it was made from: they are scaled as the frame was.
    pub fn light(light: &mut Light, plain: &Frame, marked: &Frame) {
        let gain = |(plain, marked): (&[f32; 3], &[f32; 3])| {
            let [plain, marked] = [plain, marked].map(|rgb| rgb.iter().sum::<f32>());
            if plain > 0.0 { marked / plain } else { 1.0 }
        };
        let gains: Vec<f32> = plain.color.data.iter().zip(&marked.color.data).map(gain).collect();
        for part in parts_mut(light) {
            part.data.iter_mut().zip(&gains).for_each(|(rgb, gain)| *rgb = rgb.map(|value| value * gain));
        }
    }

    /// The finished mix with its mark; silence stays silent.
    pub fn mix(&self, mix: &Channels) -> Channels {
        let mut marked = mix.clone();
        self.sound.embed(&mut marked.channels);
        marked
    }

    /// Has `write` make a file, signs it, and gives it its name. Returns the SHA-256 of what was written, before it was
    /// signed: the same take has the same.
    pub fn deliver<E: From<Error>>(
        &self,
        path: &Path,
        statement: &Statement,
        write: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<String, E> {
        let unsigned = Unsigned::new(path)?;
        write(&unsigned.path)?;
        let content = hash(&unsigned.path)?;
        self.signer.sign_file(&unsigned.path, statement).map_err(Error::from)?;
        unsigned.name(path)?;
        Ok(content)
    }
}

/// A file on its way to its name. Dropped before, it goes, and its sidecar with it.
struct Unsigned {
    path: PathBuf,
}

impl Unsigned {
    /// Keeps the ending, which tells a signer what it signs.
    fn new(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| Error::NoFileName { path: target.to_owned() })?;
        Ok(Self { path: target.with_file_name(format!("{}{}", atomic::UNSIGNED, name.to_string_lossy())) })
    }

    /// The sidecar first: a file with its name is complete.
    fn name(self, target: &Path) -> Result<(), Error> {
        let sidecar = sidecar_of(&self.path);
        if sidecar.exists() {
            fs::rename(&sidecar, sidecar_of(target)).map_err(Error::file("rename", &sidecar))?;
        }
        fs::rename(&self.path, target).map_err(Error::file("rename", target))
    }
}

impl Drop for Unsigned {
    fn drop(&mut self) {
        // After the renaming there is nothing under these names any more.
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(sidecar_of(&self.path));
    }
}

/// SHA-256 of a file, as hex.
fn hash(path: &Path) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    let read = fs::File::open(path).and_then(|mut file| io::copy(&mut file, &mut hasher));
    read.map_err(Error::file("read", path))?;
    Ok(format!("{:x}", hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::Plane;
    use maquette_provenance::mark::{PublicKey, video::Detector};

    use super::*;
    use crate::{ToneMap, grade};

    #[test]
    fn each_part_of_the_light_carries_the_mark_of_its_frame() {
        const SIZE: (usize, usize) = (320, 180);
        let home = tempfile::tempdir().expect("a folder");
        let seal = Seal::of_home(home.path(), "Tests", None).expect("a seal");
        let mut light = Light::new(SIZE.0, SIZE.1);
        for (i, value) in light.direct_diffuse.data.iter_mut().enumerate() {
            let (x, y) = ((i % SIZE.0) as f32, (i / SIZE.0) as f32);
            *value = [0.3 + 0.1 * (x / 90.0).sin() * (y / 70.0).cos(); 3];
        }
        light.indirect_diffuse.data.fill([0.05; 3]);
        let frame = |color: Plane<[f32; 3]>| Frame { number: 1001, color, ev100: 0.0 };
        let plain = frame(light.total());
        let found = |color: &Plane<[f32; 3]>| {
            let screen = grade(&frame(color.clone()), ToneMap::Agx);
            let mut detector = Detector::new(PublicKey::PICTURE);
            let luma: Vec<u8> = screen.data.iter().map(|rgb| rgb[1]).collect();
            detector.add(&luma, SIZE.0, SIZE.1);
            detector.finish().map(|found| found.payload.id)
        };
        assert_eq!(found(&light.direct_diffuse), None);
        Seal::light(&mut light, &plain, &seal.frame(&plain, Position::Opening));
        assert_eq!(found(&light.direct_diffuse), Some(seal.note(Medium::Picture).id));
        assert_eq!(light.emitted, Plane::new(SIZE.0, SIZE.1), "darkness stays dark");
    }
}
