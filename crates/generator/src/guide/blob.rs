//! A guide to bytes and back, so that a run that was killed goes on without tracing its frames again.
//!
//! Little-endian: a magic word with the version, width, height, number and count of poses (32 bits each), the planes in
//! declaration order, the poses (two numbers a joint, no numbers where it is hidden), and the BLAKE3 hash of all before it.

use half::f16;
use maquette_conditioning::{JOINTS, Plane};

use super::GuideFrame;
use super::pose::Pose;

const MAGIC: [u8; 16] = *b"maquette guide 2";
const HEADER: usize = MAGIC.len() + 4 * 4;
const PIXEL: usize = 4 + 4 + 3 * 6 + 4;
const POSE: usize = JOINTS * 2 * 4;
const CHECK: usize = blake3::OUT_LEN;

/// Why bytes are not a guide. Who reads the file adds its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// Another kind of file, or another version's.
    #[error("not a guide of this version; delete it and it is made again")]
    Foreign,
    /// Cut short, or longer than it says.
    #[error(
        "{found} bytes where {width}×{height} pixels and {poses} poses take {expected}; delete it and it is made again"
    )]
    Length {
        /// Pixels across, as the header says.
        width: u32,
        /// Pixels down, as the header says.
        height: u32,
        /// Poses, likewise.
        poses: u32,
        /// How long it is.
        found: usize,
        /// How long it should be.
        expected: u128,
    },
    /// Right in length, but its hash is another.
    #[error("its content is damaged; delete it and it is made again")]
    Damaged,
}

impl GuideFrame {
    /// All of it as bytes, the same for the same guide. 30 a pixel, 144 a pose and 64 more.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + PIXEL * self.depth.data.len() + CHECK);
        bytes.extend(MAGIC);
        for value in [self.width() as u32, self.height() as u32, self.number, self.poses.len() as u32] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.depth.data.iter().flat_map(|depth| depth.to_le_bytes()));
        bytes.extend(self.object_id.data.iter().flat_map(|id| id.to_le_bytes()));
        for plane in [&self.normal, &self.albedo] {
            extend_halves(&mut bytes, plane.data.as_flattened());
        }
        extend_halves(&mut bytes, self.finish.data.as_flattened());
        extend_halves(&mut bytes, self.light.data.as_flattened());
        let joints = self.poses.iter().flatten().flat_map(|joint| joint.unwrap_or([f32::NAN; 2]));
        bytes.extend(joints.flat_map(f32::to_le_bytes));
        let check = blake3::hash(&bytes);
        bytes.extend(check.as_bytes());
        bytes
    }

    /// What [`Self::to_bytes`] made, to the bit. Nothing is allocated before length and hash are right.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BlobError> {
        let mut rest = bytes.strip_prefix(&MAGIC).ok_or(BlobError::Foreign)?;
        let [width, height, number, poses] = header(&mut rest).ok_or(BlobError::Foreign)?;
        let pixels = u128::from(width) * u128::from(height);
        let expected = pixels * PIXEL as u128 + u128::from(poses) * POSE as u128 + (HEADER + CHECK) as u128;
        if bytes.len() as u128 != expected || pixels == 0 {
            return Err(BlobError::Length { width, height, poses, found: bytes.len(), expected });
        }
        let (content, check) = bytes.split_at(bytes.len() - CHECK);
        if blake3::hash(content).as_bytes() != check {
            return Err(BlobError::Damaged);
        }
        let mut reader = Reader { rest, width: width as usize, height: height as usize };
        let guide = (|| {
            Some(Self {
                number,
                depth: reader.plane(|bytes: &[u8; 4]| f32::from_le_bytes(*bytes))?,
                object_id: reader.plane(|bytes: &[u8; 4]| u32::from_le_bytes(*bytes))?,
                normal: reader.plane(halves::<6, 3>)?,
                albedo: reader.plane(halves::<6, 3>)?,
                finish: reader.plane(halves::<4, 2>)?,
                light: reader.plane(halves::<6, 3>)?,
                poses: (0..poses).map(|_| reader.pose()).collect::<Option<_>>()?,
            })
        })();
        guide.ok_or(BlobError::Damaged)
    }
}

fn extend_halves(bytes: &mut Vec<u8>, values: &[f16]) {
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn header(rest: &mut &[u8]) -> Option<[u32; 4]> {
    let (numbers, planes) = rest.split_at_checked(16)?;
    *rest = planes;
    Some(std::array::from_fn(|i| u32::from_le_bytes(std::array::from_fn(|byte| numbers[4 * i + byte]))))
}

fn halves<const BYTES: usize, const N: usize>(bytes: &[u8; BYTES]) -> [f16; N] {
    std::array::from_fn(|i| f16::from_le_bytes([bytes[2 * i], bytes[2 * i + 1]]))
}

/// Takes plane after plane.
struct Reader<'a> {
    rest: &'a [u8],
    width: usize,
    height: usize,
}

impl Reader<'_> {
    fn plane<T, const BYTES: usize>(&mut self, value: impl Fn(&[u8; BYTES]) -> T) -> Option<Plane<T>> {
        let (own, rest) = self.rest.split_at_checked(self.width * self.height * BYTES)?;
        self.rest = rest;
        Plane::from_vec(self.width, self.height, own.as_chunks::<BYTES>().0.iter().map(value).collect())
    }

    fn pose(&mut self) -> Option<Pose> {
        let (own, rest) = self.rest.split_at_checked(POSE)?;
        self.rest = rest;
        let numbers = own.as_chunks().0;
        Some(std::array::from_fn(|joint| {
            let at = [2 * joint, 2 * joint + 1].map(|index| f32::from_le_bytes(numbers[index]));
            at.iter().all(|number| number.is_finite()).then_some(at)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{Shown, set};
    use super::*;

    fn guide() -> GuideFrame {
        let mut guide = set(7, 5, |x, y| Shown {
            depth: if x == 0 { f32::INFINITY } else { 1.0 + x as f32 / 3.0 },
            id: (x * y) as u32 * 70_000,
            normal: [0.6, 0.0, 0.8],
            light: [x as f32, y as f32, 0.1],
        });
        guide.poses = vec![std::array::from_fn(|joint| (joint != 4).then_some([joint as f32, 2.5]))];
        guide
    }

    #[test]
    fn bytes_come_back_to_the_bit_at_30_a_pixel() {
        let bytes = guide().to_bytes();
        assert_eq!(bytes.len(), 30 * 35 + 144 + 64);
        assert_eq!(GuideFrame::from_bytes(&bytes).unwrap(), guide());
    }

    #[test]
    fn a_changed_bit_anywhere_is_seen() {
        let bytes = guide().to_bytes();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert!(GuideFrame::from_bytes(&damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn any_other_length_is_refused_without_allocating_what_the_header_claims() {
        let mut bytes = guide().to_bytes();
        bytes.push(0);
        for length in 0..=bytes.len() {
            assert_eq!(GuideFrame::from_bytes(&bytes[..length]).is_ok(), length == bytes.len() - 1);
        }
        bytes[16..24].fill(0xff);
        assert!(matches!(GuideFrame::from_bytes(&bytes), Err(BlobError::Length { width: u32::MAX, .. })));
    }
}
