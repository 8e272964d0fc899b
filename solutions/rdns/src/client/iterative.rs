//! Resolves a name from the root in this program: `--trace` and `--validate`.

use std::sync::Arc;

use chain::TrustAnchors;
use chase::{InOrder, Resolver, Trace};
use crypto::Ring;
use dnsparse::{DnsPacket, Question};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::Network;
use recursive::reply::fill;
use transport::Sockets;
use trust::exceptions::Exceptions;

use super::{Arguments, ClientError};
use crate::dnssec::reply::complete;
use crate::dnssec::setup::{clock, lab_anchors, read_anchors};
use crate::dnssec::trust_state::{TrustSettings, TrustState};
use crate::dnssec::validator::{Explanation, Validator};

/// The capacity of each cache in records: DS and DNSKEY records are needed for one zone after the
/// other, and not to be fetched from the root each time.
const RECORDS: usize = 10_000;

/// Resolves iteratively from the root, and returns the text to show: the queries, the chain of trust,
/// and the result.
pub(super) async fn resolve(
    arguments: &Arguments,
    query: &DnsPacket,
) -> Result<String, ClientError> {
    let Some(question) = query.question() else {
        return Ok(String::new());
    };
    // The reader wants to know whether the answer is secure.
    let mut query = query.clone();
    query.header.ad = true;
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = true;
    reply.edns = query.edns.clone();
    let settings = settings(arguments)?;
    let steps = match arguments.lab {
        true => {
            let search = search(arguments, Lab::signed_internet(), settings);
            search.explain(&query, question, &mut reply).await
        }
        false => {
            let search = search(arguments, Sockets, settings);
            search.explain(&query, question, &mut reply).await
        }
    };
    if arguments.short {
        return Ok(format!("{steps}\n\n{}", show::short(&reply)));
    }
    let mut parts = vec![steps, show::header(&reply)];
    parts.extend(show::section("ANSWER", &reply.answers));
    parts.extend(show::section("AUTHORITY", &reply.authorities));
    Ok(parts.join("\n\n"))
}

/// A validator, and what is shown of its work.
struct Search<'a, N> {
    arguments: &'a Arguments,
    validator: Validator<N, SharedCache, InOrder>,
}

fn search<N: Network>(arguments: &Arguments, network: N, settings: TrustSettings) -> Search<'_, N> {
    let state = TrustState::new(settings);
    let cache = SharedCache::new(root_hints(), RECORDS);
    let resolver = Resolver::new(network, cache)
        .with_signatures(state.keeper())
        .with_qname_minimisation(arguments.qname_minimisation.into());
    Search {
        arguments,
        validator: Validator::new(Arc::new(resolver), state),
    }
}

impl<N: Network> Search<'_, N> {
    /// Resolves and validates a question into `reply`, and returns the text about it.
    async fn explain(
        &self,
        query: &DnsPacket,
        question: &Question,
        reply: &mut DnsPacket,
    ) -> String {
        let (mut trace, mut explanation) = (Trace::default(), Explanation::default());
        let validated = self
            .validator
            .explain(question, &mut trace, &mut explanation);
        let resolution = validated.await;
        fill(reply, &resolution);
        complete(query, reply, &resolution);
        // There was no message, hence no OPT record to show: the reason is in the text.
        reply.edns = None;
        if let Some(failure) = &resolution.failure {
            return format!("{trace}\n\n;; Validation: none, {failure}");
        }
        let Explanation {
            search,
            links,
            status,
            ..
        } = explanation;
        let links: Vec<_> = links.iter().map(|link| format!("  {link}")).collect();
        let chain = links.join("\n");
        let Arguments {
            trace: with_search,
            validate,
            ..
        } = self.arguments;
        let shown = match (with_search, validate) {
            (true, true) => trace.to_string(),
            (true, false) => format!("{search}\n\n;; Chain of trust:\n{chain}"),
            (false, _) => chain,
        };
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        format!("{shown}\n\n;; Validation: {status}")
    }
}

/// Returns what the validator starts with.
fn settings(arguments: &Arguments) -> Result<TrustSettings, ClientError> {
    let anchors = match &arguments.trust_anchor {
        Some(path) => read_anchors(path)?,
        None if arguments.lab => lab_anchors(),
        None => TrustAnchors::iana(),
    };
    Ok(TrustSettings {
        anchors,
        exceptions: Exceptions::default(),
        clock: clock(arguments.lab),
        // One name is asked for.
        aggressive_nsec: false,
        capacity: RECORDS,
        crypto: Arc::new(Ring),
    })
}
