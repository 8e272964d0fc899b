//! Which of the cached answers applies to a question: records, an alias, or an absence.

use dnsparse::RecordType;
use negative::ResolverCache;
use referral::{Answer, Delegation, NameServer, Negative, ReplyKind};
use tokio::time::Instant;

use crate::parts::{name, record, soa};
use crate::world::{question, root};

/// A cache, and a line for each reply that was stored.
struct Stored {
    cache: ResolverCache,
    now: Instant,
    lines: String,
}

impl Stored {
    fn new() -> Stored {
        Stored {
            cache: ResolverCache::new(root(), 1_000),
            now: Instant::now(),
            lines: String::new(),
        }
    }

    fn store(mut self, qname: &str, qtype: RecordType, kind: ReplyKind) -> Stored {
        let shown = match &kind {
            ReplyKind::Referral(referral) => format!("referral to {}", referral.zone),
            ReplyKind::Answer(answer) => shown(Some(answer.clone())),
            other => format!("{other:?}"),
        };
        self.lines += &format!("{qname} {qtype} ← {shown}\n");
        let question = question(qname, qtype);
        self.cache.store(&name("test"), &question, &kind, self.now);
        self
    }

    /// Stores the answer of one record: an alias is the answer to a question for CNAME.
    fn record(self, text: &str) -> Stored {
        let record = record(text);
        let (owner, rtype) = (record.owner.to_string(), record.rtype());
        let answer = ReplyKind::Answer(Answer::Positive(vec![record]));
        self.store(&owner, rtype, answer)
    }

    fn nxdomain(self, qname: &str) -> Stored {
        let soa = Some(soa(300, 300));
        let kind = ReplyKind::Answer(Answer::NxDomain(Negative { soa }));
        self.store(qname, RecordType::A, kind)
    }

    fn no_data(self, qname: &str, qtype: RecordType) -> Stored {
        let soa = Some(soa(300, 300));
        let kind = ReplyKind::Answer(Answer::NoData(Negative { soa }));
        self.store(qname, qtype, kind)
    }

    fn delegation(mut self, parent: &str, zone: &str) -> Stored {
        let server = NameServer {
            name: name("ns.test"),
            addresses: vec![[192, 0, 2, 2].into()],
        };
        let referral = ReplyKind::Referral(Delegation {
            zone: name(zone),
            ttl: 600,
            servers: vec![server],
        });
        self.lines += &format!("{zone} is delegated by {parent}\n");
        let question = question(zone, RecordType::A);
        self.cache
            .store(&name(parent), &question, &referral, self.now);
        self
    }

    /// Writes the replies that were stored, and the cached answers to some questions.
    fn answers(mut self, questions: &[(&str, RecordType)]) -> String {
        for (qname, qtype) in questions {
            let answer = self.cache.cached_answer(&question(qname, *qtype), self.now);
            self.lines += &format!("→ {qname} {qtype}: {}\n", shown(answer));
        }
        self.lines
    }
}

/// Writes an answer in one line.
fn shown(answer: Option<Answer>) -> String {
    let records = |records: &[dnsparse::Record]| {
        let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
        lines.join(", ").replace('\t', " ")
    };
    match answer {
        None => "nothing".to_owned(),
        Some(Answer::Positive(answer)) => records(&answer),
        Some(Answer::Alias { records, target }) => {
            format!("alias to {target} ({} records)", records.len())
        }
        Some(Answer::NoData(_)) => "no data".to_owned(),
        Some(Answer::NxDomain(_)) => "no such name".to_owned(),
        Some(other) => format!("{other:?}"),
    }
}

