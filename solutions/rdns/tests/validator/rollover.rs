//! Trust anchors that follow the root's keys (RFC 5011), over half a year of virtual time: the keys are
//! signed in the test, and the servers are those of a small lab.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chain::TrustAnchors;
use chase::Resolver;
use crypto::Ring;
use dnsparse::{DnsPacket, Name, Rdata, Record, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, Reaction, no_reply, repeat, replies};
use negative::SharedCache;
use network::Via;
use programs::dnssec::clock::Clock;
use programs::dnssec::managed::ManagedAnchors;
use programs::dnssec::trust_state::{TrustSettings, TrustState};
use tempfile::TempDir;
use tokio::time::sleep;
use trust::exceptions::Exceptions;

use super::signer::{INCEPTION, Key, record};

const DAY: Duration = Duration::from_secs(86_400);

/// Makes a key that its owner has withdrawn.
fn revoked(seed: u8) -> Key {
    let mut key = Key::new(seed);
    key.dnskey.flags |= 0x80;
    key
}

/// The root's servers, and a resolver that trusts the key of seed 1.
struct Root {
    lab: Lab,
    /// The root's DNSKEY RRset with its signatures.
    keys: Arc<Mutex<Vec<Record>>>,
    state: Arc<TrustState>,
    resolver: Resolver<Lab, SharedCache>,
    folder: TempDir,
    /// The TTL of the keys.
    ttl: u32,
    lines: Mutex<Vec<String>>,
}

const SERVERS: [&str; 2] = ["192.0.2.1:53", "192.0.2.2:53"];

impl Root {
    fn new() -> Root {
        Root::with_ttl(6 * 3_600)
    }

    fn with_ttl(ttl: u32) -> Root {
        let zone = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n@ 60 NS ns\n@ 60 NS ns2\nns 60 A 192.0.2.1\nns2 60 A 192.0.2.2";
        let lab = LabBuilder::new().zone(".", zone).build();
        let lab = lab.expect("the zone is right");
        let mut anchors = TrustAnchors::new();
        anchors.add_ds(Name::ROOT, Key::new(1).ds(&Name::ROOT));
        let state = TrustState::new(TrustSettings {
            anchors,
            exceptions: Exceptions::default(),
            clock: Clock::set_to(INCEPTION),
            aggressive_nsec: true,
            capacity: 1_000,
            crypto: Arc::new(Ring),
        });
        let cache = SharedCache::new(hints_of(lab.root_hints()), 1_000);
        let resolver = Resolver::new(lab.clone(), cache).with_signatures(state.keeper());
        let root = Root {
            lab,
            keys: Arc::default(),
            state,
            resolver,
            folder: TempDir::new().expect("a folder"),
            ttl,
            lines: Mutex::default(),
        };
        root.publish(&[&Key::new(1)], &[&Key::new(1)]);
        root.script_all(&root.server());
        root
    }

    /// Has the root publish keys, signed by some of them.
    fn publish(&self, keys: &[&Key], signers: &[&Key]) {
        *self.keys.lock().expect("no test has panicked") = self.rrset(keys, signers);
    }

    /// Makes a DNSKEY RRset of the root with the signatures of some keys.
    fn rrset(&self, keys: &[&Key], signers: &[&Key]) -> Vec<Record> {
        let dnskey = |key: &&Key| Record {
            ttl: self.ttl,
            ..record(&Name::ROOT, Rdata::Dnskey(Box::new(key.dnskey.clone())))
        };
        let records: Vec<Record> = keys.iter().map(dnskey).collect();
        let signatures = signers.iter().map(|key| key.sign(&Name::ROOT, &records));
        records.iter().cloned().chain(signatures).collect()
    }

    fn script_all(&self, reaction: &Reaction) {
        for server in SERVERS {
            self.script(server, reaction.clone());
        }
    }

    fn script(&self, server: &str, reaction: Reaction) {
        let server = server.parse().expect("an address");
        self.lab.script(server, Via::Udp, [repeat(reaction)]);
    }

    /// Returns the reaction of a server with the keys of the moment.
    fn server(&self) -> Reaction {
        server_of(&self.keys)
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("anchors")
    }

    fn managed(&self, file: &Path) -> ManagedAnchors {
        let mut configured = TrustAnchors::new();
        configured.add_ds(Name::ROOT, Key::new(1).ds(&Name::ROOT));
        ManagedAnchors::load(file, &configured).expect("the file is right")
    }

    fn day(&self) -> u32 {
        (self.state.now() - INCEPTION) / 86_400
    }

