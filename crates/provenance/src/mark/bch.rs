//! Bits to a binary BCH code word, and a damaged word back to its bits.
//!
//! Marks carry few bits through much noise. A primitive, narrow-sense BCH code of length 2^m − 1 corrects any `t` errors
//! with little machinery: syndromes, Berlekamp and Massey's shift register, Chien's search (Lin and Costello, *Error
//! Control Coding*, chapter 6). Where the reader knows how sure it is of each bit, ordered statistics
//! (Fossorier and Lin, 1995) come close to the best decoder there is, two to three decibels better.

/// Feedback of a primitive polynomial of degree m, without its leading term, for m = 3 to 10.
const PRIMITIVE: [usize; 8] =
    [0b011, 0b0011, 0b00101, 0b000011, 0b0001001, 0b00011101, 0b000010001, 0b0000001001];

/// A code of length 2^m − 1 that corrects `t` errors.
pub(super) struct Bch {
    length: usize,
    errors: usize,
    /// α^i, twice around so that sums of two logarithms need no remainder.
    power: Vec<usize>,
    log: Vec<usize>,
    /// Coefficients of the generator polynomial, constant term first.
    generator: Vec<bool>,
}

impl Bch {
    /// The code over GF(2^m), `m` from 3 to 10, that corrects `errors` ≥ 1 errors. How many bits that leaves for data is
    /// [`data_bits`](Self::data_bits): 57 of 127 at 11 errors, 21 of 63 at 7.
    pub(super) fn new(m: usize, errors: usize) -> Self {
        let length = (1 << m) - 1;
        let mut power = vec![1; 2 * length];
        let mut log = vec![0; length + 1];
        for i in 1..2 * length {
            let doubled = power[i - 1] << 1;
            power[i] = if doubled > length { (doubled & length) ^ PRIMITIVE[m - 3] } else { doubled };
        }
        for (i, &element) in power[..length].iter().enumerate() {
            log[element] = i;
        }
        let generator = generator(length, errors, &power, &log);
        Self { length, errors, power, log, generator }
    }

    /// Bits of data in it.
    pub(super) fn data_bits(&self) -> usize {
        self.length + 1 - self.generator.len()
    }

    /// The code word of `data`, which follows the parity bits unchanged. Missing data bits are zero.
    pub(super) fn encode(&self, data: &[bool]) -> Vec<bool> {
        let parity = self.generator.len() - 1;
        let mut word = vec![false; parity];
        word.extend((0..self.data_bits()).map(|i| data.get(i).copied().unwrap_or(false)));
        let mut rest = word.clone();
        for i in (parity..self.length).rev() {
            if rest[i] {
                for (j, &tap) in self.generator.iter().enumerate() {
                    rest[i - parity + j] ^= tap;
                }
            }
        }
        word[..parity].copy_from_slice(&rest[..parity]);
        word
    }

