//! Photometric files to profiles: IES LM-63, from the 1986 to the 2019 edition.
//!
//! Only type C photometry is read, which is nearly all there is: vertical angles from the luminaire's downward axis,
//! horizontal angles around it. The luminaire's symmetry is undone and the table resampled to even steps.

use std::{fs, path::Path, str::FromStr, sync::Arc};

use maquette_conditioning::{ContentId, Profile};

use crate::Error;

/// Vertical angles of a resampled table: half a degree each.
const ROWS: usize = 361;
/// Horizontal angles, where they matter: two degrees each.
const COLUMNS: usize = 180;
/// Angles and intensities a file may have; the largest measured ones have a few ten thousand.
const MOST_VALUES: usize = 1_000_000;

/// A file's profile among the others, and its luminous flux.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Photometry {
    pub(crate) index: usize,
    pub(crate) lumen: f32,
}

/// The profiles of a scene.
#[derive(Default)]
pub(crate) struct Profiles(Vec<Arc<Profile>>);

impl Profiles {
    pub(crate) fn list(&self) -> &[Arc<Profile>] {
        &self.0
    }

    /// Reads a file, once for all lamps that use it. Its factors are candela.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Photometry, Error> {
        let failed = |reason: String| Error::File { path: path.to_owned(), reason };
        let bytes = fs::read(path).map_err(|e| failed(format!("cannot be read: {e}")))?;
        // Older files hold names in whatever code page the maker used; the numbers are ASCII in all.
        let table = Table::parse(&String::from_utf8_lossy(&bytes)).map_err(failed)?;
        let profile = table.resampled();
        let index = self.0.iter().position(|known| known.id == profile.id).unwrap_or(self.0.len());
        let lumen = lumen(&profile);
        if index == self.0.len() {
            self.0.push(Arc::new(profile));
        }
        Ok(Photometry { index, lumen })
    }
}

/// ∫ I dω over the table, linear between its rows.
fn lumen(profile: &Profile) -> f32 {
    let step = std::f64::consts::PI / (profile.rows - 1) as f64;
    let mean = |row: usize| {
        let row = &profile.factors[row * profile.columns..(row + 1) * profile.columns];
        row.iter().map(|factor| f64::from(*factor)).sum::<f64>() / profile.columns as f64
    };
    let band = |row: usize| {
        let cap = (row as f64 * step).cos() - ((row + 1) as f64 * step).cos();
        0.5 * (mean(row) + mean(row + 1)) * cap
    };
    ((0..profile.rows - 1).map(band).sum::<f64>() * std::f64::consts::TAU) as f32
}

/// A file's table: candela by horizontal, then vertical angle, in degrees.
#[derive(Debug)]
struct Table {
    vertical: Vec<f32>,
    horizontal: Vec<f32>,
    candela: Vec<f32>,
}

impl Table {
    fn parse(text: &str) -> Result<Self, String> {
        let mut numbers = Numbers::after_tilt(text)?;
        let [_lamps, _lumens_a_lamp, multiplier]: [f32; 3] = numbers.take("the multiplier")?;
        let counts: [usize; 3] = numbers.take("the numbers of angles")?;
        let [rows, columns, kind] = counts;
        if kind != 1 {
            let name = ["B", "A"].get(kind.wrapping_sub(2)).unwrap_or(&"unknown");
            return Err(numbers.wrong(&format!("has photometry of type {name}; only type C can be read")));
        }
        if rows < 2 || columns < 1 || rows.saturating_mul(columns) > MOST_VALUES {
            return Err(numbers.wrong(&format!("has {rows} vertical and {columns} horizontal angles")));
        }
        let [_unit, _width, _length, _height, ballast, ballast_lamp, _watts]: [f32; 7] =
            numbers.take("the luminaire's size and ballast")?;
        let vertical = numbers.angles("vertical angles", rows)?;
        let horizontal = numbers.angles("horizontal angles", columns)?;
        let candela: Vec<f32> = numbers.many("intensities", rows * columns)?;
        if candela.iter().any(|value| *value < 0.0) {
            return Err(numbers.wrong("has a negative intensity"));
        }
        let spans =
            |angles: &[f32], ends: &[(f32, f32)]| ends.contains(&(angles[0], angles[angles.len() - 1]));
        if !spans(&vertical, &[(0.0, 90.0), (0.0, 180.0), (90.0, 180.0)]) {
            return Err("its vertical angles must reach from 0 or 90 to 90 or 180 degrees".to_owned());
        }
        if !spans(&horizontal, &[(0.0, 0.0), (0.0, 90.0), (0.0, 180.0), (0.0, 360.0), (90.0, 270.0)]) {
            return Err("its horizontal angles must be 0, or reach from 0 to 90, 180 or 360, or from 90 to 270 degrees".to_owned());
        }
        let scale = multiplier * ballast * if ballast_lamp > 0.0 { ballast_lamp } else { 1.0 };
        Ok(Self { vertical, horizontal, candela: candela.iter().map(|value| value * scale).collect() })
    }

