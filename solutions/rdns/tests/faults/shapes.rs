//! Hierarchies that broke the limits of other resolvers: each is resolved with empty caches, in one
//! question, within the budget of upstream queries.

use chase::{BUDGET, QnameMinimisation, Resolver, Trace};
use dnsparse::{Class, Question, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder};
use negative::SharedCache;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};

use crate::{name, summary};

/// A hierarchy, and a question in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) question: (&'static str, RecordType),
    /// RCODE and RDATA, as [`summary`] writes them.
    pub(crate) expected: &'static str,
}

/// The root and the top-level domains, and the zones of each shape.
const ZONES: [&str; 5] = [
    include_str!("shapes/tlds.zones"),
    include_str!("shapes/cdn.zones"),
    include_str!("shapes/eight-servers.zones"),
    include_str!("shapes/ip6-arpa.zones"),
    include_str!("shapes/crossed.zones"),
];

pub(crate) const SHAPES: [Shape; 4] = [
    Shape {
        name: "an alias through four CDNs, servers in other TLDs",
        question: ("www.customer.com", RecordType::A),
        expected: "NOERROR customer.trafficmanager.net. customer.edgesuite.net. customer.map.fastly.net. \
                   customer-17.us-east-1.elb.amazonaws.com. 52.44.197.107",
    },
    Shape {
        name: "eight servers in four TLDs",
        question: ("www.broadcaster.com", RecordType::A),
        expected: "NOERROR 151.101.0.81",
    },
    Shape {
        name: "a name of 34 labels below ip6.arpa",
        question: (
            "3.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.1.0.0.1.8.0.b.8.b.6.0.2.0.a.2.ip6.arpa",
            RecordType::PTR,
        ),
        expected: "NOERROR host.customer.example.",
    },
    Shape {
        name: "TLDs with servers in each other",
        question: ("www.shop.alpha", RecordType::A),
        expected: "NOERROR 192.0.2.80",
    },
];

/// The seeds of the random selection of servers: each choice must lead to the answer.
const SEEDS: std::ops::Range<u64> = 0..32;

/// Returns a lab with all shapes.
pub(crate) fn lab() -> Lab {
    let builder = ZONES
        .iter()
        .fold(LabBuilder::new(), |it, text| it.zones(text));
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

impl Shape {
    /// Resolves the question with empty caches. Returns the number of upstream queries.
    async fn resolve(&self, seed: u64) -> usize {
        let lab = lab();
        let hints = hints_of(lab.root_hints());
        let selector = Selector::new(AddressPolicy::default());
        let cache = SharedCache::new(hints, 100_000);
        let resolver = Resolver::new(lab.clone(), cache)
            .with_selection(selector)
            .with_qname_minimisation(QnameMinimisation::Relaxed);
        let (qname, qtype) = self.question;
        let question = Question {
            qname: name(qname),
            qtype,
            qclass: Class::IN,
        };
        let (mut random, mut trace) = (StdRng::seed_from_u64(seed), Trace::default());
        let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
        let answer = summary(resolution.rcode, &resolution.records);
        assert_eq!(answer, self.expected, "{}, seed {seed}\n{trace}", self.name);
        lab.queries().len()
    }

    /// Returns the greatest number of upstream queries over all seeds.
    pub(crate) async fn upstream_queries(&self) -> usize {
        let mut most = 0;
        for seed in SEEDS {
            most = most.max(self.resolve(seed).await);
        }
        most
    }
}

#[tokio::test(start_paused = true)]
async fn each_shape_is_resolved_within_the_budget() {
    let mut table = String::new();
    for shape in SHAPES {
        let queries = shape.upstream_queries().await;
        assert!(
            queries <= BUDGET,
            "{}: {queries} upstream queries",
            shape.name
        );
        table += &format!("{queries:>3}  {}\n", shape.name);
    }
    insta::assert_snapshot!(table, @r"
     22  an alias through four CDNs, servers in other TLDs
      7  eight servers in four TLDs
      8  a name of 34 labels below ip6.arpa
      6  TLDs with servers in each other
    ");
}
