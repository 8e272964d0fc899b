//! Masks of the header's second 16 bits, as in the diagram at [`Header`](crate::Header), and of the
//! flags of EDNS.

pub(crate) const QR: u16 = 0x8000;
pub(crate) const OPCODE: u16 = 0x7800;
pub(crate) const OPCODE_SHIFT: u32 = 11;
pub(crate) const AA: u16 = 0x0400;
pub(crate) const TC: u16 = 0x0200;
pub(crate) const RD: u16 = 0x0100;
pub(crate) const RA: u16 = 0x0080;
pub(crate) const Z: u16 = 0x0040;
pub(crate) const AD: u16 = 0x0020;
pub(crate) const CD: u16 = 0x0010;
pub(crate) const RCODE: u16 = 0x000f;
/// The top bit of the lower half of OPT's TTL (RFC 6891 section 6.1.4).
pub(crate) const DO: u16 = 0x8000;
