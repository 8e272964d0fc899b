//! The program `client`: looks up the names on its command line, and prints the replies in dig's form.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{DnsPacket, dissect};
use iterate::root_hints;
use lab::Lab;
use network::Network;
use query::QueryError;
use rand::rngs::StdRng;
use recursive::reply::fill;
use show::Answered;
use transport::{ExchangeError, RetryPolicy, Sockets};

use crate::batch::{self, BatchError};
use crate::host::Host;
use crate::in_process::LabWithResolver;
use crate::system::{self, NoServer};

/// Asks a DNS server, and shows its reply.
#[derive(Debug, Parser)]
#[command(name = "client", version)]
pub struct Arguments {
    /// The name to look up, such as yahoo.com; for an address, its PTR record. With several names, answers are cached for their
    /// TTL, so that no name is asked for twice in that time
    #[arg(long, value_name = "NAME", required_unless_present = "batch")]
    query: Vec<String>,
    /// Look up the names in this file too, one a line, each optionally with a type after it; - is standard input
    #[arg(long, value_name = "FILE")]
    batch: Option<String>,
    /// The type of record to ask for: A, AAAA, MX, TXT, NS, SOA, ANY, TYPE65 ... [default: A, or PTR for an address]
    #[arg(long = "type", value_name = "T")]
    rtype: Option<String>,
    /// The server to ask [default: the system's, or the lab's resolver with --lab; port 53]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = transport::address::parse)]
    server: Option<SocketAddr>,
    /// Ask over TCP from the start
    #[arg(long)]
    tcp: bool,
    /// Clear RD: ask the server for its own data only, not for recursion
    #[arg(long)]
    norecurse: bool,
    /// Explain each octet of query and reply
    #[arg(long)]
    dissect: bool,
    /// Print only the RDATA of the answer's records
    #[arg(long, conflicts_with = "dissect")]
    short: bool,
    /// Seconds to wait for a reply, in each of three tries
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    timeout: Duration,
    /// Resolve iteratively from the root in this program, and show each query and reply
    #[arg(long, conflicts_with_all = ["server", "tcp", "norecurse", "dissect"])]
    trace: bool,
    /// Use the mini-Internet inside this program: no packet leaves the machine
    #[arg(long)]
    lab: bool,
}

/// A lookup that has no reply to show.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The name or type on the command line makes no question.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// No server was named, and the system's configuration has none.
    #[error(transparent)]
    NoServer(#[from] NoServer),
    /// The file of names cannot be read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The server sent no reply.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

impl ClientError {
    /// Returns the program's exit status: 2 where the command line has to change, 9 where no reply
    /// came (as dig's).
    pub fn exit_status(&self) -> u8 {
        match self {
            ClientError::Query(_) | ClientError::NoServer(_) | ClientError::Batch(_) => 2,
            ClientError::Exchange(_) => 9,
        }
    }
}

/// A name to look up, as the user wrote it, with the type that was given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The name, or an address.
    pub name: String,
    /// The type; none to use the one that `--type` names.
    pub rtype: Option<String>,
}

impl Arguments {
    /// Iterates over the names on the command line, then those in the file. Standard input is read
    /// line by line, so that each line is answered before the next is written.
    pub fn requests(&self) -> impl Iterator<Item = Result<Request, ClientError>> {
        let named = self.query.iter().map(|name| {
            Ok(Request {
                name: name.clone(),
                rtype: None,
            })
        });
        let listed = self.batch.iter().flat_map(|file| batch::read(file));
        named.chain(listed.map(|request| request.map_err(ClientError::from)))
    }

    /// Returns whether `--short` was given.
    pub fn is_short(&self) -> bool {
        self.short
    }
}

/// A stub resolver over the network or the lab.
#[derive(Debug)]
pub struct Client<'a> {
    arguments: &'a Arguments,
    lab: Option<LabWithResolver>,
    /// The cache; none if there is only one name to look up.
    cache: Option<Host>,
}

