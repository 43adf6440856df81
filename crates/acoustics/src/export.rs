//! Paths and figures to JSON, for other programs.

use maquette_conditioning::{Arrival, BandFigures, EnergyDecay, SourceAcoustics, Via};
use serde_json::{Value, json};

/// A source as it is heard at `time_s`: every path with what it does on its way, delay, gain by band and direction, and
/// the room's figures by band. Figures that cannot be told are `null`.
///
/// `name` is the source's; delays are in seconds, gains relative to the pressure at 1 m, directions unit vectors in the
/// listener's axes (+X right, +Y up, −Z ahead), departures unit vectors in the world's.
pub fn paths_json(name: &str, source: &SourceAcoustics, time_s: f64) -> Value {
    let index = ((time_s - source.start_s) / source.step_s).round().max(0.0) as usize;
    let last = source.instants.len().saturating_sub(1);
    let arrivals = source.instants.get(index.min(last)).map_or(&[][..], |arrivals| arrivals);
    let late =
        source.late.iter().min_by(|a, b| (a.time_s - time_s).abs().total_cmp(&(b.time_s - time_s).abs()));
    let figures = EnergyDecay::of(arrivals, late).figures();
    json!({
        "source": name,
        "time_s": time_s,
        "paths": arrivals.iter().map(path).collect::<Vec<_>>(),
        "band_centres_hz": maquette_conditioning::BAND_CENTRES_HZ,
        "bands": figures.bands.iter().map(band).collect::<Vec<_>>(),
    })
}

fn path(arrival: &Arrival) -> Value {
    let via = match arrival.via {
        Via::Direct => "direct",
        Via::Reflected => "reflected",
        Via::Transmitted => "transmitted",
        Via::Diffracted => "diffracted",
    };
    json!({
        "path": format!("{:016x}", arrival.path.0),
        "via": via,
        "order": arrival.order,
        "delay_s": arrival.delay_s,
        "gain": arrival.gain,
        "direction": arrival.direction.to_array(),
        "departure": arrival.departure.to_array(),
    })
}

fn band(figures: &BandFigures) -> Value {
    json!({
        "edt_s": figures.edt_s,
        "t20_s": figures.t20_s,
        "t30_s": figures.t30_s,
        "c50_db": figures.c50_db,
        "c80_db": figures.c80_db,
        "d50": figures.d50,
        "drr_db": figures.drr_db,
    })
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use maquette_conditioning::PathId;

    use super::*;

    #[test]
    fn a_path_and_what_cannot_be_told_are_written() {
        let direct = Arrival {
            path: PathId(0),
            via: Via::Direct,
            order: 0,
            delay_s: 0.01,
            gain: [0.25; 8],
            direction: Vec3::NEG_Z,
            departure: Vec3::Z,
        };
        let source =
            SourceAcoustics { start_s: 0.0, step_s: 0.01, instants: vec![vec![direct]], late: vec![] };
        let json = paths_json("voice", &source, 3.0);
        assert_eq!(json["paths"][0]["via"], "direct");
        assert_eq!(json["paths"][0]["gain"][7], 0.25);
        assert!(json["bands"][0]["t30_s"].is_null());
        assert_eq!(json["bands"].as_array().map(Vec::len), Some(8));
    }
}