    fn note(&self, line: &str) {
        let line = format!("day {}: {line}", self.day());
        self.lines.lock().expect("no test has panicked").push(line);
    }

    /// Waits, and writes down which keys are trusted then.
    async fn wait(&self, days: u32) {
        sleep(DAY * days).await;
        let anchors = self.state.anchors();
        let trusted = anchors.of(&Name::ROOT).iter();
        let seed = |ds: &dnsparse::Ds| (1..9).find(|seed| Key::new(*seed).ds(&Name::ROOT) == *ds);
        let trusted: Vec<String> = trusted
            .map(|ds| seed(ds).map_or("?".to_owned(), |seed| seed.to_string()))
            .collect();
        self.note(&format!("    trusted: {}", trusted.join(" ")));
    }

    /// Lets a resolver follow the keys while `events` happen.
    async fn run(&self, events: impl Future<Output = ()>) {
        let managed = self.managed(&self.file());
        let print = |line: &str| self.note(line);
        self.state.set_anchors(managed.anchors());
        managed.write().expect("the file can be written");
        tokio::select! {
            never = managed.keep(&self.resolver, &self.state, print) => match never {},
            () = events => {}
        }
    }

    /// Returns the lines, with the key tags replaced by the seeds.
    fn lines(&self) -> String {
        let mut text = self.lines.lock().expect("no test has panicked").join("\n");
        for seed in 1..9 {
            let tag = format!("key {} ", Key::new(seed).dnskey.key_tag());
            text = text.replace(&tag, &format!("key {seed} "));
        }
        text
    }

    /// Returns the states in the file.
    fn states(&self) -> String {
        let text = std::fs::read_to_string(self.file()).expect("the file is there");
        let lines = text.lines().filter(|line| !line.starts_with(';'));
        let state = |line: &str| line.splitn(6, ' ').last().unwrap_or_default().to_owned();
        let day = |state: String| {
            state
                .get(..state.len().saturating_sub(6))
                .map(str::to_owned)
        };
        let states = lines.map(state).map(|state| match state.contains(' ') {
            true => day(state).unwrap_or_default(),
            false => state,
        });
        states.collect::<Vec<_>>().join(", ")
    }
}

/// Returns the reaction of a server with a DNSKEY RRset that may change.
fn server_of(keys: &Arc<Mutex<Vec<Record>>>) -> Reaction {
    let keys = Arc::clone(keys);
    replies().edited(move |packet: &mut DnsPacket| {
        let is_for_keys = |it: &dnsparse::Question| it.qtype == RecordType::DNSKEY;
        if packet.question().is_some_and(is_for_keys) {
            packet.answers = keys.lock().expect("no test has panicked").clone();
            packet.authorities.clear();
        }
    })
}

