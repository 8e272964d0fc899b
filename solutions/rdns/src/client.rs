//! The program `client`: names on the command line in, replies in dig's form out.

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
    /// The name to ask about, such as yahoo.com; an address is looked up backwards. Of several, none is asked twice while its
    /// answer lives: then it comes from a cache
    #[arg(long, value_name = "NAME", required_unless_present = "batch")]
    query: Vec<String>,
    /// Ask about the names in this file too, one a line, each perhaps with a type after it; - is standard input
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
    /// Do not ask the server to do the walk for us
    #[arg(long)]
    norecurse: bool,
    /// Explain each octet of query and reply
    #[arg(long)]
    dissect: bool,
    /// Print nothing but what the answer's records say
    #[arg(long, conflicts_with = "dissect")]
    short: bool,
    /// Seconds to wait for a reply, each of three times
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    timeout: Duration,
    /// Do the walk from the root here, and show each step of it
    #[arg(long, conflicts_with_all = ["server", "tcp", "norecurse", "dissect"])]
    trace: bool,
    /// Ask in the mini-Internet inside this program: nothing leaves the machine
    #[arg(long)]
    lab: bool,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// What was typed is no question.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Nobody knows whom to ask.
    #[error(transparent)]
    NoServer(#[from] NoServer),
    /// The names to ask about cannot be read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No reply.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

impl ClientError {
    /// The program's exit status: 2 where the command line has to change, 9 where no reply came (as dig's).
    pub fn exit_status(&self) -> u8 {
        match self {
            ClientError::Query(_) | ClientError::NoServer(_) | ClientError::Batch(_) => 2,
            ClientError::Exchange(_) => 9,
        }
    }
}

/// A name to ask about, and a type if one was given with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The name, or an address.
    pub name: String,
    /// The type, if not the one for all.
    pub rtype: Option<String>,
}

impl Arguments {
    /// What to ask about, in its order. Standard input is read as far as it is needed, so that each line can be answered before
    /// the next is written.
    pub fn questions(&self) -> impl Iterator<Item = Result<Asked, ClientError>> {
        let named = self.query.iter().map(|name| {
            Ok(Asked {
                name: name.clone(),
                rtype: None,
            })
        });
        let listed = self.batch.iter().flat_map(|file| batch::read(file));
        named.chain(listed.map(|asked| asked.map_err(ClientError::from)))
    }

    /// Whether nothing but the answers is wanted, a line each.
    pub fn is_short(&self) -> bool {
        self.short
    }
}

/// One who asks, in the world that was chosen.
#[derive(Debug)]
pub struct Client<'a> {
    arguments: &'a Arguments,
    lab: Option<LabWithResolver>,
    /// What it remembers, if it asks more than once.
    host: Option<Host>,
}

impl Client<'_> {
    /// Asks as the arguments say.
    pub fn new(arguments: &Arguments) -> Client<'_> {
        let is_alone = arguments.query.len() == 1 && arguments.batch.is_none();
        Client {
            arguments,
            lab: arguments.lab.then(LabWithResolver::new),
            host: (!is_alone).then(Host::new),
        }
    }

    /// Asks one question, and returns what is to be printed.
    ///
    /// # Errors
    /// If the question cannot be asked, or no reply comes.
    pub async fn ask(&self, asked: &Asked) -> Result<String, ClientError> {
        let arguments = self.arguments;
        let rtype = asked.rtype.as_ref().or(arguments.rtype.as_ref());
        let recurse = !arguments.norecurse;
        let query = query::ask(
            &asked.name,
            rtype.map(String::as_str),
            recurse,
            &mut rand::rng(),
        )?;
        if arguments.trace {
            return Ok(trace(arguments, &query).await);
        }
        let known = query.question().zip(self.host.as_ref());
        if let Some(remembered) = known.and_then(|(question, host)| host.lookup(question)) {
            return Ok(match arguments.short {
                true => remembered.short(),
                false => remembered.to_string(),
            });
        }
        let answered = self.exchange(&query).await?;
        if let Some(host) = &self.host {
            host.store(&answered.reply.packet);
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

    /// Asks the world that was chosen.
    async fn exchange(&self, query: &DnsPacket) -> Result<Answered, ClientError> {
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

/// Walks from the root, and shows the walk and its end.
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

/// Fills the reply, and tells what was done for it.
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

fn explain(what: impl fmt::Display, octets: &[u8]) -> String {
    format!(";; {what}: {} octets\n{}", octets.len(), dissect(octets))
}

/// A number of seconds, such as `2` or `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let reasonable = seconds.filter(|time| !time.is_zero() && *time <= Duration::from_secs(3_600));
    reasonable.ok_or_else(|| {
        "write a number of seconds above 0 and up to 3600, such as 2 or 0.5".to_owned()
    })
}
