//! [`Recursive`]: a resolver (lesson 8) that answers as a server does (lesson 5).

use chase::{Resolution, Resolver, Trace};
use dnsparse::{DnsPacket, Rcode};
use network::Network;
use rand::rngs::StdRng;
use serve::Handler;
use serve::manners::set_rcode;

/// Answers by finding out.
#[derive(Debug, Clone)]
pub struct Recursive<N> {
    resolver: Resolver<N>,
}

impl<N: Network> Recursive<N> {
    /// A recursive server that resolves so.
    pub fn new(resolver: Resolver<N>) -> Recursive<N> {
        Recursive { resolver }
    }

    /// Fills the reply to a query, and tells what was done for it.
    pub async fn answer(&self, query: &DnsPacket, reply: &mut DnsPacket) -> Trace {
        let mut trace = Trace::default();
        reply.header.ra = true;
        let Some(question) = query.question() else {
            return trace;
        };
        if !query.header.rd {
            // Without RD only what is known already may be told (RFC 1034 section 4.3.1), and nothing is kept here yet.
            reply.header.rcode = Rcode::REFUSED;
            return trace;
        }
        // Ids have to be unforeseeable; this generator is seeded by the system, and can move between threads.
        let mut random: StdRng = rand::make_rng();
        let resolution = self
            .resolver
            .resolve(question, &mut random, &mut trace)
            .await;
        fill(reply, resolution);
        trace
    }
}

impl<N: Network> Handler for Recursive<N> {
    async fn handle(&self, query: &DnsPacket, reply: &mut DnsPacket) {
        self.answer(query, reply).await;
    }
}

/// A resolution as the sections of a reply. AA stays clear: what is told here, others are in charge of.
fn fill(reply: &mut DnsPacket, resolution: Resolution) {
    let Resolution {
        rcode,
        records,
        soa,
        ..
    } = resolution;
    set_rcode(reply, rcode);
    reply.answers = records;
    reply.authorities = soa.into_iter().collect();
}