#[tokio::test(start_paused = true)]
async fn the_anchors_follow_a_rollover_over_a_restart() {
    let (one, two) = (&Key::new(1), &Key::new(2));
    let root = Root::new();
    root.run(async {
        root.wait(5).await;
        root.publish(&[one, two], &[one]);
        root.wait(20).await;
    })
    .await;
    root.note(&format!("restart; {}", root.states()));
    root.run(async {
        root.wait(11).await;
        root.publish(&[one, two], &[two]);
        root.wait(14).await;
        root.publish(&[&revoked(1), two], &[&revoked(1), two]);
        root.wait(40).await;
        root.publish(&[two], &[two]);
        root.wait(29).await;
        root.wait(2).await;
    })
    .await;
    root.note(&format!("restart; {}", root.states()));
    // The program still has the first key built in.
    root.run(async {
        root.publish(&[one, two], &[one]);
        root.wait(40).await;
    })
    .await;
    root.note(&root.states());
    insta::assert_snapshot!(root.lines(), @r"
    day 5:     trusted: 1
    day 5: trust anchor: key 2 of . is new, and not trusted before 2026-02-05
    day 25:     trusted: 1
    day 25: restart; valid, add-pending 20260205
    day 35: trust anchor: key 2 of . is trusted
    day 36:     trusted: 1 2
    day 50:     trusted: 1 2
    day 50: trust anchor: key 1 of . is revoked, and not trusted any more
    day 90:     trusted: 2
    day 119:     trusted: 2
    day 119: trust anchor: key 1 of . is removed
    day 121:     trusted: 2
    day 121: restart; removed, valid
    day 161:     trusted: 2
    day 161: removed, valid
    ");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_taken_back_and_an_outage_delay_trust() {
    let (one, two) = (&Key::new(1), &Key::new(2));
    let root = Root::new();
    root.run(async {
        root.publish(&[one, two], &[one]);
        root.wait(20).await;
        root.publish(&[one], &[one]);
        root.wait(1).await;
        root.publish(&[one, two], &[one]);
        root.wait(10).await;
        // No reply is no sign that the key has gone; and no time passes for it without a look.
        root.script_all(&no_reply());
        root.wait(30).await;
        root.script_all(&root.server());
        root.wait(1).await;
    })
    .await;
    insta::assert_snapshot!(root.lines(), @r"
    day 0: trust anchor: key 2 of . is new, and not trusted before 2026-01-31
    day 20:     trusted: 1
    day 20: trust anchor: key 2 of . was taken back before it was trusted
    day 21:     trusted: 1
    day 21: trust anchor: key 2 of . is new, and not trusted before 2026-02-21
    day 31:     trusted: 1
    day 61:     trusted: 1
    day 61: trust anchor: key 2 of . is trusted
    day 62:     trusted: 1 2
    ");
}

/// With keys that no trusted key has signed.
#[tokio::test(start_paused = true)]
async fn forged_keys_change_nothing() {
    let (one, two) = (&Key::new(1), &Key::new(2));
    let root = Root::new();
    root.run(async {
        root.publish(&[two], &[two]);
        root.wait(40).await;
        root.publish(&[&revoked(1), two], &[two]);
        root.wait(40).await;
        root.publish(&[one], &[]);
        root.wait(10).await;
    })
    .await;
    root.note(&root.states());
    insta::assert_snapshot!(root.lines(), @r"
    day 40:     trusted: 1
    day 80:     trusted: 1
    day 90:     trusted: 1
    day 90: valid
    ");
}

#[tokio::test(start_paused = true)]
async fn the_last_key_that_revokes_itself_leaves_no_trust_point() {
    let root = Root::new();
    root.run(async {
        root.publish(&[&revoked(1)], &[&revoked(1)]);
        root.wait(1).await;
    })
    .await;
    insta::assert_snapshot!(root.lines(), @r"
    day 0: trust anchor: key 1 of . is revoked, and not trusted any more
    day 0: no trust anchor of . is left: its names are not validated, until a new version or trust-anchor brings one
    day 1:     trusted:
    ");
}

#[tokio::test(start_paused = true)]
async fn the_keys_are_looked_at_after_half_their_ttl_and_after_a_failure_sooner() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let root = Root::with_ttl(2 * 86_400);
    let looks = || {
        let queries = root.lab.queries();
        let packets = queries.iter().filter_map(|query| query.packet());
        let questions = packets.filter_map(|it| it.question().map(|it| it.qtype));
        questions.filter(|it| *it == RecordType::DNSKEY).count()
    };
    root.run(async {
        sleep(DAY * 10 + HOUR).await;
        assert_eq!(looks(), 11, "looks in ten days and an hour");
        root.script_all(&no_reply());
        sleep(DAY).await;
        let (before, server) = (looks(), root.server());
        assert!(before > 11, "no look on the eleventh day");
        root.script_all(&server);
        sleep(HOUR * 5).await;
        assert_eq!(looks() - before, 1, "looks in five hours after an outage");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_keys_are_looked_at_once_an_hour_at_the_most() {
    let root = Root::with_ttl(60);
    root.run(root.wait(10)).await;
    let queries = root.lab.queries();
    let packets = queries.iter().filter_map(|query| query.packet());
    let of_keys = packets.filter(|it| {
        let question = it.question();
        question.is_some_and(|it| it.qtype == RecordType::DNSKEY)
    });
    let count = of_keys.count();
    assert!(
        (240..=242).contains(&count),
        "{count} queries for keys in ten days"
    );
}

/// The first of the root's servers is an attacker's, or has a copy that was changed.
#[tokio::test(start_paused = true)]
async fn after_forged_keys_the_other_server_is_looked_at() {
    let (one, two) = (&Key::new(1), &Key::new(2));
    let root = Root::new();
    let forged = Arc::new(Mutex::new(root.rrset(&[&Key::new(3)], &[&Key::new(3)])));
    root.script(SERVERS[0], server_of(&forged));
    root.publish(&[one, two], &[one]);
    root.run(root.wait(31)).await;
    insta::assert_snapshot!(root.lines(), @r"
    day 0: trust anchor: key 2 of . is new, and not trusted before 2026-01-31
    day 30: trust anchor: key 2 of . is trusted
    day 31:     trusted: 1 2
    ");
}
