//! A set and a picture made from it to how well the picture keeps to the set: outline by outline, object by object.
//!
//! The set is known exactly (ids, depth, normals, and how it looks); the result is only a picture. So what is asked is
//! whether the picture steps where the set's things end:
//!
//! 1. [`outline`]: the cracks between pixels of different ids, chained, with a place, a normal, an owner (the nearer
//!    object, or both where they touch), and a reach: half way to the next boundary, at most 2 % of the height. Creases
//!    (normals 30° apart, jumps in depth) likewise.
//! 2. [`step`]: the place in reach where the picture's colours left and right differ most, if that stands out.
//! 3. [`verdict`]: a point is *judged* where the set's own picture has that step on the boundary; dark and flat stretches cannot
//!    be seen, and are left out. Which points are judged depends on the set alone, so figures of different results compare.
//!    A judged point is *kept* where the result's step lies within 0.25 % of the height of the set's.
//! 4. [`object`]: shares of points and swept areas to figures.
//!
//! Colours are compared as display codes (sRGB encoded): they are spaced about as the eye sees, and noise is as large in the
//! shade as in the light.

mod crack;
mod object;
mod outline;
mod overlay;
mod scale;
mod sequence;
mod step;
mod verdict;

use maquette_conditioning::Plane;

pub use object::ObjectAdherence;
pub use overlay::adherence_overlay;
pub use sequence::{AdherenceMeter, MeanAdherence};

use crate::{
    Error,
    error::{comparable, finite, same_size},
};
use object::Tallies;
use scale::Scale;
use verdict::{Mark, verdicts};

/// What a result is held against, pixel by pixel.
#[derive(Clone, Copy, Debug)]
pub struct Set<'a> {
    /// Which thing; 0 is none.
    pub object_id: &'a Plane<u32>,
    /// Metres along the view axis; infinite for none.
    pub depth: &'a Plane<f32>,
    /// World shading normal, unit; zero for none.
    pub normal: &'a Plane<[f32; 3]>,
    /// How the set itself looks: display codes, 0 to 1, sRGB encoded.
    pub picture: &'a Plane<[f32; 3]>,
}

/// How well a picture keeps to a set. `None` where too little could be judged (less than 5 % of the picture's height).
#[derive(Clone, Debug, PartialEq)]
pub struct Adherence {
    /// Share of the outlines' points that could be judged, 0 to 1; it depends on the set alone.
    pub judged: f32,
    /// Edge agreement: the share s of the judged points that are kept, less what chance gives: (s − c)/(1 − c), with c the share
    /// that is kept when the outlines are moved elsewhere. 1 is perfect, about 0 an unrelated picture.
    pub edge: Option<f32>,
    /// The same for creases inside objects.
    pub crease: Option<f32>,
    /// Mean of the objects' silhouette agreements, weighted with their areas.
    pub silhouette: Option<f32>,
    /// Objects of at least 0.02 % of the picture, in order of id.
    pub objects: Vec<ObjectAdherence>,
    size: (usize, usize),
    marks: Vec<Mark>,
}

/// Adherence of a result, display codes from 0 to 1, to a set of the same size.
///
/// With H the picture's height, in pixels:
///
/// - *Points* are the cracks between pixels of different ids, chained along each boundary; chains of fewer than seven cracks
///   are left out. A point's place is the mean of the cracks up to three before and after it, its normal that of the line through the
///   places three before and after. Its *reach* along the normal to either side is half way to the next pixel at a crack, at most
///   0.02 H. It belongs to the object whose surface is 2 % nearer there (one over depth, continued from the pixel
///   behind it), otherwise to both.
/// - *Creases* are cracks within an object where normals differ by 30°, or depth jumps by 5 % beyond where the surfaces lead.
/// - The *step* at a distance along the normal is the mean colour of the H/160 pixels right of it minus that left of it (one
///   bilinear sample a pixel), averaged over the points up to 0.018 H before and after along the chain (at most 1/16 of
///   it); its strength is the root mean square of the three channels. The point's step is the strongest local maximum in
///   reach, refined by a parabola. It stands out if it is at least 0.02, and 1.4 times the mean strength in reach.
/// - A point is *judged* if the set's picture has a step within 0.0025 H (at least 1 pixel) of its place, and its reaches add
///   up to at least four times that; it is *kept* if the result's step lies within that of the set's.
/// - *Chance* is the share kept when each chain is moved elsewhere (0.1 to 0.9 of the picture's sides, by Roberts' R₂
///   sequence; mirrored beyond the edges), one to eight times: until 16 384 points are moved.
/// - *Displacements* are the medians of five neighbours' distances from the set's step to the result's, where either
///   reach is at least 0.01 H.
///
/// Errors: sizes differ, no pixels, a colour that is no number.
pub fn adherence(set: Set<'_>, result: &Plane<[f32; 3]>) -> Result<Adherence, Error> {
    comparable(result, set.picture)?;
    same_size(set.object_id, result)?;
    same_size(set.depth, result)?;
    same_size(set.normal, result)?;
    finite("the set's normals", set.normal)?;
    let scale = Scale::new(result.height());
    let outlines = outline::outlines(&set, scale);
    let verdicts = verdicts(&set, result, &outlines, scale);
    let tallies = Tallies::new(&set, &outlines, &verdicts, scale);
    Ok(Adherence {
        judged: tallies.judged(),
        edge: tallies.edge(scale),
        crease: tallies.crease(scale),
        silhouette: tallies.silhouette(scale),
        objects: tallies.objects(scale),
        size: (result.width(), result.height()),
        marks: verdict::marks(&outlines, &verdicts),
    })
}
