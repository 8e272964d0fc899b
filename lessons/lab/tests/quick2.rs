#![cfg(test)]
//! x
use dnsparse::*;
#[test]
fn t() {
    for _ in 0..3 {
    let t = std::time::Instant::now();
    let mut zones = vec![];
    for f in std::fs::read_dir("zones").unwrap() {
        let p = f.unwrap().path();
        let n = p.file_stem().unwrap().to_str().unwrap().to_owned();
        let n = if n == "root" { ".".into() } else { n };
        zones.push(Zone::parse(&std::fs::read_to_string(&p).unwrap(), &n.parse().unwrap()).unwrap());
    }
    eprintln!("parse {:?} {} records", t.elapsed(), zones.iter().map(|z| z.records.len()).sum::<usize>());
    let t = std::time::Instant::now();
    let mut w = lab::World::new();
    for z in &zones { w = w.with(z); }
    eprintln!("trees {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let _ = w.build().unwrap();
    eprintln!("servers {:?}", t.elapsed());
    }
}
