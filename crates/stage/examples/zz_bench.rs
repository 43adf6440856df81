use std::time::Instant;
fn main() {
    let loaded = maquette_scene::load(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap_or_else(|r| panic!("{r:?}"));
    let t = Instant::now();
    let mut stage = maquette_stage::Stage::new(&loaded).unwrap();
    println!("new {:?}", t.elapsed());
    for shot in loaded.scene.shots.iter().map(|s| s.name.clone()) {
        let frames = stage.frames(&shot).unwrap();
        let n = frames.clone().count();
        let t = Instant::now();
        let mut i = 0; let mut last = None;
        for f in frames.clone() { let m = stage.moment(&shot, f).unwrap(); i = m.instances.len(); last = Some(m); }
        println!("{shot}: {n} frames {:?} each, {i} instances", t.elapsed() / n as u32);
        let t = Instant::now();
        for f in frames.clone() { stage.moment(&shot, f).unwrap(); }
        println!("{shot}: again {:?} each", t.elapsed() / n as u32);
        let t = Instant::now();
        let s = stage.sound_timeline(&shot, frames).unwrap();
        println!("sound {:?}: {} contacts {} instances {} sources", t.elapsed(), s.contacts.len(), s.instances.len(), s.sources.len());
        for c in &s.contacts { println!("  {:.4} {:?} {:?} J {:.3} v {:.2} at {}", c.time_s, c.objects, c.materials, c.impulse_n_s, c.closing_speed_m_s, c.position_m); }
        let m = last.unwrap();
        println!("camera {:?} names {}", m.camera.lens, m.object_names.len());
    }
}
