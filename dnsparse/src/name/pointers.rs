//! [`most_pointers`]: how many compression pointers one name may follow.
//!
//! That each pointer goes backwards (RFC 1035 section 4.1.4) only makes reading end. How long it takes is for the bound here,
//! which [`parse`](crate::parse), [`dissect`](mod@crate::dissect) and [`write`](mod@crate::write) share: a message of
//! 65,535 octets can have 10,900 names that are one pointer each, and each hop waits for the one before it. (Behind 126 pointers each, that took 15 ms.)

use super::MAX_NAME;

/// As many as a name can have labels: a pointer without a label before it gains nothing.
const POINTERS_IN_A_SHORT_MESSAGE: usize = MAX_NAME / 2;
/// What a name may follow however long its message is, and no more in one of 32,768 octets or longer.
///
/// A name has as many pointers as there are names in its message of which each is the tail of the next: one in most
/// messages, three or four in the transfer of a large zone. Go's resolver follows ten and is not known to have refused an
/// honest message. The writer keeps to this, so that what it writes can be read.
pub(crate) const POINTERS_IN_ANY_MESSAGE: usize = 16;
/// This over the message's length is what its names may follow, each: 127 up to 4,128 octets, which is more than comes by UDP,
/// and 34, what the names of IPv6 addresses could have at the very most (RFC 3596 section 2.5), up to 15,420.
const SHARED: usize = 1 << 19;

/// How many compression pointers a name may follow in a message of so many octets.
///
/// It depends on nothing but that, so a name reads the same whatever stood before it, and a fault in it concerns its own
/// record alone. A message has room for a name in every six octets, so that together they follow at most 175,000.
#[inline]
pub(crate) fn most_pointers(length: usize) -> usize {
    let share = SHARED.checked_div(length).unwrap_or(usize::MAX);
    share.clamp(POINTERS_IN_ANY_MESSAGE, POINTERS_IN_A_SHORT_MESSAGE)
}

#[cfg(test)]
mod tests {
    use crate::{DnsPacket, Name, Rdata, Record, RecordType};

    /// A zone in which every name has another below it, each written behind a pointer to the one above; then as many names
    /// below the deepest as fit.
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
    fn what_is_written_can_be_read_however_deep_its_names_are() {
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

    /// A chain of pointers with a label before each, and names that are a pointer to its end.
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
