//! Any text: parsing a zone file returns, and a zone is the same after writing and parsing it
//! again.
#![no_main]

use dnsparse::{Name, Zone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Zone::parse(text, &Name::ROOT) {
        Ok(zone) => assert_eq!(Zone::parse(&zone.to_string(), &Name::ROOT), Ok(zone)),
        Err(error) => assert!(error.to_string().len() < 2_000),
    }
});
