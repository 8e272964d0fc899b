//! [`pointer_limit`]: how many compression pointers one name may follow.
//!
//! That each pointer goes backwards (RFC 1035 section 4.1.4) only makes parsing end. The bound here
//! limits how long it takes; [`parse`](mod@crate::parse), [`dissect`](mod@crate::dissect) and
//! [`write`](mod@crate::write) share it. A message of 65,535 octets can have 10,900 names that are
//! one pointer each, and each hop waits for the one before it. (With 126 hops for each name, that
//! took 15 ms.)

use crate::name::MAX_NAME;

/// The limit in a short message: as many pointers as a name can have labels, since a pointer
/// without a label before it gains nothing.
const MAX_LIMIT: usize = MAX_NAME / 2;
/// The limit in a message of 32,768 octets or more, and the least that it ever is.
///
/// A name has as many pointers as there are names in its message of which each is the tail of the
/// next: one in most messages, three or four in the transfer of a large zone. Go's resolver follows
/// ten and is not known to have refused an honest message. The writer keeps to this limit, so that
/// every message that it writes can be parsed.
pub(crate) const MIN_LIMIT: usize = 16;
/// Pointers times octets: the limit is this, divided by the message's length. That makes 127 up to
/// 4,128 octets, more than a message over UDP has; and 34 up to 15,420 octets, the most that names
/// of IPv6 addresses could have (RFC 3596 section 2.5).
const BUDGET: usize = 1 << 19;

/// Returns how many compression pointers a name may follow in a message of the given length.
///
/// The limit depends on the length alone. So a name parses the same whatever stood before it, and a
/// fault in it concerns its own record alone. A message has room for a name in every six octets, so
/// all names together follow at most 175,000 pointers.
#[inline]
pub(crate) fn pointer_limit(length: usize) -> usize {
    let share = BUDGET.checked_div(length).unwrap_or(usize::MAX);
    share.clamp(MIN_LIMIT, MAX_LIMIT)
}

#[cfg(test)]
mod tests {
    use crate::{DnsPacket, Name, Rdata, Record, RecordType};

    /// A zone in which every name has another below it, each written with a pointer to the one
    /// above; then as many names below the deepest one as fit.
    fn nested(depth: usize) -> DnsPacket {
        let names = (1..=depth).map(|labels| "a.".repeat(labels));
        let below = (0..3_000).map(|host| format!("h{host}.{}", "a.".repeat(depth)));
        let mut packet = DnsPacket::query(1, Name::ROOT, RecordType::AXFR);
        packet.answers = names
            .chain(below)
            .map(|owner| Record::new(owner.parse().unwrap(), 60, Rdata::A([192, 0, 2, 1].into())))
            .collect();
        packet
    }

    #[test]
    fn written_messages_parse_however_deep_their_names_are() {
        for depth in [1, 14, 15, 16, 17, 34, 60, 120] {
            let packet = nested(depth);
            let limit = [4_000, 16_384, 65_535];
            for written in limit.map(|limit| packet.write_within(limit).unwrap()) {
                let read = DnsPacket::parse(&written).unwrap();
                assert_eq!(read.answers, packet.answers[..read.answers.len()]);
                assert!(read.answers.len() > depth || written.len() < 4_000);
            }
        }
    }

    /// A chain of pointers with a label before each, then names that are a pointer to its end.
    fn chain(pointers: usize, length: usize) -> Vec<u8> {
        let mut message = vec![0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut last = None;
        let mut questions = 0_u16;
        while message.len() < length {
            let place = message.len() as u16 | 0xc000;
            match last {
                None => message.extend_from_slice(&[1, b'a', 0]),
                Some(last) if usize::from(questions) < pointers => {
                    message.extend_from_slice(&[1, b'a']);
                    message.extend_from_slice(&u16::to_be_bytes(last));
                }
                Some(last) => message.extend_from_slice(&u16::to_be_bytes(last)),
            }
            if usize::from(questions) < pointers {
                last = Some(place);
            }
            message.extend_from_slice(&[0, 1, 0, 1]);
            questions += 1;
        }
        message[4..6].copy_from_slice(&questions.to_be_bytes());
        message
    }

    #[test]
    fn the_longer_a_message_the_fewer_pointers_a_name_may_follow() {
        let outcome = |pointers, length| match DnsPacket::parse(&chain(pointers, length)) {
            Ok(packet) => packet.questions.last().unwrap().qname.label_count(),
            Err(_) => 0,
        };
        assert_eq!(outcome(127, 4_100), 127);
        assert_eq!((outcome(34, 15_400), outcome(35, 15_400)), (34, 0));
        assert_eq!((outcome(16, 65_500), outcome(17, 65_500)), (16, 0));
        assert_eq!(
            DnsPacket::parse(&chain(17, 65_500))
                .unwrap_err()
                .to_string(),
            "question[17].qname at octet 147: more than 16 compression pointers in one name"
        );
    }
}
