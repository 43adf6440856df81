//! Labels of pixels to the cracks between unlike neighbours, and those to chains that run along a boundary.
//!
//! A crack is the side that two neighbouring pixels share. It has a direction, so that "left" and "right" mean the same
//! two things all along a chain. Cracks are exact where thresholds on a picture are not: each is in one chain only.

/// A side between two pixels, from a corner of the pixel lattice one step in a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crack {
    /// The corner it starts at; corner (0, 0) is the picture's top left.
    from: [usize; 2],
    /// 0 right, 1 down, 2 left, 3 up.
    heading: usize,
}

const STEPS: [[isize; 2]; 4] = [[1, 0], [0, 1], [-1, 0], [0, -1]];
/// Left of each heading, relative to the pixel below and right of the starting corner; right of it is the next in line.
const LEFT: [[isize; 2]; 4] = [[0, -1], [0, 0], [-1, 0], [-1, -1]];
const RIGHT: [[isize; 2]; 4] = [[0, 0], [-1, 0], [-1, -1], [0, -1]];
/// Turns tried when a chain goes on: left, straight, right.
const TURNS: [usize; 3] = [3, 0, 1];

impl Crack {
    /// Middle of the side, pixels; a pixel's own middle lies at (x + ½, y + ½).
    pub(super) fn middle(self) -> [f32; 2] {
        let [dx, dy] = STEPS[self.heading];
        [self.from[0] as f32 + 0.5 * dx as f32, self.from[1] as f32 + 0.5 * dy as f32]
    }

    /// The pixels left and right of it.
    pub(super) fn sides(self) -> [[isize; 2]; 2] {
        [LEFT, RIGHT].map(|side| offset(self.from, side[self.heading]))
    }

    fn end(self) -> [usize; 2] {
        offset(self.from, STEPS[self.heading]).map(|place| place as usize)
    }

    /// The three cracks that may follow.
    fn onward(self) -> [Self; 3] {
        TURNS.map(|turn| Self { from: self.end(), heading: (self.heading + turn) % 4 })
    }

    /// The three cracks that it may follow, by the turn that leads from them to it.
    fn backward(self) -> [Option<Self>; 3] {
        TURNS.map(|turn| {
            let heading = (self.heading + 4 - turn) % 4;
            let [dx, dy] = STEPS[heading];
            let [x, y] = offset(self.from, [-dx, -dy]);
            (x >= 0 && y >= 0).then_some(Self { from: [x as usize, y as usize], heading })
        })
    }
}

fn offset([x, y]: [usize; 2], [dx, dy]: [isize; 2]) -> [isize; 2] {
    [x as isize + dx, y as isize + dy]
}

/// Cracks in a row with the same two things at their sides.
pub(super) struct Chain {
    pub(super) cracks: Vec<Crack>,
    /// The last leads to the first.
    pub(super) closed: bool,
}

/// Every chain of cracks for which `kind`, of the pixels left and right, is the same and not `None`, in order of their
/// topmost, then leftmost pixel.
///
/// `kind` must want a boundary from one side only, so that exchanged pixels give `None`, or be indifferent to sides.
pub(super) fn chains<K: PartialEq>(
    (width, height): (usize, usize),
    kind: impl Fn(usize, usize) -> Option<K>,
) -> Vec<Chain> {
    let mut lattice = Lattice { width, height, kind, used: vec![[false; 2]; (width + 1) * (height + 1)] };
    let mut chains = Vec::new();
    for pixel in 0..width * height {
        let (x, y) = (pixel % width, pixel / width);
        let above = (y > 0).then(|| [([x, y], 0), ([x + 1, y], 2)]);
        let before = (x > 0).then(|| [([x, y + 1], 3), ([x, y], 1)]);
        for (other, ways) in [(pixel.wrapping_sub(width), above), (pixel.wrapping_sub(1), before)] {
            let Some([one, back]) = ways else { continue };
            for (left, right, (from, heading)) in [(other, pixel, one), (pixel, other, back)] {
                if let Some(kind) = (lattice.kind)(left, right) {
                    chains.extend(lattice.chain(Crack { from, heading }, &kind));
                }
            }
        }
    }
    chains
}

struct Lattice<F> {
    width: usize,
    height: usize,
    kind: F,
    /// Whether the sides right of a corner and below it are in a chain.
    used: Vec<[bool; 2]>,
}

