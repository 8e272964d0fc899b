//! [`Control`]: what the commands work on, and their answers.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use chain::Status;
use chase::{Dnssec, Knowledge, LocalNames, Security, ServerSelection, Trace};
use dnsparse::{Class, Name, Question, RecordType};
use network::Network;
use recursive::ThreadRandom;
use select::Selector;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::Command;
use crate::config::reload::{Reloaded, Reloader};
use crate::dnssec::validator::{Explanation, Validator};
use crate::forward::Zoned;
use crate::local::front::policy_text;
use crate::server::error::unwritable;
use crate::service::Service;
use crate::stats::Stats;
use crate::text::{count, printable};

/// A running server, as its administrator sees it.
#[derive(Debug)]
pub struct Control<N, C> {
    service: Arc<Service<N, Zoned, C>>,
    /// The table of servers' states.
    selector: Selector,
    /// One reload at a time.
    reloader: Mutex<Arc<Reloader>>,
    /// The outcomes of reloads by command, for the server's log.
    log: UnboundedSender<String>,
}

impl<N: Network, C: ServerSelection> Control<N, C> {
    /// Puts the parts of a server together.
    pub fn new(
        service: Arc<Service<N, Zoned, C>>,
        selector: Selector,
        reloader: Reloader,
        log: UnboundedSender<String>,
    ) -> Control<N, C> {
        Control {
            service,
            selector,
            reloader: Mutex::new(Arc::new(reloader)),
            log,
        }
    }

    /// Returns the present counters.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.service)
    }

    /// Executes a command, and returns its answer.
    ///
    /// # Errors
    /// A sentence, if it cannot be executed.
    pub(super) async fn execute(&self, command: &Command) -> Result<String, String> {
        match command {
            Command::Stats => Ok(self.stats().lines()),
            Command::Flush { name } => Ok(self.flush(name, false)),
            Command::FlushZone { name } => Ok(self.flush(name, true)),
            Command::Dump => Ok(self.dump(&self.cached_keys())),
            Command::Lookup { name, rtype } => Ok(self.look_up(&question(name, *rtype)?)),
            Command::TrustAnchors => Ok(self.trust_anchors()),
            Command::Reload => {
                let outcome = self.reload().await;
                let (Ok(line) | Err(line)) = &outcome;
                // The receiver is there as long as the server.
                let _ = self.log.send(line.clone());
                outcome
            }
            Command::Trace { name, rtype } => Ok(self.trace(&question(name, *rtype)?).await),
        }
    }

    /// Reads the configuration again, and puts it in force if it is valid. Returns a sentence about
    /// it.
    ///
    /// # Errors
    /// A sentence, if it is not.
    pub async fn reload(&self) -> Result<String, String> {
        let reloader = self.reloader.lock().await;
        let for_thread = Arc::clone(&reloader);
        // Large files take a while; the queries of this thread do not wait for them.
        let loaded = tokio::task::spawn_blocking(move || for_thread.load()).await;
        let failed = |error: &dyn std::fmt::Display| {
            let text = format!("not reloaded, nothing was changed: {error}");
            printable(&text).into_owned()
        };
        let Reloaded { settings, text } = match loaded {
            Ok(loaded) => loaded.map_err(|error| failed(&error))?,
            Err(panic) => return Err(failed(&panic)),
        };
        let tap = self.service.tap().apply(&settings.dnstap);
        tap.map_err(|error| {
            let file = settings.dnstap.file.as_ref();
            failed(&unwritable("dnstap", file)(reloader.with_limits(error)))
        })?;
        let changed = self.service.apply(settings);
        self.knowledge().change_servers(&changed);
        Ok(printable(&format!("reloaded: {text}")).into_owned())
    }

    fn knowledge(&self) -> &Zoned {
        self.service.recursive().resolver().knowledge()
    }

    fn trust_anchors(&self) -> String {
        let report = self.service.trust().map(|trust| trust.report());
        let report = report.filter(|report| !report.is_empty());
        report.unwrap_or_else(|| "there is no trust anchor: answers are not validated".to_owned())
    }

    fn flush(&self, name: &Name, below: bool) -> String {
        let removed = self.knowledge().cache().flush(name, below);
        self.service.forget_replies(name, below);
        let what = if below { " and below it" } else { "" };
        let entries = count(removed as u64, "entry", "entries");
        let were = if removed == 1 { "was" } else { "were" };
        format!("{entries} about {name}{what} {were} removed")
    }

    /// Returns the owner and type of each cached RRset, in canonical order.
    pub(super) fn cached_keys(&self) -> Vec<(Name, RecordType)> {
        let mut keys = self.knowledge().cache().keys();
        keys.sort();
        keys
    }

    /// Returns the RRsets with these keys, a record in a line, as far as they are still cached.
    pub(super) fn dump(&self, keys: &[(Name, RecordType)]) -> String {
        let mut text = String::new();
        for rrset in self.knowledge().cache().rrsets(keys) {
            for record in rrset.records {
                let _never = writeln!(text, "{record} ; {:?}", rrset.trust);
            }
        }
        text
    }

    /// Says where a name is answered from.
    fn look_up(&self, question: &Question) -> String {
        let settings = self.service.settings();
        let name = &question.qname;
        if settings.local.answer(question).is_some() {
            return format!("{name} is answered from [local]");
        }
        if let Some(blocked) = settings.blocklists.find(name) {
            return format!("{name} is blocked by the list {}", blocked.list());
        }
        if LocalNames::answer(self.service.recursive().special_names(), question).is_some() {
            return format!(
                "{name} is a special-use name, which is answered here (RFC 6761, RFC 6303)"
            );
        }
        let mut text = String::new();
        match self.knowledge().cache().peek(question) {
            Some(resolution) if resolution.failure.is_some() => {
                let failure = resolution
                    .failure
                    .map(|it| it.to_string())
                    .unwrap_or_default();
                text.push_str(&format!("the cache has a failure: {failure}\n"));
            }
            Some(resolution) => {
                let mut ttls = resolution
                    .records
                    .iter()
                    .chain(&resolution.soa)
                    .map(|it| it.ttl);
                let first = ttls.next().unwrap_or(0);
                let seconds = ttls.fold(first, u32::min);
                text.push_str(&format!(
                    "the answer is cached for {seconds} s: {}\n",
                    resolution.rcode
                ));
            }
            None => text.push_str("the answer is not cached\n"),
        }
        let start = self.knowledge().closest_delegation(question);
        let kind = match settings.zones.get(&start.zone) {
            Some(servers) if servers.is_forwarded() => "by [[forward]]",
            Some(_) => "by [[stub]]",
            None => "from the cache or the root hints",
        };
        text.push_str(&format!(
            "a search starts at the servers of {}, known {kind}:\n",
            start.zone
        ));
        for server in &start.servers {
            let addresses = match server.addresses.is_empty() {
                true => self
                    .knowledge()
                    .cached_addresses(&server.name)
                    .unwrap_or_default(),
                false => server.addresses.clone(),
            };
            if addresses.is_empty() {
                text.push_str(&format!(
                    "  {}: its address is not known yet\n",
                    server.name
                ));
            }
            for address in addresses {
                text.push_str(&self.server_line(&start.zone, &server.name, address));
            }
        }
        text
    }

    /// Returns a line about a server: what is known about it, and whether it is queried.
    fn server_line(&self, zone: &Name, name: &Name, address: IpAddr) -> String {
        let selection = self.service.recursive().resolver().selection();
        let port = self.knowledge().port(zone, address);
        let tls = port.is_some_and(|port| {
            let server = SocketAddr::new(address, port);
            self.service.settings().zones.tls(server).is_some()
        });
        let over = if tls { " over TLS" } else { "" };
        let port = port
            .map(|port| format!(" port {port}{over}"))
            .unwrap_or_default();
        let state = match (
            selection.exclusion(address),
            self.selector.server_state(address),
        ) {
            (Some(reason), _) => reason,
            (None, None) => "not queried yet".to_owned(),
            (None, Some(state)) => {
                let ms = |time: std::time::Duration| time.as_secs_f64() * 1_000.0;
                let rtt = state
                    .estimate
                    .map_or("no round-trip time".to_owned(), |estimate| {
                        format!("round-trip time {:.1} ms", ms(estimate.srtt))
                    });
                let expected = ms(state.expected_rtt(false, Instant::now()));
                format!(
                    "{state}, {rtt}, timeout {:.0} ms, {}; expected to take {expected:.1} ms, the least is queried first",
                    ms(state.rto()),
                    count(state.queries, "query", "queries")
                )
            }
        };
        format!("  {name} {address}{port}: {state}\n")
    }

    /// Resolves a question and validates the answer, and returns each step.
    async fn trace(&self, question: &Question) -> String {
        let mut trace = Trace::default();
        let resolver = self.service.recursive().resolver();
        let mut explanation = Explanation {
            anew: true,
            ..Explanation::default()
        };
        let resolution = match self.service.trust() {
            Some(trust) => {
                let validator = Validator::new(Arc::clone(resolver), Arc::clone(trust));
                let validated = validator.explain(question, &mut trace, &mut explanation);
                validated.await
            }
            None => {
                let random = &mut ThreadRandom;
                resolver.resolve(question, random, &mut trace).await
            }
        };
        let queries = count(
            resolution.queries as u64,
            "upstream query",
            "upstream queries",
        );
        let mut text = format!("{trace}\n{}, {queries}\n", resolution.rcode);
        if let Some(dnssec) = &resolution.dnssec {
            let _never = writeln!(
                text,
                "{}",
                validation_lines(dnssec, explanation.status.as_ref())
            );
        }
        for record in resolution.records.iter().chain(&resolution.soa) {
            let _never = writeln!(text, "{record}");
        }
        let settings = self.service.settings();
        if let Some(policy) = policy_text(&settings, question, &resolution.records) {
            let _never = writeln!(text, "reply: {policy}");
        }
        text
    }
}

