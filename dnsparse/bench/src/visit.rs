//! Visiting a message: reading every field, and every label of every name.
//!
//! Each field adds to a sum. If the optimizer or a peer's lazy types left a field out, the sums
//! would differ.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The sum of the fields visited.
#[derive(Default)]
pub struct Visit(u64);

impl Visit {
    pub fn number(&mut self, number: impl Into<u64>) {
        self.0 = self.0.wrapping_add(number.into());
    }

    /// Adds a label, a string, a value: its length and its first octet.
    pub fn octets(&mut self, octets: &[u8]) {
        self.number(octets.len() as u64 * 256 + u64::from(octets.first().copied().unwrap_or(0)));
    }

    pub fn labels<L: AsRef<[u8]>>(&mut self, labels: impl IntoIterator<Item = L>) {
        for label in labels {
            self.octets(label.as_ref());
        }
    }

    pub fn address(&mut self, address: Ipv4Addr) {
        self.number(address.to_bits());
    }

    pub fn address6(&mut self, address: Ipv6Addr) {
        let bits = address.to_bits();
        self.number(bits as u64);
        self.number((bits >> 64) as u64);
    }

    pub fn sum(self) -> u64 {
        self.0
    }
}
