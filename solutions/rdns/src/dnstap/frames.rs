//! Frame Streams: the framing of dnstap, on a file or a socket.
//!
//! A data frame is its length in four octets, and its content. A length of 0 announces a control
//! frame:
//!
//! ```text
//! +------------------+------------------+------------------+-----------------------------
//! | 0 (4 octets)     | length (4)       | type (4)         | fields: number, length, octets
//! +------------------+------------------+------------------+-----------------------------
//! ```
//!
//! A file has the frames START, data …, STOP. On a socket, both ends first agree on the type of the
//! content:
//!
//! ```text
//!     rdns  ---READY-->  <--ACCEPT---  ---START-->  ---data-->  ...  ---STOP-->  <--FINISH---  collector
//! ```

use std::io::{self, Read, Write};

/// The type of the content.
const CONTENT_TYPE: &[u8] = b"protobuf:dnstap.Dnstap";
/// The field of a control frame that has a content type.
const CONTENT_TYPE_FIELD: u32 = 1;
/// The longest control frame that is read: the bound of the reference implementation.
const MAX_CONTROL: u32 = 512;

/// The type of a control frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Accept = 1,
    Start = 2,
    Stop = 3,
    Ready = 4,
    Finish = 5,
}

/// Appends a data frame.
pub(super) fn append_data(content: &[u8], out: &mut Vec<u8>) {
    // No message is nearly as long as 4 GB.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(content);
}

/// Returns a control frame. All but STOP and FINISH name the type of the content.
pub(super) fn control(control: Control) -> Vec<u8> {
    let mut payload = (control as u32).to_be_bytes().to_vec();
    if !matches!(control, Control::Stop | Control::Finish) {
        payload.extend_from_slice(&CONTENT_TYPE_FIELD.to_be_bytes());
        append_data(CONTENT_TYPE, &mut payload);
    }
    let mut frame = vec![0; 4];
    append_data(&payload, &mut frame);
    frame
}

/// Agrees with a collector on the type of the content.
///
/// # Errors
/// If the connection fails, or the other end is no collector of dnstap.
pub(super) fn open(stream: &mut (impl Read + Write)) -> io::Result<()> {
    stream.write_all(&control(Control::Ready))?;
    let fields = receive(stream, Control::Accept)?;
    if !content_types(&fields).contains(&CONTENT_TYPE) {
        return Err(invalid("the collector does not accept dnstap"));
    }
    stream.write_all(&control(Control::Start))
}

/// Ends a stream, and waits until the collector has taken all of it.
///
/// # Errors
/// If the connection fails.
pub(super) fn close(stream: &mut (impl Read + Write)) -> io::Result<()> {
    stream.write_all(&control(Control::Stop))?;
    receive(stream, Control::Finish).map(drop)
}

/// Receives a control frame of the expected type, and returns its fields.
fn receive(stream: &mut impl Read, expected: Control) -> io::Result<Vec<u8>> {
    let mut number = || -> io::Result<u32> {
        let mut octets = [0; 4];
        stream.read_exact(&mut octets)?;
        Ok(u32::from_be_bytes(octets))
    };
    let (escape, length) = (number()?, number()?);
    if escape != 0 || !(4..=MAX_CONTROL).contains(&length) {
        return Err(invalid("the collector does not speak Frame Streams"));
    }
    if number()? != expected as u32 {
        return Err(invalid(
            "the collector sent another control frame than the one expected",
        ));
    }
    let mut fields = vec![0; length as usize - 4];
    stream.read_exact(&mut fields)?;
    Ok(fields)
}

/// Returns the content types in the fields of a control frame.
fn content_types(mut fields: &[u8]) -> Vec<&[u8]> {
    let mut types = Vec::new();
    while let Some((field, rest)) = number(fields)
        && let Some((length, rest)) = number(rest)
        && let Some((value, rest)) = rest.split_at_checked(length as usize)
    {
        if field == CONTENT_TYPE_FIELD {
            types.push(value);
        }
        fields = rest;
    }
    types
}

fn number(octets: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = octets.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A collector whose octets are written before.
    struct Collector {
        replies: io::Cursor<Vec<u8>>,
        received: Vec<u8>,
    }

    impl Read for Collector {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.replies.read(out)
        }
    }

    impl Write for Collector {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.received.extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Returns the outcome of a handshake with a collector that sends these octets.
    fn opened(replies: Vec<u8>) -> (String, Vec<u8>) {
        let mut collector = Collector {
            replies: io::Cursor::new(replies),
            received: Vec::new(),
        };
        let outcome = match open(&mut collector) {
            Ok(()) => "open".to_owned(),
            Err(error) => error.to_string(),
        };
        (outcome, collector.received)
    }

    #[test]
    fn a_stream_begins_with_the_type_of_its_content() {
        let start = control(Control::Start);
        let expected =
            "000000000000002200000002000000010000001670726f746f6275663a646e737461702e446e73746170";
        assert_eq!(hex::encode(start), expected, "the octets of START");
        assert_eq!(
            hex::encode(control(Control::Stop)),
            "000000000000000400000003",
            "the octets of STOP"
        );
    }

    #[test]
    fn a_collector_that_accepts_gets_a_stream() {
        let (outcome, received) = opened(control(Control::Accept));
        assert_eq!(outcome, "open");
        let expected = [control(Control::Ready), control(Control::Start)].concat();
        assert_eq!(
            hex::encode(received),
            hex::encode(expected),
            "READY and START"
        );
    }

    #[test]
    fn another_collector_gets_no_stream() {
        let accept = control(Control::Accept);
        let mut other = accept.clone();
        let last = other.len() - 1;
        other[last] = b'?';
        let long = [&[0; 4], 513_u32.to_be_bytes().as_slice()].concat();
        for (replies, reason) in [
            (other, "the collector does not accept dnstap"),
            (
                b"HTTP/1.1 400 Bad".to_vec(),
                "the collector does not speak Frame Streams",
            ),
            (long, "the collector does not speak Frame Streams"),
            (
                control(Control::Finish),
                "the collector sent another control frame than the one expected",
            ),
        ] {
            let (outcome, received) = opened(replies.clone());
            let replies = hex::encode(replies);
            assert_eq!(outcome, reason, "the collector sent {replies}");
            let ready = hex::encode(control(Control::Ready));
            assert_eq!(hex::encode(received), ready, "nothing but READY is sent");
        }
        for length in 0..accept.len() {
            let (outcome, _) = opened(accept[..length].to_vec());
            assert_ne!(outcome, "open", "after {length} octets of ACCEPT");
        }
    }
}