/// Returns lines about a security status, and about the reply that follows from it. The status is that
/// of the chain of trust; none if the answer needed no chain.
fn validation_lines(dnssec: &Dnssec, status: Option<&Status>) -> String {
    let Dnssec {
        security, reason, ..
    } = dnssec;
    let text = match (status, reason) {
        (Some(status), _) => status.to_string(),
        (None, Some(reason)) => reason.text.clone(),
        (None, None) => "not needed".to_owned(),
    };
    match (security, reason) {
        (Security::Bogus, Some(reason)) => format!(
            "validation: {text}\nreply: SERVFAIL, with the extended error {}; the records only with CD",
            reason.info_code
        ),
        _ => format!("validation: {text}"),
    }
}

/// Makes a question.
///
/// # Errors
/// A sentence about the reply of this server, if no server has records of this type: no question for
/// it leads to a search.
fn question(name: &Name, rtype: RecordType) -> Result<Question, String> {
    let reply = match rtype {
        RecordType::ANY => "one HINFO record (RFC 8482)",
        RecordType::AXFR | RecordType::IXFR => "REFUSED: this server transfers no zones",
        RecordType::OPT | RecordType(128..255) => "NOTIMP: records in zones have other types",
        _ => {
            return Ok(Question {
                qname: name.clone(),
                qtype: rtype,
                qclass: Class::IN,
            });
        }
    };
    Err(format!(
        "{rtype} is not looked up; a client that asks for it gets {reply}"
    ))
}
