//! Resolves a name from the root in this program: `--trace` and `--validate`.

use std::sync::Arc;

use chain::TrustAnchors;
use chase::{Resolver, Trace};
use crypto::Ring;
use dnsparse::{DnsPacket, Question};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::Network;
use rand::rngs::StdRng;
use recursive::reply::fill;
use transport::Sockets;

use super::{Arguments, ClientError};
use crate::dnssec::clock::Clock;
use crate::dnssec::exceptions::Exceptions;
use crate::dnssec::reply::complete;
use crate::dnssec::setup::{lab_anchors, read_anchors};
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
    let mut reply = DnsPacket::reply_to(query);
    reply.header.ra = true;
    let steps = match (arguments.validate, arguments.lab) {
        (false, true) => walk(arguments, Lab::internet(), question, &mut reply).await,
        (false, false) => walk(arguments, Sockets, question, &mut reply).await,
        (true, true) => validate(arguments, Lab::signed_internet(), query, &mut reply).await?,
        (true, false) => validate(arguments, Sockets, query, &mut reply).await?,
    };
    if arguments.short {
        return Ok(format!("{steps}\n\n{}", show::short(&reply)));
    }
    let mut parts = vec![steps, show::header(&reply)];
    parts.extend(show::section("ANSWER", &reply.answers));
    parts.extend(show::section("AUTHORITY", &reply.authorities));
    Ok(parts.join("\n\n"))
}

/// Resolves a question into `reply`, and returns the trace.
async fn walk<N: Network>(
    arguments: &Arguments,
    network: N,
    question: &Question,
    reply: &mut DnsPacket,
) -> String {
    let resolver = Resolver::new(network, root_hints())
        .with_qname_minimisation(arguments.qname_minimisation.into());
    let mut trace = Trace::default();
    let mut random: StdRng = rand::make_rng();
    let resolution = resolver.resolve(question, &mut random, &mut trace).await;
    fill(reply, &resolution);
    trace.to_string()
}

/// Resolves and validates the question of a query into `reply`, and returns the chain of trust; with
/// `--trace`, all queries too.
async fn validate<N: Network>(
    arguments: &Arguments,
    network: N,
    query: &DnsPacket,
    reply: &mut DnsPacket,
) -> Result<String, ClientError> {
    let state = TrustState::new(settings(arguments)?);
    let cache = SharedCache::new(root_hints(), RECORDS);
    let resolver = Resolver::new(network, cache)
        .with_signatures(state.keeper())
        .with_qname_minimisation(arguments.qname_minimisation.into());
    let validator = Validator::new(Arc::new(resolver), state);
    let (mut trace, mut explanation) = (Trace::default(), Explanation::default());
    // The reader wants to know whether the answer is secure.
    let mut query = query.clone();
    query.header.ad = true;
    if let Some(question) = query.question() {
        let resolution = validator.explain(question, &mut trace, &mut explanation);
        let resolution = resolution.await;
        fill(reply, &resolution);
        complete(&query, reply, &resolution);
        if let Some(failure) = &resolution.failure {
            return Ok(format!("{trace}\n\n;; Validation: none, {failure}"));
        }
    }
    let Explanation { links, status } = explanation;
    let links: Vec<_> = links.iter().map(|link| format!("  {link}")).collect();
    let shown = match arguments.trace {
        true => trace.to_string(),
        false => links.join("\n"),
    };
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    Ok(format!("{shown}\n\n;; Validation: {status}"))
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
        clock: match arguments.lab {
            true => Clock::set_to(lab::signed::NOW),
            false => Clock::System,
        },
        capacity: RECORDS,
        crypto: Arc::new(Ring),
    })
}
