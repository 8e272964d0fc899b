//! The names of a zone as a tree, and the zones that a walk passes.

use crate::draw::{Anchor, Picture, WIDTH, fit, width};
use crate::pictures::exchanges::search;
use crate::walk::steps::Step;
use anyhow::{Context, Result};
use dnsparse::{Name, Zone};
use lab::Lab;
use std::collections::{BTreeMap, BTreeSet};

const ZONE: &str = include_str!("../../../../lessons/lab/zones/example.com.zone");
/// The parts of the zone that are drawn: names below the apex.
const SHOWN: [&str; 5] = ["www", "ftp", "wild", "deep", "sub"];

/// The names of a zone in the order of a tree, each with the types that it has.
type Names = BTreeMap<Vec<Vec<u8>>, (Name, BTreeSet<String>)>;

/// Draws a part of the zone example.com.
pub(crate) fn of_a_zone() -> Result<Picture> {
    let apex: Name = "example.com.".parse()?;
    let names = names(&Zone::parse(ZONE, &apex)?);
    let mut picture = Picture::new(
        "A part of the zone example.com as a tree of names: the apex has the SOA and NS records; wild and deep have no records of their own, and exist, since names below them do; a wildcard stands below wild; at sub the zone ends in a zone cut, and the addresses below it are glue.",
    );
    // The lower end of the line that leads down from each name to the names below it.
    let mut ends: BTreeMap<usize, i32> = BTreeMap::new();
    for (index, (name, types)) in names.values().enumerate() {
        let y = 26 + 24 * i32::try_from(index)?;
        let depth = name.label_count() - apex.label_count();
        let x = 14 + 26 * i32::try_from(depth)?;
        if let Some(end) = ends.get(&depth) {
            picture.line("faint", (x - 18, y - 4), (x - 6, y - 4));
            picture.line("faint", (x - 18, *end), (x - 18, y - 4));
            ends.insert(depth, y - 4);
        }
        ends.insert(depth + 1, y + 6);
        let whole = name.to_string();
        let label = match depth {
            0 => &whole,
            _ => whole.split('.').next().unwrap_or_default(),
        };
        picture.text("bold", (x, y), Anchor::Start, label);
        let remark = remark(name, &apex, &names);
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        let types = fit(&types.join(" "), WIDTH - 170 - width(remark));
        picture.text("text", (150, y), Anchor::Start, types);
        let class = if remark.contains("cut") {
            "bad"
        } else {
            "quiet"
        };
        picture.text(class, (WIDTH - 12, y), Anchor::End, remark);
    }
    Ok(picture)
}

/// Collects the names that are drawn.
fn names(zone: &Zone) -> Names {
    let apex = &zone.origin;
    let mut names = Names::new();
    for record in &zone.records {
        let owner = &record.owner;
        if owner != apex && !SHOWN.iter().any(|top| is_below(owner, top, apex)) {
            continue;
        }
        // A name exists if a name below it does.
        for name in owner
            .ancestors()
            .take_while(|name| name.is_at_or_below(apex))
        {
            let entry = names.entry(reversed(&name));
            let (_, types) = entry.or_insert_with(|| (name.clone(), BTreeSet::new()));
            if name == *owner {
                types.insert(record.rtype().to_string());
            }
        }
    }
    names
}

/// Says what a name is in its zone.
fn remark(name: &Name, apex: &Name, names: &Names) -> &'static str {
    let has_types = |name: &Name, test: fn(&BTreeSet<String>) -> bool| {
        let entry = names.get(&reversed(name));
        entry.is_some_and(|(_, types)| test(types))
    };
    let is_cut = |name: &Name| name != apex && has_types(name, |types| types.contains("NS"));
    if is_cut(name) {
        "a zone cut"
    } else if name.ancestors().any(|name| is_cut(&name)) {
        "glue, below the cut"
    } else if name == apex {
        "the apex"
    } else if has_types(name, BTreeSet::is_empty) {
        "empty non-terminal"
    } else if name.labels().next() == Some(b"*".as_slice()) {
        "a wildcard"
    } else {
        ""
    }
}

/// The labels of a name from the root down, the order of a tree.
fn reversed(name: &Name) -> Vec<Vec<u8>> {
    let mut labels: Vec<Vec<u8>> = name.labels().map(<[u8]>::to_vec).collect();
    labels.reverse();
    labels
}

fn is_below(name: &Name, top: &str, apex: &Name) -> bool {
    let top = apex.child(top.as_bytes());
    top.is_ok_and(|top| name.is_at_or_below(&top))
}

/// The zones that are drawn below each zone at the top of the tree.
const TREE: [(&str, &[&str]); 3] = [
    ("uk.", &["bbc.co.uk."]),
    ("com.", &["bbc.com.", "google.com."]),
    ("net.", &["fastly.net."]),
];

/// Draws a part of the tree of zones, with the steps of the walk for www.bbc.co.uk.
pub(crate) fn zones_of_a_walk() -> Result<Picture> {
    let search = search("www.bbc.co.uk A")?;
    let mut steps: BTreeMap<Name, Vec<String>> = BTreeMap::new();
    for step in &search.steps {
        if let Step::Exchange(exchange) = step {
            let numbers = steps.entry(exchange.zone.clone()).or_default();
            numbers.push(exchange.number.to_string());
        }
    }
    let zones: BTreeSet<Name> = (Lab::internet().hosts().into_iter())
        .flat_map(|host| host.zones)
        .collect();
    let mut picture = Picture::new(format!(
        "A part of the tree of zones: the root, below it uk, com and net, and below these the zones of organisations. The search for www.bbc.co.uk A takes {} queries, whose numbers stand in the zones: from the root to bbc.co.uk, for its alias from the root to bbc.com, and for the alias of that one from the root to fastly.net.",
        search.resolution.queries
    ));
    let mut zone_box = |text: &str, (x, y): (i32, i32), parent: Option<(i32, i32)>| -> Result<()> {
        let name: Name = text.parse()?;
        zones
            .contains(&name)
            .then_some(())
            .with_context(|| format!("the lab has no zone {text}"))?;
        let numbers = steps.remove(&name);
        let class = if numbers.is_some() {
            "question"
        } else {
            "plain"
        };
        if let Some(parent) = parent {
            picture.line("faint", parent, (x, y));
        }
        picture.rectangle(class, (x - 56, y), (112, 40));
        let shown = if name.is_root() { "root" } else { text };
        let below = if numbers.is_some() { 17 } else { 25 };
        picture.text("bold", (x, y + below), Anchor::Middle, shown);
        let numbers = numbers.unwrap_or_default().join(", ");
        picture.text("link", (x, y + 34), Anchor::Middle, numbers);
        Ok(())
    };
    let root = (WIDTH / 2, 12);
    zone_box(".", root, None)?;
    let mut left = 62;
    for (top, below) in TREE {
        let right = left + 118 * i32::try_from(below.len() - 1)?;
        let middle = i32::midpoint(left, right);
        zone_box(top, (middle, 92), Some((root.0, root.1 + 40)))?;
        for (column, zone) in below.iter().enumerate() {
            let x = left + 118 * i32::try_from(column)?;
            zone_box(zone, (x, 172), Some((middle, 132)))?;
        }
        left = right + 118;
    }
    let missing: Vec<String> = steps.keys().map(ToString::to_string).collect();
    match missing.is_empty() {
        true => Ok(picture),
        false => anyhow::bail!("the walk passes zones that are not drawn: {missing:?}"),
    }
}
