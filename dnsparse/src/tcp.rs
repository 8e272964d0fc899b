//! Messages in a TCP stream: each with two octets of length before it (RFC 1035 section 4.2.2).

use alloc::vec::Vec;

use crate::error::WriteError;
use crate::types::DnsPacket;

/// Splits the first message off the octets of a stream: returns the message without its length, and
/// the octets after it; or `None` if not all of it is there yet.
///
/// A zone transfer is many messages one after another (RFC 5936 section 2.2).
///
/// ```
/// use dnsparse::tcp;
///
/// let stream = [0, 3, 1, 2, 3, 0, 1, 4, 0, 9];
/// let (first, rest) = tcp::split(&stream).expect("a message");
/// let (second, rest) = tcp::split(rest).expect("a message");
/// assert_eq!((first, second), ([1, 2, 3].as_slice(), [4].as_slice()));
/// assert_eq!(tcp::split(rest), None);
/// ```
pub fn split(stream: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = stream.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// Lists the messages of a stream, up to the one that is not all there.
///
/// ```
/// use dnsparse::tcp;
///
/// let lengths: Vec<_> = tcp::messages(&[0, 1, 7, 0, 2, 8, 8, 0, 5]).map(<[u8]>::len).collect();
/// assert_eq!(lengths, [1, 2]);
/// ```
pub fn messages(mut stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let (message, rest) = split(stream)?;
        stream = rest;
        Some(message)
    })
}

impl DnsPacket {
    /// Writes the message with its length before it into `out`, in place of its contents. One
    /// buffer makes one segment, where a length that is sent alone may make two (RFC 7766 section
    /// 8).
    ///
    /// # Errors
    /// Those of [`DnsPacket::write`]. Then `out` is empty.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType, tcp};
    ///
    /// let query = DnsPacket::query(7, "example.com".parse()?, RecordType::AXFR);
    /// let mut out = Vec::new();
    /// query.write_tcp_into(&mut out)?;
    /// assert_eq!(tcp::split(&out), Some((query.write()?.as_slice(), [].as_slice())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_tcp_into(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        self.write_into(out)?;
        // A message that was written has at most 65,535 octets.
        let length = out.len() as u16;
        out.splice(..0, length.to_be_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_split_off_once_all_of_it_is_there() {
        let stream = [&[0, 0, 0, 2, 1, 2, 1, 0][..], &[7; 256]].concat();
        for length in 0..=stream.len() {
            let expected = match length {
                0..2 => 0,
                2..6 => 1,
                6..264 => 2,
                _ => 3,
            };
            assert_eq!(
                messages(&stream[..length]).count(),
                expected,
                "of {length} octets"
            );
        }
    }
}
