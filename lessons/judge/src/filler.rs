//! [`Filler`]: texts with gaps that are filled by chance, the same gap always with the same thing.
//!
//! | gap | becomes |
//! | --- | --- |
//! | `<shop>` | a label that can be pronounced, such as `tovake` |
//! | `<@shop>` | the address of one of the judge's servers, out of those that it was given |
//! | `<4 www>` | some IPv4 address, for RDATA |
//! | `<6 www>` | some IPv6 address |
//! | `<n port>` | a number from 1,000 to 64,999 |
//! | `<x long>` | two hundred letters |
//!
//! So the zones of [`crate::world`] can be read, and yet no program can know them beforehand.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use dnsparse::Name;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// What fills gaps.
#[derive(Debug)]
pub struct Filler {
    random: StdRng,
    filled: BTreeMap<String, String>,
    /// What is in use already, so that no two gaps become the same.
    used: BTreeSet<String>,
    /// Addresses that are left for servers.
    addresses: Vec<Ipv4Addr>,
}

impl Filler {
    /// One that fills the same gaps with the same things for the same seed; addresses of servers are taken from these.
    pub fn new(seed: u64, addresses: impl IntoIterator<Item = Ipv4Addr>) -> Filler {
        let mut random = StdRng::seed_from_u64(seed);
        let mut addresses: Vec<Ipv4Addr> = addresses.into_iter().collect();
        for left in (1..addresses.len()).rev() {
            addresses.swap(left, random.random_range(0..=left));
        }
        Filler {
            random,
            filled: BTreeMap::new(),
            used: BTreeSet::new(),
            addresses,
        }
    }

    /// Another one, which has filled the same gaps with the same things, and goes its own way from here.
    #[must_use]
    pub fn fork(&mut self) -> Filler {
        Filler {
            random: StdRng::seed_from_u64(self.random.random()),
            filled: self.filled.clone(),
            used: self.used.clone(),
            addresses: self.addresses.clone(),
        }
    }

    /// Chance itself, for ids and the like.
    pub fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    /// The text without its gaps. A `<` that is never closed stays.
    pub fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut left = text;
        while let Some((before, rest)) = left.split_once('<') {
            let Some((gap, after)) = rest.split_once('>') else {
                break;
            };
            out.push_str(before);
            out.push_str(&self.gap(gap));
            left = after;
        }
        out + left
    }

    /// The text without its gaps, as a name; the root if it is none.
    pub fn name(&mut self, text: &str) -> Name {
        self.fill(text).parse().unwrap_or_default()
    }

    /// The address of a server: what `<@shop>` becomes. None are left if it is the unspecified one.
    pub fn server(&mut self, gap: &str) -> Ipv4Addr {
        let text = self.gap(&format!("@{gap}"));
        text.parse().unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    fn gap(&mut self, gap: &str) -> String {
        if let Some(filled) = self.filled.get(gap) {
            return filled.clone();
        }
        let filled = self.fresh(gap);
        self.filled.insert(gap.to_owned(), filled.clone());
        filled
    }

    fn fresh(&mut self, gap: &str) -> String {
        if gap.starts_with('@') {
            let address = self.addresses.pop().unwrap_or(Ipv4Addr::UNSPECIFIED);
            return address.to_string();
        }
        loop {
            let text = match gap.split_once(' ') {
                Some(("4", _)) => self.ipv4().to_string(),
                Some(("6", _)) => self.ipv6().to_string(),
                Some(("n", _)) => self.random.random_range(1_000..65_000u16).to_string(),
                Some(("x", _)) => (0..50)
                    .map(|_| self.label())
                    .collect::<String>()
                    .chars()
                    .take(200)
                    .collect(),
                _ => self.label(),
            };
            if self.used.insert(text.clone()) {
                return text;
            }
        }
    }

    /// Six to ten letters: long enough that no top-level domain with a meaning of its own (RFC 6761: `test`, `local` …) comes out.
    fn label(&mut self) -> String {
        const BEGIN: &[u8] = b"bdfgklmnprstvz";
        const END: &[u8] = b"aeiou";
        let syllables = self.random.random_range(3..=5);
        let mut label = String::new();
        for letters in [BEGIN, END].iter().cycle().take(2 * syllables) {
            let index = self.random.random_range(0..letters.len());
            label.extend(letters.get(index).map(|letter| char::from(*letter)));
        }
        label
    }

    /// In 198.18.0.0/15, which is set aside for trying things out (RFC 2544).
    fn ipv4(&mut self) -> Ipv4Addr {
        let [_, b, c, d] = self.random.random::<[u8; 4]>();
        Ipv4Addr::new(198, 18 + b % 2, c, d)
    }

    /// In 2001:db8::/32, which is set aside for examples (RFC 3849).
    fn ipv6(&mut self) -> Ipv6Addr {
        let mut segments = self.random.random::<[u16; 8]>();
        for (segment, value) in segments.iter_mut().zip([0x2001, 0xdb8]) {
            *segment = value;
        }
        Ipv6Addr::from(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_gap_is_filled_alike_and_another_seed_fills_it_otherwise() {
        let pool = [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 3)];
        let mut filler = Filler::new(1, pool);
        let first = filler.fill("<www>.<zone>. A <4 www> <@www> <n port>");
        assert_eq!(
            filler.fill("<www>.<zone>. A <4 www> <@www> <n port>"),
            first
        );
        assert_ne!(filler.fill("<zone>"), filler.fill("<www>"));
        assert_ne!(Filler::new(2, pool).fill("<www>"), filler.fill("<www>"));
        assert_eq!(Filler::new(1, pool).fill("<www>"), filler.fill("<www>"));
        assert_eq!(filler.fill("a < b"), "a < b");
    }
}