    /// The data bits of a code word.
    pub(super) fn data<'a>(&self, word: &'a [bool]) -> &'a [bool] {
        &word[self.generator.len() - 1..]
    }

    /// The code word within `t` errors of `word`, if there is one.
    pub(super) fn decode(&self, word: &[bool]) -> Option<Vec<bool>> {
        let ones: Vec<usize> = (0..self.length).filter(|&i| word[i]).collect();
        let syndromes: Vec<usize> = (1..=2 * self.errors)
            .map(|j| ones.iter().fold(0, |sum, &i| sum ^ self.power[i * j % self.length]))
            .collect();
        let mut word = word.to_vec();
        if syndromes.iter().all(|&s| s == 0) {
            return Some(word);
        }
        let locator = self.locator(&syndromes);
        let degree = locator.iter().rposition(|&c| c != 0)?;
        let roots =
            (0..self.length).filter(|&i| self.evaluate(&locator, (self.length - i) % self.length) == 0);
        let mut found = 0;
        for i in roots {
            word[i] = !word[i];
            found += 1;
        }
        (found == degree && degree <= self.errors).then_some(word)
    }

    /// A code word that agrees well with `soft` (positive: a one; magnitude: how sure); for codes of at most 127 bits.
    ///
    /// Ordered statistics: the surest bits that are independent decide a word, as they are and with up to three of them
    /// turned; the best of 30 000 words for 57 data bits. A word within `t` errors of the signs competes as well.
    pub(super) fn decode_soft(&self, soft: &[f32]) -> Vec<bool> {
        let hard = soft.iter().enumerate().fold(0, |word, (i, &s)| word | u128::from(s > 0.0) << i);
        let cost = Cost::new(soft, hard);
        let basis = self.basis(soft);
        let start = basis
            .iter()
            .fold(0, |word, &(pivot, row)| if (hard ^ word) >> pivot & 1 == 1 { word ^ row } else { word });
        let mut best = (cost.of(start), start);
        let mut consider =
            |word: u128| best = if cost.of(word) < best.0 { (cost.of(word), word) } else { best };
        let rows: Vec<u128> = basis.into_iter().map(|(_, row)| row).collect();
        for (i, a) in rows.iter().enumerate() {
            consider(start ^ a);
            for (j, b) in rows[..i].iter().enumerate() {
                consider(start ^ a ^ b);
                rows[..j].iter().for_each(|c| consider(start ^ a ^ b ^ c));
            }
        }
        if let Some(word) = self.decode(&bits(hard, self.length)) {
            consider(word.iter().rev().fold(0, |number, &bit| number << 1 | u128::from(bit)));
        }
        bits(best.1, self.length)
    }

    /// Code words that span the code, each the only one with a certain bit: the surest bits there are.
    fn basis(&self, soft: &[f32]) -> Vec<(usize, u128)> {
        let generator = self.generator.iter().rev().fold(0, |word, &bit| word << 1 | u128::from(bit));
        let mut rows: Vec<u128> = (0..self.data_bits()).map(|shift| generator << shift).collect();
        let mut order: Vec<usize> = (0..self.length).collect();
        order.sort_by(|&a, &b| soft[b].abs().total_cmp(&soft[a].abs()));
        let mut pivots = Vec::with_capacity(rows.len());
        for bit in order {
            let done = pivots.len();
            let Some(found) = (done..rows.len()).find(|&row| rows[row] >> bit & 1 == 1) else { continue };
            rows.swap(done, found);
            let pivot = rows[done];
            let others = rows.iter_mut().enumerate().filter(|&(i, _)| i != done);
            others.filter(|(_, row)| **row >> bit & 1 == 1).for_each(|(_, row)| *row ^= pivot);
            pivots.push(bit);
        }
        pivots.into_iter().zip(rows).collect()
    }

    /// Berlekamp and Massey: the shortest register that makes the syndromes; its roots are where the errors are.
    fn locator(&self, syndromes: &[usize]) -> Vec<usize> {
        let (mut current, mut previous) = (vec![1], vec![1]);
        let (mut degree, mut gap, mut last) = (0, 1, 1);
        for n in 0..syndromes.len() {
            let discrepancy = (1..=degree.min(current.len() - 1))
                .fold(syndromes[n], |sum, i| sum ^ self.product(current[i], syndromes[n - i]));
            if discrepancy == 0 {
                gap += 1;
                continue;
            }
            let factor = self.product(discrepancy, self.power[(self.length - self.log[last]) % self.length]);
            let mut next = current.clone();
            next.resize(next.len().max(previous.len() + gap), 0);
            for (i, &c) in previous.iter().enumerate() {
                next[i + gap] ^= self.product(factor, c);
            }
            if 2 * degree <= n {
                (degree, last, gap) = (n + 1 - degree, discrepancy, 1);
                previous = current;
            } else {
                gap += 1;
            }
            current = next;
        }
        current
    }

    fn product(&self, a: usize, b: usize) -> usize {
        if a == 0 || b == 0 { 0 } else { self.power[self.log[a] + self.log[b]] }
    }

    /// A polynomial's value at α^`exponent`.
    fn evaluate(&self, polynomial: &[usize], exponent: usize) -> usize {
        let x = self.power[exponent];
        polynomial.iter().rev().fold(0, |sum, &c| self.product(sum, x) ^ c)
    }
}

/// How unlikely a word is: the certainty of the bits that it contradicts, by tables of eight bits at a time.
struct Cost {
    hard: u128,
    tables: Vec<[f32; 256]>,
}

impl Cost {
    fn new(soft: &[f32], hard: u128) -> Self {
        let table = |eight: &[f32]| {
            let sure = |i: usize| eight.get(i).map_or(0.0, |s| s.abs());
            std::array::from_fn(|byte| (0..8).map(|i| if byte >> i & 1 == 1 { sure(i) } else { 0.0 }).sum())
        };
        Self { hard, tables: soft.chunks(8).map(table).collect() }
    }

