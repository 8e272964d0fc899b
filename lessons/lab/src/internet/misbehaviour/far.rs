//! `far.test` and `voyager.test`: servers far away.

use crate::builder::LabBuilder;

/// The servers' addresses, with their latencies in milliseconds.
const LATENCIES: [(&str, u64); 10] = [
    ("198.18.26.1", 600),
    ("198.18.26.2", 600),
    ("198.18.26.3", 600),
    ("198.18.26.6", 1_200),
    ("198.18.26.7", 1_200),
    ("198.18.26.8", 1_100),
    ("198.18.26.9", 1_100),
    ("198.18.26.10", 1_100),
    ("198.18.26.11", 1_100),
    ("198.18.26.12", 1_100),
];

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    LATENCIES
        .into_iter()
        .fold(builder, |builder, (address, milliseconds)| {
            builder.latency_ms(address, milliseconds)
        })
}
