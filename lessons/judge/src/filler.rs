//! [`Filler`]: replaces placeholders in a text by random values, equal placeholders by equal
//! values.
//!
//! | placeholder | becomes |
//! | --- | --- |
//! | `<shop>` | a label that can be pronounced, such as `tovake` |
//! | `<@shop>` | the address of one of the judge's name servers |
//! | `<4 www>` | an IPv4 address, for RDATA |
//! | `<6 www>` | an IPv6 address |
//! | `<n port>` | a number from 1,000 to 64,999 |
//! | `<x long>` | 200 letters |
//!
//! So the zones of [`crate::test_internet`] are readable, and still no program can know them in
//! advance.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use dnsparse::Name;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Replaces placeholders.
#[derive(Debug)]
pub struct Filler {
    random: StdRng,
    filled: BTreeMap<String, String>,
    /// All values in use: two placeholders never get the same value.
    used: BTreeSet<String>,
    /// Addresses that are not in use yet.
    addresses: Vec<Ipv4Addr>,
}

impl Filler {
    /// Creates a filler. The same seed gives the same values; name servers get the given addresses.
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

    /// Returns a copy that keeps all values so far. Later placeholders get values of their own in
    /// each.
    #[must_use]
    pub fn fork(&mut self) -> Filler {
        Filler {
            random: StdRng::seed_from_u64(self.random.random()),
            filled: self.filled.clone(),
            used: self.used.clone(),
            addresses: self.addresses.clone(),
        }
    }

    /// Returns the random generator, for ids and the like.
    pub fn random(&mut self) -> &mut StdRng {
        &mut self.random
    }

    /// Replaces all placeholders of a text. A `<` without its `>` stays.
    pub fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut left = text;
        while let Some((before, rest)) = left.split_once('<') {
            let Some((placeholder, after)) = rest.split_once('>') else {
                break;
            };
            out.push_str(before);
            out.push_str(&self.value(placeholder));
            left = after;
        }
        out + left
    }

    /// Replaces all placeholders, and parses the text as a name; returns the root if it is not one.
    pub fn name(&mut self, text: &str) -> Name {
        self.fill(text).parse().unwrap_or_default()
    }

    /// Returns the address of a name server, the value of `<@shop>`; 0.0.0.0 if none is left.
    pub fn server(&mut self, label: &str) -> Ipv4Addr {
        let text = self.value(&format!("@{label}"));
        text.parse().unwrap_or(Ipv4Addr::UNSPECIFIED)
    }

    fn value(&mut self, placeholder: &str) -> String {
        if let Some(filled) = self.filled.get(placeholder) {
            return filled.clone();
        }
        let filled = self.new_value(placeholder);
        self.filled.insert(placeholder.to_owned(), filled.clone());
        filled
    }

    fn new_value(&mut self, placeholder: &str) -> String {
        if placeholder.starts_with('@') {
            let address = self.addresses.pop().unwrap_or(Ipv4Addr::UNSPECIFIED);
            return address.to_string();
        }
        loop {
            let text = match placeholder.split_once(' ') {
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

    /// Returns a label of six to ten letters: never a special-use name such as `test` or `local`
    /// (RFC 6761).
    fn label(&mut self) -> String {
        const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
        const VOWELS: &[u8] = b"aeiou";
        let syllables = self.random.random_range(3..=5);
        let mut label = String::new();
        for letters in [CONSONANTS, VOWELS].iter().cycle().take(2 * syllables) {
            let index = self.random.random_range(0..letters.len());
            label.extend(letters.get(index).map(|letter| char::from(*letter)));
        }
        label
    }

    /// Returns an address in 198.18.0.0/15, which is reserved for benchmarks (RFC 2544).
    fn ipv4(&mut self) -> Ipv4Addr {
        let [_, b, c, d] = self.random.random::<[u8; 4]>();
        Ipv4Addr::new(198, 18 + b % 2, c, d)
    }

    /// Returns an address in 2001:db8::/32, which is reserved for documentation (RFC 3849).
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
    fn equal_placeholders_have_equal_values_and_another_seed_gives_others() {
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