    fn of(&self, word: u128) -> f32 {
        let wrong = (word ^ self.hard).to_le_bytes();
        self.tables.iter().zip(wrong).map(|(table, byte)| table[usize::from(byte)]).sum()
    }
}

fn bits(word: u128, length: usize) -> Vec<bool> {
    (0..length).map(|i| word >> i & 1 == 1).collect()
}

/// The product of the distinct minimal polynomials of α, α², … α^2t: of (x − root) over all conjugates of those powers.
fn generator(length: usize, errors: usize, power: &[usize], log: &[usize]) -> Vec<bool> {
    let mut is_root = vec![false; length];
    for j in 1..=2 * errors {
        let mut conjugate = j % length;
        while !is_root[conjugate] {
            is_root[conjugate] = true;
            conjugate = 2 * conjugate % length;
        }
    }
    let mut polynomial = vec![1];
    for root in (0..length).filter(|&i| is_root[i]) {
        polynomial.push(0);
        for i in (0..polynomial.len()).rev() {
            let below = if i > 0 { polynomial[i - 1] } else { 0 };
            let here = polynomial[i];
            polynomial[i] = below ^ if here == 0 { 0 } else { power[(log[here] + root) % length] };
        }
    }
    polynomial.iter().map(|&c| c == 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed sequence of 31-bit numbers.
    fn numbers() -> impl FnMut() -> usize {
        let mut state = 1_u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        }
    }

    #[test]
    fn codes_have_the_lengths_of_the_tables() {
        // Lin and Costello, table 6.1.
        let table = [
            (4, 2, 7),
            (5, 3, 16),
            (6, 7, 24),
            (7, 10, 64),
            (7, 11, 57),
            (7, 14, 43),
            (8, 18, 131),
            (10, 2, 1003),
        ];
        for (m, errors, data) in table {
            assert_eq!(Bch::new(m, errors).data_bits(), data, "m {m}, t {errors}");
        }
    }

    #[test]
    fn up_to_t_errors_are_corrected_wherever_they_are() {
        let mut next = numbers();
        for (m, errors) in [(4, 2), (5, 5), (6, 7), (7, 11), (8, 6)] {
            let code = Bch::new(m, errors);
            for count in (0..=errors).flat_map(|count| [count; 40]) {
                let data: Vec<bool> = (0..code.data_bits()).map(|_| next() & 1 == 1).collect();
                let word = code.encode(&data);
                assert_eq!(code.data(&word), data);
                let mut places: Vec<usize> = (0..code.length).collect();
                let mut damaged = word.clone();
                for i in 0..count {
                    places.swap(i, i + next() % (code.length - i));
                    damaged[places[i]] ^= true;
                }
                assert_eq!(code.decode(&damaged).as_ref(), Some(&word), "m {m}, {count} errors");
            }
        }
    }

    #[test]
    fn noise_is_rarely_taken_for_a_word() {
        let (code, mut next) = (Bch::new(7, 11), numbers());
        let taken = (0..2000).filter(|_| {
            let noise: Vec<bool> = (0..127).map(|_| next() & 1 == 1).collect();
            code.decode(&noise).is_some()
        });
        // The words' spheres fill Σ C(127, i ≤ 11) / 2^70 = 2.4e-6 of all space.
        assert_eq!(taken.count(), 0);
    }

    #[test]
    fn knowing_the_doubtful_bits_corrects_more() {
        let (code, mut next) = (Bch::new(7, 11), numbers());
        for _ in 0..5 {
            let data: Vec<bool> = (0..57).map(|_| next() & 1 == 1).collect();
            let word = code.encode(&data);
            // Twice the errors that the signs alone allow, among the less sure half.
            let soft: Vec<f32> = (0..127)
                .map(|i| if i % 6 == 0 { -0.3 } else { 0.2 + (next() % 100) as f32 / 100.0 })
                .zip(&word)
                .map(|(sure, &bit)| if bit { sure } else { -sure })
                .collect();
            let hard: Vec<bool> = soft.iter().map(|&s| s > 0.0).collect();
            assert_eq!(code.decode(&hard), None);
            assert_eq!(code.decode_soft(&soft), word);
        }
    }
}
