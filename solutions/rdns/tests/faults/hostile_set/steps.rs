//! [`Counted`]: counts the steps of a resolver that have no trace in the lab: what it unpacks, and
//! what its cache does for it. Unlike CPU time, they are the same in each run.
//!
//! All that a resolver does, it does to messages and to its cache. So two numbers stand for its
//! work: the octets of all names and RDATA that it received, after decompression, each of which is
//! written once; and the operations of its cache, each of which counts one for the lookup, and one for
//! each record or address that goes in or out.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chase::{Knowledge, ResolutionFailure};
use dnsparse::{DnsPacket, Name, Question, Record};
use lab::Lab;
use negative::SharedCache;
use network::{Channel, Network, Via};
use referral::{Answer, Delegation, NameServer, ReplyKind};

/// The steps of one search.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps {
    unpacked: Arc<AtomicUsize>,
    cached: Arc<AtomicUsize>,
}

impl Steps {
    /// Counts what the resolver receives from `inner` or does with it.
    pub(crate) fn count<T>(&self, inner: T) -> Counted<T> {
        Counted {
            inner,
            steps: self.clone(),
        }
    }

    /// Returns the octets of the replies after decompression.
    pub(crate) fn unpacked(&self) -> usize {
        self.unpacked.load(Ordering::Relaxed)
    }

    /// Returns the operations of the cache.
    pub(crate) fn cached(&self) -> usize {
        self.cached.load(Ordering::Relaxed)
    }

    fn add_message(&self, octets: &[u8]) {
        let Ok(packet) = DnsPacket::parse(octets) else {
            return;
        };
        let questions = packet.questions.iter().map(|it| it.qname.wire().len());
        let records = packet.answers.iter().chain(&packet.authorities);
        let records = records.chain(&packet.additionals);
        let records = records.map(|it| it.owner.wire().len() + unpacked_rdata(it));
        let size: usize = questions.chain(records).sum();
        self.unpacked.fetch_add(size, Ordering::Relaxed);
    }

    /// Counts an operation of the cache, with a number of records, and returns its result.
    fn add<T>(&self, result: T, records: impl FnOnce(&T) -> usize) -> T {
        let count = 1 + records(&result);
        self.cached.fetch_add(count, Ordering::Relaxed);
        result
    }
}

fn unpacked_rdata(record: &Record) -> usize {
    record.rdata.octets().map_or(0, |octets| octets.len())
}

/// The network or the cache of a resolver, whose use is counted.
#[derive(Debug, Clone)]
pub(crate) struct Counted<T> {
    inner: T,
    steps: Steps,
}

impl Network for Counted<Lab> {
    type Channel = Counted<<Lab as Network>::Channel>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        Ok(self.steps.count(self.inner.open(server, via).await?))
    }
}

impl<C: Channel> Channel for Counted<C> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.inner.send(message).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let octets = self.inner.receive().await?;
        self.steps.add_message(&octets);
        Ok(octets)
    }
}

impl Knowledge for Counted<SharedCache> {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        let delegation = self.inner.closest_delegation(question);
        self.steps.add(delegation, |it| servers(&it.servers))
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        let answer = self.inner.cached_answer(question);
        self.steps.add(answer, |it| it.as_ref().map_or(0, records))
    }

    fn cached_addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        let addresses = self.inner.cached_addresses(server);
        self.steps
            .add(addresses, |it| it.as_ref().map_or(0, Vec::len))
    }

    fn glue(&self, server: &Name) -> Vec<IpAddr> {
        self.steps.add(self.inner.glue(server), Vec::len)
    }

    fn parent_side(&self, zone: &Name) -> Vec<NameServer> {
        self.steps
            .add(self.inner.parent_side(zone), |it| servers(it))
    }

    fn is_forwarded(&self, zone: &Name) -> bool {
        self.inner.is_forwarded(zone)
    }

    fn port(&self, zone: &Name, server: IpAddr) -> Option<u16> {
        self.inner.port(zone, server)
    }

    fn store(&self, zone: &Name, question: &Question, kind: &ReplyKind) {
        let stored = match kind {
            ReplyKind::Answer(answer) | ReplyKind::LastResort(answer) => records(answer),
            ReplyKind::Referral(to) => servers(&to.servers),
            ReplyKind::Unusable(_) => 0,
        };
        self.steps.add((), |()| stored);
        self.inner.store(zone, question, kind);
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        self.steps.add(self.inner.cached_failure(question), |_| 0)
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        self.steps.add((), |()| 0);
        self.inner.store_failure(question, failure);
    }
}

/// Counts the records of an answer.
fn records(answer: &Answer) -> usize {
    match answer {
        Answer::Positive(records)
        | Answer::Alias { records, .. }
        | Answer::NameTooLong(records) => records.len(),
        Answer::NoData(_) | Answer::NxDomain(_) => 1,
    }
}

/// Counts the names and the addresses of servers.
fn servers(servers: &[NameServer]) -> usize {
    servers.iter().map(|it| 1 + it.addresses.len()).sum()
}