impl<F: Fn(usize, usize) -> Option<K>, K: PartialEq> Lattice<F> {
    fn chain(&mut self, start: Crack, kind: &K) -> Option<Chain> {
        if !self.take(start, kind) {
            return None;
        }
        let mut cracks = vec![start];
        let mut ahead = start;
        while let Some(next) = ahead.onward().into_iter().find(|&crack| self.take(crack, kind)) {
            cracks.push(next);
            ahead = next;
        }
        let closed = ahead.onward().contains(&start);
        let (mut before, mut behind) = (Vec::new(), start);
        while let Some(last) = behind.backward().into_iter().flatten().find(|&crack| self.take(crack, kind)) {
            before.push(last);
            behind = last;
        }
        before.reverse();
        before.append(&mut cracks);
        Some(Chain { cracks: before, closed })
    }

    /// Whether a crack is of a kind and in no chain yet; from now on it is.
    fn take(&mut self, crack: Crack, kind: &K) -> bool {
        let free = self.kind_of(crack).as_ref() == Some(kind);
        let ([x, y], [end_x, end_y]) = (crack.from, crack.end());
        // A crack of a kind lies between two pixels, so its corners lie in the lattice.
        free && !std::mem::replace(
            &mut self.used[y.min(end_y) * (self.width + 1) + x.min(end_x)][crack.heading % 2],
            true,
        )
    }

    fn kind_of(&self, crack: Crack) -> Option<K> {
        let [left, right] = crack.sides().map(|[x, y]| {
            let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
            inside.then(|| y as usize * self.width + x as usize)
        });
        (self.kind)(left?, right?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains of a picture of ids, as pairs of ids and middles of cracks.
    fn chains_of(width: usize, ids: &[u32]) -> Vec<(Chain, Vec<[f32; 2]>)> {
        let kind = |left: usize, right: usize| (ids[left] < ids[right]).then(|| (ids[left], ids[right]));
        let chains = chains((width, ids.len() / width), kind);
        chains
            .into_iter()
            .map(|chain| {
                let middles = chain.cracks.iter().map(|crack| crack.middle()).collect();
                (chain, middles)
            })
            .collect()
    }

    #[test]
    fn a_pixel_alone_has_a_closed_chain_around_it() {
        let chains = chains_of(3, &[1, 1, 1, 1, 2, 1, 1, 1, 1]);
        let [(chain, middles)] = &chains[..] else { panic!("{} chains", chains.len()) };
        assert!(chain.closed);
        assert_eq!(middles.len(), 4);
        for middle in [[1.5, 1.0], [2.0, 1.5], [1.5, 2.0], [1.0, 1.5]] {
            assert!(middles.contains(&middle), "{middle:?} of {middles:?}");
        }
        assert!(chain.cracks.iter().all(|crack| crack.sides()[1] == [1, 1]), "the higher id is on the right");
    }

    #[test]
    fn chains_end_where_a_third_thing_begins() {
        let chains = chains_of(4, &[1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 3, 3]);
        assert_eq!(chains.iter().map(|(chain, _)| chain.cracks.len()).collect::<Vec<_>>(), [2, 2, 2]);
        assert!(chains.iter().all(|(chain, _)| !chain.closed));
    }

    #[test]
    fn every_crack_is_in_one_chain_and_neighbours_in_a_chain_touch() {
        let ids: Vec<u32> = (0..40u32 * 40).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) % 3).collect();
        let unlike = |i: usize, j: usize| usize::from(ids[i] != ids[j]);
        let across: usize = (0..1600).filter(|i| i % 40 > 0).map(|i| unlike(i, i - 1)).sum();
        let down: usize = (40..1600).map(|i| unlike(i, i - 40)).sum();
        let chains = chains_of(40, &ids);
        let mut all: Vec<_> =
            chains.iter().flat_map(|(_, middles)| middles).map(|m| m.map(|v| (2.0 * v) as i32)).collect();
        assert_eq!(all.len(), across + down);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), across + down);
        for (chain, _) in &chains {
            assert!(chain.cracks.windows(2).all(|pair| pair[0].end() == pair[1].from));
            assert!(!chain.closed || chain.cracks[chain.cracks.len() - 1].end() == chain.cracks[0].from);
        }
    }
}
