//! The place of a validator (given): it resolves in place of the resolver, and completes the reply.

use std::sync::Arc;

use chase::{Dnssec, Resolution, Resolver, Security, Trace};
use dnsparse::{DnsPacket, Question, Rcode, Record, RecordType};
use negative::SharedCache;
use rdns::validation::FutureResolution;
use rdns::{AccessControl, Recursive, SpecialNames, Validation};
use select::{AddressPolicy, Selector};

use crate::world::{LOCAL, ask_from, hints, query, text_of, world};

fn record(text: &str) -> Record {
    text.parse().unwrap()
}

/// Finds one address, with a TXT record in place of each signature and proof, and sets AD.
#[derive(Debug)]
struct Validator;

impl Validation for Validator {
    fn resolve<'v>(
        &'v self,
        question: &'v Question,
        _trace: &'v mut Trace,
    ) -> FutureResolution<'v> {
        let dnssec = Dnssec {
            security: Security::Secure,
            reason: None,
            signatures: vec![record("www.shop.example. 60 TXT signature")],
            proofs: vec![record("shop.example. 999999 TXT proof")],
        };
        let resolution = Resolution {
            rcode: Rcode::NOERROR,
            records: vec![record(&format!("{} 60 A 192.0.2.99", question.qname))],
            soa: Some(record("shop.example. 900 SOA ns. mail. 1 2 3 4 300")),
            failure: None,
            queries: 0,
            dnssec: Some(Box::new(dnssec)),
        };
        Box::pin(async { resolution })
    }

    fn complete(&self, _query: &DnsPacket, reply: &mut DnsPacket, resolution: &Resolution) {
        reply.header.ad = resolution.dnssec.is_some();
    }
}

/// A client with DO gets signatures and proofs, and any other client does not. No TTL is longer than
/// a day, and that of an SOA is no longer than its minimum.
#[tokio::test(start_paused = true)]
async fn a_validator_resolves_and_completes_the_reply() {
    let lab = world();
    let resolver = Resolver::new(lab.clone(), SharedCache::new(hints(), 1_000))
        .with_selection(Selector::new(AddressPolicy::default()));
    let server = Recursive::new(
        resolver,
        100,
        SpecialNames::new(&["test."]),
        AccessControl::default(),
    );
    let server = server.with_validation(Arc::new(Validator));
    let mut lines = String::new();
    for do_bit in [false, true] {
        let mut query = query("www.shop.example", RecordType::A);
        if let Some(edns) = &mut query.edns {
            edns.do_bit = do_bit;
        }
        let reply = ask_from(&server, LOCAL, &query).await;
        let (shown, ad) = (if do_bit { "DO" } else { "no DO" }, reply.header.ad);
        lines += &format!("{shown}, AD {}: {}\n", u8::from(ad), text_of(&reply));
    }
    let queries = lab.queries().len();
    insta::assert_snapshot!(format!("{lines}upstream queries: {queries}"));
}
