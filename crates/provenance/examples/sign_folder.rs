//! Signs every file of a folder with this installation's key, examines them all, and prints what that costs a file.
//!
//!     cargo run -p maquette-provenance --example sign_folder -- FOLDER
//!
//! Keys are those of `MAQUETTE_HOME`. The folder is then ready for `scripts/oracles/credentials.py`.

use std::{collections::BTreeMap, error::Error, fs, path::PathBuf, time::Instant};

use maquette_provenance::{
    credential::{
        ConsentNote, MarkNote, Medium, Method, Signer, Statement, Subject, Trust, examine, examine_folder,
    },
    home,
};

#[allow(clippy::print_stdout)] // it is a program
fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    let home = home::data_folder().ok_or("set MAQUETTE_HOME")?;
    let (signer, trust) = (Signer::of_home(&home)?, Trust::of_home(Some(&home), None)?);
    let mut costs: BTreeMap<String, (f64, f64, u64, u32)> = BTreeMap::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if !path.is_file() || ending == "c2pa" {
            continue;
        }
        let start = Instant::now();
        signer.sign_file(&path, &statement())?;
        let signed = start.elapsed();
        examine(&path, &trust)?;
        let cost = costs.entry(ending).or_default();
        cost.0 += signed.as_secs_f64() * 1e3;
        cost.1 += (start.elapsed() - signed).as_secs_f64() * 1e3;
        cost.2 += fs::metadata(&path)?.len();
        cost.3 += 1;
    }
    println!(
        "| kind | files | mean size, kB | sign, ms a file | examine, ms a file |\n|---|---|---|---|---|"
    );
    for (kind, (sign, examine, bytes, files)) in costs {
        let each = |total: f64| total / f64::from(files);
        println!(
            "| {kind} | {files} | {:.0} | {:.1} | {:.1} |",
            each(bytes as f64) / 1e3,
            each(sign),
            each(examine)
        );
    }
    for examined in examine_folder(&folder, &trust)? {
        println!("{}", examined.headline());
    }
    Ok(())
}

fn statement() -> Statement {
    Statement {
        title: "Corridor, shot 010".to_owned(),
        method: Method::Neural,
        people: vec![ConsentNote {
            subject: Subject::Synthetic,
            grant: Some("ab".repeat(32)),
            uses: vec!["festival".to_owned()],
            ..ConsentNote::default()
        }],
        marks: vec![MarkNote { medium: Medium::Picture, id: 42 }, MarkNote { medium: Medium::Sound, id: 7 }],
        ..Statement::default()
    }
}
