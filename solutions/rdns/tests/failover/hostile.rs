//! Zones that are set up to harm others: their own failure stays theirs.

use std::fmt::Write as _;
use std::io;
use std::sync::Mutex;

use network::{Channel, Network};

use super::*;

/// `victim.test` has these servers. The servers of the zones `e0.test` to `e7.test` have their
/// names in the next of these zones each, and that of the last is `www.victim.test`: the lookup
/// comes to `victim.test` with no nesting left.
fn below_a_chain(victim: &str) -> Lab {
    let mut chain = String::new();
    for n in 1..8 {
        let _ = writeln!(chain, "e{}.test. NS n.e{n}.test.", n - 1);
    }
    LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            host.    NS ns.host.
            ns.host. A  {HOST}
            $ORIGIN test.
            @  NS ns
            ns A  192.0.2.2
            {chain}
            e7.test. NS www.victim.test.
            {victim}
            $ORIGIN host.
            @    NS   ns
            ns   A    {HOST}
            good A    {GOOD}
            $ORIGIN victim.test.
            {victim}
            www.victim.test. A 192.0.2.81
            "
        ))
        .server(GOOD, ["victim.test."])
        .build()
        .unwrap()
}

/// Makes a server clear AA, and send a false address.
fn false_without_aa() -> Reaction {
    replies().edited(|packet| {
        packet.header.aa = false;
        for record in &mut packet.answers {
            record.rdata = Rdata::A([192, 0, 2, 66].into());
        }
    })
}

#[track_caller]
fn expect_address(outcome: &Outcome, address: &str) {
    assert_eq!(outcome.rdata(), [address], "{}", outcome.trace);
}

/// The limits of the first search keep it from the only server of `victim.test`.
#[tokio::test(start_paused = true)]
async fn the_limits_of_a_search_are_no_failure_for_the_next() {
    let lab = below_a_chain("victim.test. NS good.host.");
    let mut server = TestResolver::new(&lab);
    let attack = server.resolve("x.e0.test").await.trace.to_string();
    assert!(attack.contains("good.host. is not looked up"), "{attack}");
    expect_address(&server.resolve("www.victim.test").await, "192.0.2.81");
}

/// Before it comes to `good.host`, the first search is at its limits, with the answer of the other
/// server alone.
#[tokio::test(start_paused = true)]
async fn the_last_resort_of_a_limited_search_is_not_cached() {
    let lab = below_a_chain(
        "victim.test. NS old.victim.test.
old.victim.test. A 192.0.2.99
victim.test. NS good.host.",
    );
    always(&lab, "192.0.2.99", false_without_aa());
    let mut server = TestResolver::new(&lab);
    let attack = server.resolve("x.e0.test").await;
    let trace = attack.trace.to_string();
    assert!(trace.contains("192.0.2.66"), "{trace}");
    expect_address(&server.resolve("www.victim.test").await, "192.0.2.81");
}

/// One forged reply, or one that a cache on the way sends, must not lead all later queries for a
/// zone elsewhere.
#[tokio::test(start_paused = true)]
async fn an_answer_without_aa_does_not_replace_glue() {
    let lab = LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            $ORIGIN test.
            @  NS ns
            ns A  192.0.2.2
            victim NS ns.victim
            ns.victim A 192.0.2.3
            $ORIGIN victim.test.
            @ NS ns
            ns 3600 A 192.0.2.3
            www 3600 A 192.0.2.81
            ",
        )
        .server("192.0.2.66", ["victim.test."])
        .build()
        .unwrap();
    let first = [false_without_aa(), repeat(replies())];
    lab.script(socket("192.0.2.3"), Via::Udp, first);
    let mut server = TestResolver::new(&lab);
    let first = server.resolve("ns.victim.test").await;
    expect_address(&first, "192.0.2.66");
    expect_address(&server.resolve("www.victim.test").await, "192.0.2.81");
    assert_eq!(server.queries_for("192.0.2.66", "www.victim.test"), 0);
}

/// The first search has its last try at the server when the others join it.
#[tokio::test(start_paused = true)]
async fn the_last_try_of_a_search_is_not_that_of_another() {
    let lab = shop_of(&names(&["good.host."]));
    let reactions = [no_reply(), no_reply(), no_reply(), repeat(replies())];
    lab.script(socket(GOOD), Via::Udp, reactions);
    let server = TestResolver::new(&lab);
    let start = |wait: u64| {
        let resolver = Arc::clone(&server.resolver);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let (mut random, mut trace) = (StdRng::seed_from_u64(wait), Trace::default());
            let question = question("www.shop.test", RecordType::A);
            let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
            (resolution.rcode, trace)
        })
    };
    let searches = [0, 1_300, 2_000].map(|wait| (wait, start(wait)));
    for (wait, search) in searches {
        let (rcode, trace) = search.await.unwrap();
        let is_first = wait == 0;
        assert!(
            is_first || rcode == Rcode::NOERROR,
            "search that began after {wait} ms: {rcode}\n{trace}"
        );
    }
}

/// Twenty servers send 64 KB of text each, without AA.
#[tokio::test(start_paused = true)]
async fn a_trace_has_a_bounded_length() {
    let servers: String = (0..20)
        .map(|n| format!("big.test. NS s{n}.big.test.\ns{n}.big.test. A 198.51.100.{n}\n"))
        .collect();
    let zones = format!(
        "$ORIGIN .\n@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2\n\
         $ORIGIN test.\n@ NS ns\nns A 192.0.2.2\n{servers}\n$ORIGIN big.test.\n{servers}"
    );
    let lab = LabBuilder::new().zones(&zones).build().unwrap();
    let strings = format!(" \"{}\"", "\\000".repeat(255)).repeat(250);
    let big: dnsparse::Record = format!("www.big.test. 60 IN TXT{strings}").parse().unwrap();
    for n in 0..20 {
        let big = big.clone();
        let reaction = replies().edited(move |packet| {
            packet.header.aa = false;
            packet.answers = vec![big.clone()];
        });
        always(&lab, &format!("198.51.100.{n}"), reaction);
    }
    let mut server = TestResolver::new(&lab);
    let outcome = server.resolve_type("www.big.test", RecordType::TXT).await;
    let trace = outcome.trace.to_string();
    assert!(
        trace.contains("without AA") && trace.len() < 100_000,
        "the trace has {} octets, and its longest line {:?}",
        trace.len(),
        trace.lines().map(str::len).max()
    );
}

