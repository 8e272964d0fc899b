//! The libraries: each visits a message with its own types, and writes a message from them.

mod dnsparse;
mod domain;
mod hickory;
mod simple;

/// Work to repeat: returns the sum of a visit, or the length of a written message.
pub type Work<'m> = Box<dyn Fn() -> u64 + 'm>;

pub struct Peer {
    pub name: &'static str,
    /// Parses the message and visits every field.
    pub reader: for<'m> fn(&'m [u8]) -> Work<'m>,
    /// Writes the message with compression; it was parsed beforehand.
    pub writer: for<'m> fn(&'m [u8]) -> Work<'m>,
}

pub fn peers() -> [Peer; 4] {
    [
        Peer {
            name: "dnsparse",
            reader: dnsparse::reader,
            writer: dnsparse::writer,
        },
        Peer {
            name: "domain",
            reader: domain::reader,
            writer: domain::writer,
        },
        Peer {
            name: "simple-dns",
            reader: simple::reader,
            writer: simple::writer,
        },
        Peer {
            name: "hickory-proto",
            reader: hickory::reader,
            writer: hickory::writer,
        },
    ]
}