/// A server denies a name, by mistake or since it was removed a moment ago; its records are cached
/// for their TTL all the same.
#[test]
fn a_cached_record_comes_before_any_negative_answer() {
    let name_denied = Stored::new()
        .record("www.ax.test. 300 A 192.0.2.80")
        .nxdomain("www.ax.test");
    let above_denied = Stored::new()
        .record("www.ax.test. 300 A 192.0.2.80")
        .nxdomain("ax.test");
    let texts =
        [name_denied, above_denied].map(|stored| stored.answers(&[("www.ax.test", RecordType::A)]));
    insta::assert_snapshot!(texts.join("\n"), @r"
    www.ax.test. A ← www.ax.test. 300 IN A 192.0.2.80
    www.ax.test A ← no such name
    → www.ax.test A: www.ax.test. 300 IN A 192.0.2.80

    www.ax.test. A ← www.ax.test. 300 IN A 192.0.2.80
    ax.test A ← no such name
    → www.ax.test A: www.ax.test. 300 IN A 192.0.2.80
    ");
}

#[test]
fn a_cached_alias_comes_before_any_negative_answer() {
    let stored = Stored::new()
        .record("www.ax.test. 300 CNAME web.test.")
        .no_data("www.ax.test", RecordType::A)
        .nxdomain("ax.test");
    insta::assert_snapshot!(stored.answers(&[
        ("www.ax.test", RecordType::A),
        ("www.ax.test", RecordType::CNAME),
    ]), @r"
    www.ax.test. CNAME ← www.ax.test. 300 IN CNAME web.test.
    www.ax.test A ← no data
    ax.test A ← no such name
    → www.ax.test A: alias to web.test. (1 records)
    → www.ax.test CNAME: www.ax.test. 300 IN CNAME web.test.
    ");
}

/// A zone must not have both at one name, but a cache may: the alias has been replaced by records,
/// or a DNAME above them is newer.
#[test]
fn a_cached_record_comes_before_an_alias() {
    let cname = Stored::new()
        .record("www.test. 300 CNAME web.test.")
        .record("www.test. 300 A 192.0.2.80");
    let dname = Stored::new()
        .record("www.test. 300 A 192.0.2.80")
        .record("test. 300 DNAME example.");
    let questions = [("www.test", RecordType::A), ("www.test", RecordType::TXT)];
    let texts = [cname, dname].map(|stored| stored.answers(&questions));
    insta::assert_snapshot!(texts.join("\n"), @r"
    www.test. CNAME ← www.test. 300 IN CNAME web.test.
    www.test. A ← www.test. 300 IN A 192.0.2.80
    → www.test A: www.test. 300 IN A 192.0.2.80
    → www.test TXT: alias to web.test. (1 records)

    www.test. A ← www.test. 300 IN A 192.0.2.80
    test. DNAME ← test. 300 IN DNAME example.
    → www.test A: www.test. 300 IN A 192.0.2.80
    → www.test TXT: alias to www.example. (2 records)
    ");
}

/// NODATA is about the type in the question, NXDOMAIN about all others.
#[test]
fn nodata_comes_before_nxdomain() {
    let stored = Stored::new()
        .nxdomain("www.test")
        .no_data("www.test", RecordType::MX);
    insta::assert_snapshot!(stored.answers(&[
        ("www.test", RecordType::MX),
        ("www.test", RecordType::A),
        ("a.www.test", RecordType::MX),
    ]), @r"
    www.test A ← no such name
    www.test MX ← no data
    → www.test MX: no data
    → www.test A: no such name
    → a.www.test MX: no such name
    ");
}

/// The parent denies the name that it delegates. The delegation is better evidence, for the name
/// itself and for those below it.
#[test]
fn a_delegation_disproves_nxdomain_for_its_own_name() {
    let stored = Stored::new()
        .delegation(".", "test")
        .nxdomain("shop.test")
        .delegation("test", "shop.test");
    insta::assert_snapshot!(stored.answers(&[
        ("shop.test", RecordType::A),
        ("www.shop.test", RecordType::A),
    ]), @r"
    test is delegated by .
    shop.test A ← no such name
    shop.test is delegated by test
    → shop.test A: nothing
    → www.shop.test A: nothing
    ");
}
