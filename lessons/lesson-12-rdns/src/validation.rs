//! [`Validation`]: where lesson 20 puts the validator (given).
//!
//! Without one, a resolution is what the search found, and no reply has AD set.

use std::fmt;
use std::pin::Pin;

use chase::{Resolution, Trace};
use dnsparse::{DnsPacket, Question};

/// The resolution that will be there.
pub type FutureResolution<'v> = Pin<Box<dyn Future<Output = Resolution> + Send + 'v>>;

/// Resolves questions, and validates the answers.
pub trait Validation: fmt::Debug + Send + Sync + 'static {
    /// Finds the answer to a question, and validates it. All clients of a flight share the result,
    /// so a bogus answer is part of it: some clients may have set CD.
    fn resolve<'v>(&'v self, question: &'v Question, trace: &'v mut Trace) -> FutureResolution<'v>;

    /// Completes a reply that was filled from such a resolution: by the security status, and by the
    /// flags of the client's query.
    fn complete(&self, query: &DnsPacket, reply: &mut DnsPacket, resolution: &Resolution);
}
