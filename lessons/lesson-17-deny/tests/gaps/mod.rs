//! One NSEC record: which names lie in its gap, and which ancestors of them it proves.

use deny::closest_encloser;

use super::{gaps_of, name, records};

/// Shows for each name whether the record covers it, and if so, its closest encloser.
fn covered(text: &str, zone: &str, names: &[&str]) -> String {
    let records = records(text);
    let gap = gaps_of(&records)[0];
    let line = |text: &&str| {
        let name = name(text);
        let encloser = closest_encloser(&name, &gap).map(|name| name.to_string());
        match (gap.covers(&name, &self::name(zone)), encloser) {
            (false, _) => format!("  {text}: not covered\n"),
            (true, None) => format!("  {text}: covered, no closest encloser\n"),
            (true, Some(encloser)) => format!("  {text}: covered, closest encloser {encloser}\n"),
        }
    };
    format!("{text}\n{}", names.iter().map(line).collect::<String>())
}

/// RFC 4034 section 6.1: the order is by labels from the right, and without case.
#[test]
fn a_gap_covers_the_names_between_its_ends() {
    insta::assert_snapshot!(covered("b.example. NSEC d.example. A", "example", &[
        "c.example", "C.EXAMPLE", "a.c.example", "a.b.example", "bb.example", "b.example", "d.example",
        "a.d.example", "a.example", "example", "e.example", "c.example.org", "c",
    ]), @r"
    b.example. NSEC d.example. A
      c.example: covered, closest encloser example.
      C.EXAMPLE: covered, closest encloser EXAMPLE.
      a.c.example: covered, closest encloser example.
      a.b.example: covered, closest encloser b.example.
      bb.example: covered, closest encloser example.
      b.example: not covered
      d.example: not covered
      a.d.example: not covered
      a.example: not covered
      example: not covered
      e.example: not covered
      c.example.org: not covered
      c: not covered
    ");
}

/// The last record of a zone leads back to the apex.
#[test]
fn the_last_gap_has_no_end() {
    insta::assert_snapshot!(covered("www.example. NSEC example. A", "example", &[
        "x.example", "zzz.example", "a.www.example", "www.example", "vvv.example", "example", "x.org", "zzz",
    ]), @r"
    www.example. NSEC example. A
      x.example: covered, closest encloser example.
      zzz.example: covered, closest encloser example.
      a.www.example: covered, closest encloser www.example.
      www.example: not covered
      vvv.example: not covered
      example: not covered
      x.org: not covered
      zzz: not covered
    ");
    insta::assert_snapshot!(covered("example. NSEC example. SOA", "example", &[
        "a.example", "zzz.example", "example", "zzz",
    ]), @r"
    example. NSEC example. SOA
      a.example: covered, closest encloser example.
      zzz.example: covered, closest encloser example.
      example: not covered
      zzz: not covered
    ");
}

/// Canonical order sorts by the last label first, so that such a gap would swallow half of the zone.
#[test]
fn a_next_name_outside_the_zone_proves_nothing() {
    insta::assert_snapshot!(covered("b.example. NSEC b.example.org. A", "example", &["c.example", "z.example"]), @r"
    b.example. NSEC b.example.org. A
      c.example: not covered
      z.example: not covered
    ");
}

/// Only the apex may come after a later name.
#[test]
fn a_gap_that_runs_backwards_proves_nothing() {
    insta::assert_snapshot!(covered("d.example. NSEC b.example. A", "example", &["c.example", "e.example", "a.example"]), @r"
    d.example. NSEC b.example. A
      c.example: not covered
      e.example: not covered
      a.example: not covered
    ");
}

#[test]
fn both_ends_prove_their_ancestors() {
    insta::assert_snapshot!(covered("a.b.example. NSEC c.d.e.example. A", "example", &[
        "b.b.example", "x.y.b.example", "c.example", "b.d.e.example", "d.example", "d.e.example", "a.a.b.example",
    ]), @r"
    a.b.example. NSEC c.d.e.example. A
      b.b.example: covered, closest encloser b.example.
      x.y.b.example: covered, closest encloser b.example.
      c.example: covered, closest encloser example.
      b.d.e.example: covered, closest encloser d.e.example.
      d.example: covered, closest encloser example.
      d.e.example: covered, closest encloser d.e.example.
      a.a.b.example: covered, closest encloser a.b.example.
    ");
}