    fn resampled(&self) -> Profile {
        let columns = if self.horizontal.len() == 1 { 1 } else { COLUMNS };
        let polar = |row: usize| 180.0 * row as f32 / (ROWS - 1) as f32;
        let azimuth = |column: usize| 360.0 * column as f32 / columns as f32;
        let factors: Vec<f32> =
            (0..ROWS * columns).map(|i| self.at(polar(i / columns), azimuth(i % columns))).collect();
        let bytes: Vec<u8> = factors.iter().flat_map(|factor| factor.to_le_bytes()).collect();
        let id = ContentId::of(&[b"profile", &(columns as u64).to_le_bytes(), &bytes]);
        Profile { id, columns, rows: ROWS, factors }
    }

    /// Linear between the angles given; nothing beyond the vertical ones.
    fn at(&self, polar: f32, azimuth: f32) -> f32 {
        let (first, last) = (self.vertical[0], self.vertical[self.vertical.len() - 1]);
        if polar < first || polar > last {
            return 0.0;
        }
        let (row, down) = between(&self.vertical, polar);
        let (column, across) = between(&self.horizontal, self.folded(azimuth));
        let rows = self.vertical.len();
        let look =
            |c: usize, r: usize| self.candela[c.min(self.horizontal.len() - 1) * rows + r.min(rows - 1)];
        let column_at = |c: usize| look(c, row) + (look(c, row + 1) - look(c, row)) * down;
        column_at(column) + (column_at(column + 1) - column_at(column)) * across
    }

    /// An azimuth as the part of the circle that the file describes has it.
    fn folded(&self, azimuth: f32) -> f32 {
        let half = if azimuth > 180.0 { 360.0 - azimuth } else { azimuth };
        match (self.horizontal[0], self.horizontal[self.horizontal.len() - 1]) {
            (_, 90.0) => half.min(180.0 - half),
            (_, 180.0) => half,
            // Symmetric about the plane of 90 and 270 degrees.
            (90.0, _) if azimuth < 90.0 => 180.0 - azimuth,
            (90.0, _) if azimuth > 270.0 => 540.0 - azimuth,
            _ => azimuth,
        }
    }
}

/// The entry at or below a value, and how far on the way to the next it lies.
fn between(sorted: &[f32], value: f32) -> (usize, f32) {
    let low = sorted.partition_point(|entry| *entry <= value).saturating_sub(1);
    match sorted.get(low + 1) {
        Some(next) => (low, ((value - sorted[low]) / (next - sorted[low])).clamp(0.0, 1.0)),
        None => (low, 0.0),
    }
}

/// The numbers of a file in order, each with its line.
struct Numbers<'a> {
    words: std::iter::Peekable<Box<dyn Iterator<Item = (usize, &'a str)> + 'a>>,
    line: usize,
}