/// A lab in which no more than a number of sockets can be open.
struct FewSockets {
    lab: Lab,
    limit: usize,
    open: Arc<Mutex<usize>>,
}

struct Socket {
    channel: <Lab as Network>::Channel,
    open: Arc<Mutex<usize>>,
}

impl Network for FewSockets {
    type Channel = Socket;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Socket> {
        {
            let mut open = self.open.lock().unwrap();
            if *open >= self.limit {
                return Err(io::Error::other("too many open files"));
            }
            *open += 1;
        }
        Ok(Socket {
            channel: self.lab.open(server, via).await?,
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        *self.open.lock().unwrap() -= 1;
    }
}

impl Channel for Socket {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.channel.send(message).await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        self.channel.receive().await
    }
}

/// A resolver with so few sockets, and the searches that need more: their servers never reply.
fn with_few_sockets(limit: usize, late: usize) -> Arc<Resolver<FewSockets, SharedCache, Selector>> {
    let dead: String = (0..8)
        .map(|n| format!("dead NS s{n}.dead\ns{n}.dead A 192.0.2.{}\n", 200 + n))
        .collect();
    let lab = LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            $ORIGIN test.
            @  NS ns
            ns A  192.0.2.2
            victim NS ns.victim
            ns.victim A 192.0.2.3
            {dead}
            $ORIGIN victim.test.
            @ NS ns
            ns A 192.0.2.3
            * A 192.0.2.81
            "
        ))
        .build()
        .unwrap();
    (0..8).for_each(|n| always(&lab, &format!("192.0.2.{}", 200 + n), no_reply()));
    let cache = empty_cache(&lab);
    let network = FewSockets {
        lab,
        limit,
        open: Arc::default(),
    };
    Arc::new(
        Resolver::new(network, cache)
            .with_selection(Selector::new(AddressPolicy::default()))
            .with_late_sockets(late),
    )
}

async fn resolve(
    resolver: &Resolver<FewSockets, SharedCache, Selector>,
    qname: &str,
    seed: u64,
) -> Resolution {
    let (mut random, mut trace) = (StdRng::seed_from_u64(seed), Trace::default());
    let question = question(qname, RecordType::A);
    resolver.resolve(&question, &mut random, &mut trace).await
}

fn attack(
    resolver: &Arc<Resolver<FewSockets, SharedCache, Selector>>,
    searches: u64,
) -> Vec<tokio::task::JoinHandle<Resolution>> {
    let start = |n: u64| {
        let resolver = Arc::clone(resolver);
        tokio::spawn(async move { resolve(&resolver, &format!("x{n}.dead.test"), n).await })
    };
    (0..searches).map(start).collect()
}

/// There is a socket for the query of each search, and as many for late replies.
#[tokio::test(start_paused = true)]
async fn late_replies_leave_sockets_to_other_searches() {
    let resolver = with_few_sockets(100, 45);
    let attackers = attack(&resolver, 45);
    for n in 0..60 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let victim = resolve(&resolver, &format!("www{n}.victim.test"), 7).await;
        let failure = victim.failure.map(|it| it.to_string());
        assert_eq!(failure, None, "www{n}.victim.test");
    }
    drop(attackers);
}

#[tokio::test(start_paused = true)]
async fn a_lack_of_sockets_is_not_cached_as_a_failure() {
    let resolver = with_few_sockets(20, 1_000);
    let attackers = attack(&resolver, 60);
    let mut failures = 0;
    for n in 0..60 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let victim = resolve(&resolver, &format!("www{n}.victim.test"), 7).await;
        failures += u32::from(victim.failure.is_some());
    }
    assert!(failures > 0, "the attackers left enough sockets");
    for attacker in attackers {
        let _ = attacker.await;
    }
    for n in 0..60 {
        let victim = resolve(&resolver, &format!("www{n}.victim.test"), 7).await;
        let failure = victim.failure.map(|it| it.to_string());
        assert_eq!(
            failure, None,
            "www{n}.victim.test, when sockets are there again"
        );
    }
}

/// A late reply over UDP that is truncated leads to a query over TCP, which gets no reply: it is one
/// of the search all the same.
#[tokio::test(start_paused = true)]
async fn late_truncated_replies_are_part_of_the_budget() {
    let lab = shop_of(&names(&["good.host."]));
    let late = replies().truncated().after_ms(900);
    lab.script(socket(GOOD), Via::Udp, [repeat(late)]);
    lab.script(socket(GOOD), Via::Tcp, [repeat(no_reply())]);
    let mut server = TestResolver::new(&lab);
    let outcome = server.resolve("www.shop.test").await;
    let over_tcp = lab.queries().iter().filter(|it| it.via == Via::Tcp).count();
    let (sent, counted) = (lab.queries().len(), outcome.resolution.queries);
    assert!(over_tcp > 0, "no query over TCP\n{}", lab.trace());
    assert_eq!(
        counted,
        sent,
        "counted, and sent: {over_tcp} of them over TCP\n{}\n{}",
        outcome.trace,
        lab.trace()
    );
}
