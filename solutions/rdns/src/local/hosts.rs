//! Reads a hosts file (hosts(5)): an address in each line, and the names of the machine that has it.

use std::borrow::Cow;
use std::net::IpAddr;

use dnsparse::{Name, Rdata, Record};

/// The TTL of records that are made from hosts files, in seconds: an edited file is seen soon.
pub const TTL: u32 = 300;

/// Reads one line into an address and the names after it; none for an empty one.
///
/// # Errors
/// A sentence about the fault in the line.
pub fn line(text: &str) -> Result<Option<(IpAddr, Vec<Name>)>, String> {
    let mut words = without_comment(text).split_whitespace();
    let Some(word) = words.next() else {
        return Ok(None);
    };
    // An address with a zone, such as fe80::1%lo0, means something on this machine alone.
    let Ok(address) = word.split('%').next().unwrap_or_default().parse() else {
        return Err(format!(
            "'{word}' is not an address: a line has one, then the names of its machine"
        ));
    };
    let names = words.map(|word| {
        let name = in_ascii(word).parse::<Name>();
        name.map_err(|error| format!("'{word}' is not a name: {error}"))
    });
    let names = names.collect::<Result<Vec<_>, _>>()?;
    match names.is_empty() {
        true => Err(format!("there is no name behind {address}")),
        false => Ok((!word.contains('%')).then_some((address, names))),
    }
}

/// Returns the form in ASCII of a name in other letters (RFC 5891), if it has one.
pub(super) fn in_ascii(name: &str) -> Cow<'_, str> {
    let ascii = (!name.is_ascii()).then(|| idna::domain_to_ascii(name));
    ascii.and_then(Result::ok).map_or(name.into(), Cow::from)
}

/// Returns a line up to its comment.
pub fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

/// Returns the records of a line: the address of each name, and the first name of the address.
pub fn records(address: IpAddr, names: &[Name]) -> Vec<Record> {
    let rdata = match address {
        IpAddr::V4(address) => Rdata::A(address),
        IpAddr::V6(address) => Rdata::Aaaa(address),
    };
    let forward = names
        .iter()
        .map(|name| Record::new(name.clone(), TTL, rdata.clone()));
    let reverse = names.first().zip(reverse_name(address));
    let reverse = reverse.map(|(name, owner)| Record::new(owner, TTL, Rdata::Ptr(name.clone())));
    forward.chain(reverse).collect()
}

/// Returns the name below in-addr.arpa or ip6.arpa that stands for an address (RFC 1035 section
/// 3.5, RFC 3596 section 2.5). There is always one.
fn reverse_name(address: IpAddr) -> Option<Name> {
    let text = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let octets = address.octets();
            let nibbles = octets.iter().rev().flat_map(|it| [it & 0x0f, it >> 4]);
            let labels: String = nibbles.map(|nibble| format!("{nibble:x}.")).collect();
            labels + "ip6.arpa."
        }
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_makes_addresses_and_the_name_of_the_address() {
        for (text, expected) in [
            (
                "192.0.2.7\tnas.lan nas # the box",
                "nas.lan. A 192.0.2.7; nas. A 192.0.2.7; 7.2.0.192.in-addr.arpa. PTR nas.lan.",
            ),
            (
                "2001:db8::7 nas.lan",
                "nas.lan. AAAA 2001:db8::7; 7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR nas.lan.",
            ),
            ("  # nothing", ""),
            ("fe80::1%lo0 localhost", ""),
        ] {
            let (address, names) = line(text).unwrap().unwrap_or(([0; 4].into(), Vec::new()));
            let records = records(address, &names).into_iter();
            let records = records.map(|it| format!("{} {} {}", it.owner, it.rtype(), it.rdata));
            let records = records.filter(|it| !it.starts_with("0.0.0.0"));
            assert_eq!(records.collect::<Vec<_>>().join("; "), expected, "{text}");
        }
    }

    #[test]
    fn a_wrong_line_is_explained() {
        let errors = ["nas.lan 192.0.2.7", "192.0.2.7", "192.0.2.7 nas..lan"];
        let errors = errors.map(|text| line(text).unwrap_err());
        assert!(
            errors[0].starts_with("'nas.lan' is not an address"),
            "{}",
            errors[0]
        );
        assert_eq!(errors[1], "there is no name behind 192.0.2.7");
        assert!(
            errors[2].starts_with("'nas..lan' is not a name: "),
            "{}",
            errors[2]
        );
    }
}
