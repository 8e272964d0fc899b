//! The header's flags, and the RCODE between header and OPT record.

use crate::error::WriteError;
use crate::types::{DnsPacket, Header, Opcode, Rcode};
use crate::wire::flags;

/// The largest opcode and the largest RCODE that the header's four bits can hold.
const MAX_IN_HEADER: u16 = 0xf;
/// The largest RCODE with the eight bits that EDNS adds (RFC 6891 section 6.1.3).
const MAX_WITH_EDNS: u16 = 0xfff;

/// Returns the header to write, with only the low four bits of the RCODE. The others are written in
/// the OPT record, which must be there if they are not zero.
#[inline]
pub(super) fn split_rcode(packet: &DnsPacket) -> Result<Header, WriteError> {
    let (rcode, opcode) = (packet.rcode(), packet.header.opcode);
    let limit = match packet.edns {
        Some(_) => MAX_WITH_EDNS,
        None => MAX_IN_HEADER,
    };
    if rcode.0 > limit || u16::from(opcode.0) > MAX_IN_HEADER {
        return Err(refusal(opcode, rcode, limit));
    }
    Ok(Header {
        rcode: Rcode(rcode.0 & MAX_IN_HEADER),
        ..packet.header
    })
}

#[cold]
fn refusal(opcode: Opcode, rcode: Rcode, limit: u16) -> WriteError {
    if rcode.0 > limit {
        WriteError::RcodeTooLarge { rcode, limit }
    } else {
        WriteError::OpcodeTooLarge { opcode }
    }
}

/// Puts together the header's second 16 bits, as in the diagram at [`Header`].
pub(super) fn header_bits(header: &Header) -> u16 {
    let flag = |set: bool, mask: u16| if set { mask } else { 0 };
    flag(header.qr, flags::QR)
        | u16::from(header.opcode.0) << flags::OPCODE_SHIFT & flags::OPCODE
        | flag(header.aa, flags::AA)
        | flag(header.tc, flags::TC)
        | flag(header.rd, flags::RD)
        | flag(header.ra, flags::RA)
        | flag(header.z, flags::Z)
        | flag(header.ad, flags::AD)
        | flag(header.cd, flags::CD)
        | header.rcode.0 & flags::RCODE
}
