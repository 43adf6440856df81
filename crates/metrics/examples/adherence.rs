//! Raw planes of a set and of results to their adherence, a line of JSON each: for programs that judge the measure.
//!
//! `adherence WIDTHxHEIGHT SET RESULT…`: SET holds ids (u32), depth, normal (3), picture (3), RESULT a picture (3), each plane row by
//! row, 32 bits little endian. Beside each result, `RESULT.overlay` is the overlay in the same form. Seconds are this
//! process's wall clock on one thread.

#![allow(clippy::print_stdout)] // a program

use std::{env, error::Error, fs, time::Instant};

use maquette_conditioning::Plane;
use maquette_metrics::{Adherence, Set, adherence, adherence_overlay};

fn main() -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [size, set, results @ ..] = arguments.as_slice() else {
        return Err("WIDTHxHEIGHT SET RESULT…".into());
    };
    let (width, height) = size.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
    let size @ (width, height): (usize, usize) = (width.parse()?, height.parse()?);
    let words = words(set)?;
    let mut planes = words.chunks(width * height);
    let mut next = |count| planes.by_ref().take(count).flatten().copied().collect::<Vec<_>>();
    let object_id = Plane::from_vec(width, height, next(1)).ok_or("the set is too short")?;
    let depth = Plane::from_vec(width, height, next(1))
        .ok_or("the set is too short")?
        .map(|&bits| f32::from_bits(bits));
    let normal = colors(size, &next(3))?;
    let picture = colors(size, &next(3))?;
    let set = Set { object_id: &object_id, depth: &depth, normal: &normal, picture: &picture };
    for path in results {
        let result = colors(size, &self::words(path)?)?;
        let start = Instant::now();
        let measured = adherence(set, &result)?;
        println!("{}", json(path, start.elapsed().as_secs_f32(), &measured));
        let overlay = adherence_overlay(&measured, &result)?;
        let bytes: Vec<u8> = overlay.data.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(format!("{path}.overlay"), bytes)?;
    }
    Ok(())
}

fn words(path: &str) -> Result<Vec<u32>, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(bytes.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect())
}

fn colors((width, height): (usize, usize), words: &[u32]) -> Result<Plane<[f32; 3]>, Box<dyn Error>> {
    let colors = words.as_chunks().0.iter().map(|color: &[u32; 3]| color.map(f32::from_bits)).collect();
    Plane::from_vec(width, height, colors).ok_or_else(|| "a picture has another size".into())
}

fn json(path: &str, seconds: f32, measured: &Adherence) -> String {
    let number = |value: Option<f32>| value.map_or("null".into(), |value| format!("{value:.4}"));
    let objects = measured.objects.iter().map(|object| {
        let shift = object.shift_px.map_or("null".into(), |[x, y]| format!("[{x:.3},{y:.3}]"));
        format!(
            r#"{{"id":{},"pixels":{},"outline":{},"judged":{},"edge":{},"crease":{},"silhouette":{},"offset_px":{},"shift_px":{shift}}}"#,
            object.id,
            object.pixels,
            object.outline,
            object.judged,
            number(object.edge),
            number(object.crease),
            number(object.silhouette),
            number(object.offset_px),
        )
    });
    format!(
        r#"{{"result":"{path}","seconds":{seconds:.4},"judged":{:.4},"edge":{},"crease":{},"silhouette":{},"objects":[{}]}}"#,
        measured.judged,
        number(measured.edge),
        number(measured.crease),
        number(measured.silhouette),
        objects.collect::<Vec<_>>().join(",")
    )
}
