//! [`Job`]: the work on one message.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use chase::{Knowledge, ServerSelection, Trace};
use dnsparse::DnsPacket;
use network::{Network, Via};
use quota::Pool;
use recursive::{ThreadRandom, refused};

use super::Service;
use crate::counters::Kind;

/// The work on one message. Dropping it makes room for another.
pub struct Job<N, K, C> {
    pub(super) service: Arc<Service<N, K, C>>,
    pub(super) client: IpAddr,
    pub(super) via: Via,
    pub(super) pool: Pool,
}

impl<N, K, C> Drop for Job<N, K, C> {
    fn drop(&mut self) {
        self.service.guard.leave(self.client, self.pool);
    }
}

impl<N: Network, K: Knowledge, C: ServerSelection> Job<N, K, C> {
    /// Resolves and returns the reply to a message; none where the message gets no reply.
    pub async fn respond(&self, message: &[u8]) -> Option<Vec<u8>> {
        let (service, via) = (&*self.service, self.via);
        let settings = service.settings.load_full();
        let (reply, kind) = match settings.access.allows(self.client) {
            true => service.answer(&settings, message, via).await?,
            false => {
                service.counters.refused.add_one();
                (refused(message, via).await?, Kind::Other)
            }
        };
        service.counters.count_reply(&reply, kind);
        Some(reply)
    }

    /// Fetches the answer of a query anew, although it is cached, and stores the reply to it.
    pub(super) async fn prefetch(&self, message: &[u8]) {
        let service = &*self.service;
        let settings = service.settings.load_full();
        let query = DnsPacket::parse(message).ok();
        let Some(question) = query.as_ref().and_then(DnsPacket::question) else {
            return;
        };
        // A blocked name is not looked up.
        if settings.blocklists.find(&question.qname).is_some() {
            return;
        }
        let resolver = service.recursive.resolver();
        let (rejected, trace) = (BTreeSet::new(), &mut Trace::for_log());
        let resolution =
            (resolver.resolve_again(question, &rejected, &mut ThreadRandom, trace)).await;
        if resolution.failure.is_none() {
            service.answer(&settings, message, self.via).await;
            service.counters.prefetches.add_one();
        }
    }
}
