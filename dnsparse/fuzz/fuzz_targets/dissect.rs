//! Any octets: a dissection has each of them exactly once, and two messages differ exactly if their
//! octets do.
#![no_main]

use dnsparse::{diff, dissect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let dissection = dissect(octets);
    let mut at = 0;
    for field in &dissection.fields {
        assert_eq!(field.offset, at);
        at += field.length;
    }
    assert_eq!(at, octets.len());
    let text = dissection.to_string();
    assert!(text.len() <= 2_000 + 100 * octets.len());

    let (first, second) = octets.split_at(octets.len() / 2);
    let comparison = diff(first, second);
    assert_eq!(comparison.first().is_none(), first == second);
    assert!(!comparison.to_string().is_empty());
});
