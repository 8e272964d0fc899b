//! Padding of queries and replies: encryption hides the octets of a message, but not how many there are.

use dnsparse::{DnsPacket, EdnsOption};

/// Padded queries have a multiple of this many octets (RFC 8467 section 4.1).
const QUERY_BLOCK: usize = 128;
/// Padded replies have a multiple of this many octets (RFC 8467 section 4.1).
const BLOCK: usize = 468;

/// Pads a query that has EDNS; another one stays as it is, and so does one that is padded already.
pub fn pad_query(query: &mut DnsPacket) {
    let is_padding = |option: &EdnsOption| matches!(option, EdnsOption::Padding(_));
    let edns = query.edns.as_ref();
    if edns.is_some_and(|edns| !edns.options.iter().any(is_padding)) {
        // A query that cannot be written is an error when it is sent.
        let _ = add_padding(query, QUERY_BLOCK);
    }
}

/// Pads a reply, if its query has the option Padding (RFC 7830 section 4). A reply that does not
/// parse, or would become too large, stays as it is.
pub fn padded(query: &[u8], reply: Vec<u8>) -> Vec<u8> {
    if !asks_for_padding(query) {
        return reply;
    }
    pad(&reply).unwrap_or(reply)
}

fn asks_for_padding(query: &[u8]) -> bool {
    let query = DnsPacket::parse(query).ok();
    let edns = query.and_then(|query| query.edns);
    edns.is_some_and(|edns| {
        let mut options = edns.options.iter();
        options.any(|option| matches!(option, EdnsOption::Padding(_)))
    })
}

fn pad(reply: &[u8]) -> Option<Vec<u8>> {
    let mut packet = DnsPacket::parse(reply).ok()?;
    add_padding(&mut packet, BLOCK)?;
    packet.write().ok()
}

/// Adds the option Padding, so that the message has a multiple of `block` octets.
fn add_padding(packet: &mut DnsPacket, block: usize) -> Option<()> {
    packet.edns.as_mut()?.options.push(EdnsOption::Padding(0));
    let size = packet.write().ok()?.len();
    let count = u16::try_from(size.next_multiple_of(block) - size).ok()?;
    *packet.edns.as_mut()?.options.last_mut()? = EdnsOption::Padding(count);
    Some(())
}

#[cfg(test)]
mod tests {
    use dnsparse::{Edns, RecordType};

    use super::*;

    fn message(options: Vec<EdnsOption>) -> Vec<u8> {
        let name = "www.example.com".parse().unwrap();
        let mut packet = DnsPacket::query(7, name, RecordType::A);
        packet.edns = Some(Edns {
            options,
            ..Edns::default()
        });
        packet.write().unwrap()
    }

    #[test]
    fn a_reply_has_a_multiple_of_468_octets_if_the_query_is_padded() {
        let plain = message(Vec::new());
        let reply = padded(&message(vec![EdnsOption::Padding(1)]), plain.clone());
        assert_eq!(reply.len(), BLOCK, "octets of a padded reply");
        assert_eq!(padded(&plain, plain.clone()), plain, "without the option");
        let not_a_message = vec![1, 2, 3];
        let query = message(vec![EdnsOption::Padding(1)]);
        assert_eq!(padded(&query, not_a_message.clone()), not_a_message);
    }

    #[test]
    fn a_query_has_a_multiple_of_128_octets_once_it_is_padded() {
        let sizes = |name: &str| {
            let mut query = DnsPacket::query(7, name.parse().unwrap(), RecordType::A);
            let mut sizes = Vec::new();
            for edns in [None, Some(Edns::default())] {
                query.edns = edns;
                pad_query(&mut query);
                pad_query(&mut query);
                sizes.push(query.write().unwrap().len());
            }
            sizes
        };
        assert_eq!(sizes("a.test"), [24, 128], "without and with EDNS");
        assert_eq!(sizes(&format!("{}test", "a.".repeat(50))), [122, 256]);
    }
}