impl Client<'_> {
    /// Creates a client from the command line.
    pub fn new(arguments: &Arguments) -> Client<'_> {
        let is_alone = arguments.query.len() == 1 && arguments.batch.is_none();
        Client {
            arguments,
            lab: arguments.lab.then(LabWithResolver::new),
            cache: (!is_alone).then(Host::new),
        }
    }

    /// Looks up one name, and returns the text to print.
    ///
    /// # Errors
    /// If the request makes no question, or no reply comes.
    pub async fn ask(&self, request: &Request) -> Result<String, ClientError> {
        let arguments = self.arguments;
        let rtype = request.rtype.as_ref().or(arguments.rtype.as_ref());
        let recurse = !arguments.norecurse;
        let query = query::ask(
            &request.name,
            rtype.map(String::as_str),
            recurse,
            &mut rand::rng(),
        )?;
        if arguments.trace {
            return Ok(trace(arguments, &query).await);
        }
        let cached = (query.question().zip(self.cache.as_ref()))
            .and_then(|(question, cache)| cache.lookup(question));
        if let Some(answer) = cached {
            return Ok(match arguments.short {
                true => answer.short(),
                false => answer.to_string(),
            });
        }
        let answered = self.ask_server(&query).await?;
        if let Some(cache) = &self.cache {
            cache.store(&answered.reply.packet);
        }
        let mut parts = Vec::new();
        if arguments.dissect {
            let octets = query.write().map_err(ExchangeError::from)?;
            parts.push(explain("Query", &octets));
            parts.push(explain("Reply", &answered.reply.octets));
        }
        parts.push(match arguments.short {
            true => show::short(&answered.reply.packet),
            false => show::show(&answered),
        });
        parts.retain(|part| !part.is_empty());
        Ok(parts.join("\n\n"))
    }

    /// Sends the query over the network, or in the lab.
    async fn ask_server(&self, query: &DnsPacket) -> Result<Answered, ClientError> {
        let arguments = self.arguments;
        let via = if arguments.tcp {
            network::Via::Tcp
        } else {
            network::Via::Udp
        };
        let policy = RetryPolicy {
            timeout: arguments.timeout,
            tcp_timeout: arguments.timeout,
            ..RetryPolicy::default()
        };
        let answered = match &self.lab {
            Some(lab) => {
                let server = arguments.server.unwrap_or(lab::RESOLVER);
                show::ask(lab, server, query, via, policy).await?
            }
            None => {
                let server = arguments.server.map_or_else(system::default_server, Ok)?;
                show::ask(&Sockets, server, query, via, policy).await?
            }
        };
        Ok(answered)
    }
}

/// Resolves iteratively from the root, and shows the trace and the result.
async fn trace(arguments: &Arguments, query: &DnsPacket) -> String {
    let mut reply = DnsPacket::reply_to(query);
    let trace = if arguments.lab {
        resolve(
            Resolver::new(Lab::internet(), root_hints()),
            query,
            &mut reply,
        )
        .await
    } else {
        resolve(Resolver::new(Sockets, root_hints()), query, &mut reply).await
    };
    if arguments.short {
        return format!("{trace}\n\n{}", show::short(&reply));
    }
    let mut parts = vec![trace.to_string(), show::header(&reply)];
    parts.extend(show::section("ANSWER", &reply.answers));
    parts.extend(show::section("AUTHORITY", &reply.authorities));
    parts.join("\n\n")
}

/// Resolves the query's question into `reply`, and returns the trace.
async fn resolve<N: Network>(
    resolver: Resolver<N>,
    query: &DnsPacket,
    reply: &mut DnsPacket,
) -> Trace {
    let mut trace = Trace::default();
    let mut random: StdRng = rand::make_rng();
    reply.header.ra = true;
    if let Some(question) = query.question() {
        let resolution = resolver.resolve(question, &mut random, &mut trace).await;
        fill(reply, &resolution);
    }
    trace
}

fn explain(title: impl fmt::Display, octets: &[u8]) -> String {
    format!(";; {title}: {} octets\n{}", octets.len(), dissect(octets))
}

/// Parses a number of seconds, such as `2` or `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let in_range = seconds.filter(|time| !time.is_zero() && *time <= Duration::from_secs(3_600));
    in_range.ok_or_else(|| {
        "write a number of seconds above 0 and up to 3600, such as 2 or 0.5".to_owned()
    })
}