impl<'a> Numbers<'a> {
    /// What follows the line `TILT=`; the table of a tilting lamp is passed over.
    fn after_tilt(text: &'a str) -> Result<Self, String> {
        let lines = || text.lines().enumerate().map(|(i, line)| (i + 1, line));
        let tilt = lines().find_map(|(n, line)| Some((n, line.trim().strip_prefix("TILT=")?.trim())));
        let (line, tilt) = tilt.ok_or("has no line `TILT=`: it is not an IES LM-63 file")?;
        let split = |(n, line): (usize, &'a str)| {
            line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).map(move |w| (n, w))
        };
        let words: Box<dyn Iterator<Item = _>> = Box::new(lines().skip(line).flat_map(split));
        let mut numbers = Self { words: words.peekable(), line };
        match tilt {
            "NONE" => {}
            "INCLUDE" => {
                let [_geometry, count] = numbers.take::<usize, 2>("the tilt's angles")?;
                numbers
                    .many::<f32>("the tilt's angles and factors", count.saturating_mul(2).min(MOST_VALUES))?;
            }
            other => {
                return Err(format!(
                    "line {line}: keeps its tilt in another file, `{other}`; only NONE and INCLUDE can be read"
                ));
            }
        }
        Ok(numbers)
    }

    fn one<T: FromStr>(&mut self, what: &str) -> Result<T, String> {
        let (line, word) = self.words.next().ok_or_else(|| format!("ends before {what}"))?;
        self.line = line;
        // Some files write counts with a point.
        let whole = word.strip_suffix(".0").or(word.strip_suffix('.')).unwrap_or(word);
        let value = word.parse().or_else(|_| whole.parse());
        value.map_err(|_| format!("line {line}: `{word}` stands where {what} should be"))
    }

    fn many<T: FromStr>(&mut self, what: &str, count: usize) -> Result<Vec<T>, String> {
        (0..count).map(|_| self.one(what)).collect()
    }

    fn take<T: FromStr + Copy, const N: usize>(&mut self, what: &str) -> Result<[T; N], String> {
        let values = self.many(what, N)?;
        values.try_into().map_err(|_| format!("ends before {what}"))
    }

    fn angles(&mut self, what: &str, count: usize) -> Result<Vec<f32>, String> {
        let angles: Vec<f32> = self.many(what, count)?;
        match angles.is_sorted_by(|a, b| a < b) && angles.iter().all(|angle| angle.is_finite()) {
            true => Ok(angles),
            false => Err(self.wrong(&format!("has {what} that do not rise"))),
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;

    use super::*;

    /// A file with a table.
    fn file(vertical: &str, horizontal: &str, candela: &str) -> String {
        let count = |list: &str| list.split_whitespace().count();
        format!(
            "IESNA:LM-63-2002\n[TEST] 1\nTILT=NONE\n1 1000 2.0 {} {} 1 2 0 0 0\n0.5 1.0 10\n{vertical}\n{horizontal}\n{candela}\n",
            count(vertical),
            count(horizontal)
        )
    }

    fn profile(text: &str) -> Profile {
        Table::parse(text).unwrap().resampled()
    }

    #[test]
    fn an_even_luminaire_gives_four_pi_times_its_candela() {
        let profile = profile(&file("0 90 180", "0", "100 100 100"));
        assert_eq!((profile.columns, profile.rows), (1, 361));
        assert!((lumen(&profile) / (4.0 * PI * 100.0) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_lambert_luminaire_gives_pi_times_its_candela_downwards() {
        let angles: Vec<String> = (0..=36).map(|i| (2.5 * i as f32).to_string()).collect();
        let candela: Vec<String> =
            (0..=36).map(|i| (100.0 * (2.5 * i as f32).to_radians().cos()).max(0.0).to_string()).collect();
        let profile = profile(&file(&angles.join(" "), "0", &candela.join("\n")));
        assert!((lumen(&profile) / (PI * 100.0) - 1.0).abs() < 1e-3);
        assert_eq!(profile.factors[200], 0.0, "nothing above the horizontal");
    }

    #[test]
    fn symmetry_fills_the_circle() {
        let at = |horizontal: &str, candela: &str, azimuth: usize| {
            profile(&file("0 180", horizontal, candela)).factors[180 * COLUMNS + azimuth / 2]
        };
        let quarter = |azimuth| at("0 90", "10 10 20 20", azimuth);
        assert_eq!([0, 90, 180, 270].map(quarter), [10.0, 20.0, 10.0, 20.0]);
        assert!((quarter(46) - (10.0 + 460.0 / 90.0)).abs() < 1e-5);
        let half = |azimuth| at("0 90 180", "10 10 20 20 40 40", azimuth);
        assert_eq!([0, 90, 180, 270, 360 - 90].map(half), [10.0, 20.0, 40.0, 20.0, 20.0]);
        let turned = |azimuth| at("90 180 270", "10 10 20 20 40 40", azimuth);
        assert_eq!([90, 180, 270, 0, 270].map(turned), [10.0, 20.0, 40.0, 20.0, 40.0]);
        let whole = |azimuth| at("0 90 180 270 360", "1 1 2 2 3 3 4 4 1 1", azimuth);
        assert_eq!([0, 90, 180, 270].map(whole), [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_tilting_lamps_table_is_passed_over() {
        let text = file("0 90", "0", "5 5").replace("TILT=NONE", "TILT=INCLUDE\n1\n2\n0 90\n1.0 0.9");
        assert_eq!(profile(&text).factors[0], 5.0);
    }

    #[test]
    fn mistakes_name_their_line() {
        let error = |text: &str| Table::parse(text).unwrap_err();
        assert!(error("hello").contains("not an IES"));
        assert!(error(&file("0 90", "0", "5 x")).contains("line 8: `x` stands where intensities"));
        assert!(error(&file("0 90", "0", "5")).contains("ends before intensities"));
        assert!(error(&file("0 90", "0", "5 -1")).contains("negative"));
        assert!(error(&file("90 0", "0", "5 5")).contains("line 6: has vertical angles that do not rise"));
        assert!(error(&file("0 45", "0", "5 5")).contains("vertical angles must reach"));
        assert!(error(&file("0 90", "0 45", "5 5 5 5")).contains("horizontal angles must be"));
        assert!(error(&file("0 90", "0", "5 5").replace("1 2 0 0 0", "3 2 0 0 0")).contains("type A"));
        assert!(error(&file("0 90", "0", "5 5").replace("NONE", "lamp.tlt")).contains("lamp.tlt"));
        let huge = file("0 90", "0", "5 5").replace(" 2 1 1 2", " 99999999 99999999 1 2");
        assert!(error(&huge).contains("line 4"), "{}", error(&huge));
    }
}
