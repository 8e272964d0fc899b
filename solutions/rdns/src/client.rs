//! The program `client`: looks up the names on its command line, and prints the replies in dig's
//! form.

mod arguments;
mod batch;
mod encrypted;
mod iterative;
mod json;
mod network;
mod request;
pub mod transfer;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use ::network::Via;
use dnsparse::{DnsPacket, Name, Rdata, Record, RecordType, Soa, WriteError, dissect};
use query::QueryError;
use show::TimedReply;
use transport::ExchangeError;

pub use self::arguments::Arguments;
pub use self::batch::BatchError;
use self::network::ClientNetwork;
pub use self::request::Request;
use self::transfer::TransferError;
use crate::config::ConfigError;
use crate::encrypted::padding::pad_query;
use crate::host::Host;
use crate::system::NoServer;

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
    /// A name with letters beyond ASCII has no form in the DNS.
    #[error("'{0}' is not a domain name: IDNA (RFC 5891) has no ASCII form for it")]
    Idna(String),
    /// The message in hexadecimal cannot be read.
    #[error("{file}: {reason}")]
    Hex {
        /// The file.
        file: String,
        /// The system's error, or the digit that is none.
        reason: String,
    },
    /// The number behind `IXFR=` is no serial.
    #[error("'{0}' is not a serial: write IXFR= and a number, such as IXFR=2024060100")]
    Serial(String),
    /// The file of trust anchors, or of certificates, cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// Servers cannot be authenticated.
    #[error("{0}")]
    Tls(String),
    /// HTTPS has one response for each request, and a transfer has many messages.
    #[error("a zone cannot be transferred over HTTPS: use --tls")]
    TransferOverHttps,
    /// The reply cannot be shown as JSON.
    #[error("the reply cannot be shown as JSON: {0}")]
    Json(#[from] WriteError),
    /// The server sent no reply.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The server sent no reply over an encrypted transport.
    #[error("{}", over_text(error, over))]
    Encrypted {
        /// The transport.
        over: &'static str,
        /// The error, which has the transport below it.
        error: ExchangeError,
    },
    /// The zone was not transferred.
    #[error(transparent)]
    Transfer(#[from] TransferError),
}

impl ClientError {
    /// Returns the program's exit status: 2 where the command line has to change, 9 where no reply
    /// came (as dig's).
    pub fn exit_status(&self) -> u8 {
        match self {
            ClientError::Query(_)
            | ClientError::NoServer(_)
            | ClientError::Batch(_)
            | ClientError::Idna(_)
            | ClientError::Hex { .. }
            | ClientError::File(_)
            | ClientError::Tls(_)
            | ClientError::TransferOverHttps
            | ClientError::Serial(_) => 2,
            ClientError::Json(_)
            | ClientError::Exchange(_)
            | ClientError::Encrypted { .. }
            | ClientError::Transfer(_) => 9,
        }
    }
}

/// A stub resolver over the network or the lab.
#[derive(Debug)]
pub struct Client<'a> {
    arguments: &'a Arguments,
    network: ClientNetwork,
    /// The cache; none if there is only one name to look up.
    cache: Option<Host>,
}

impl Client<'_> {
    /// Creates a client from the command line.
    ///
    /// # Errors
    /// If a file of certificates cannot be read.
    pub fn new(arguments: &Arguments) -> Result<Client<'_>, ClientError> {
        let is_alone = arguments.query.len() == 1 && arguments.batch.is_none();
        // The cache has neither signatures, nor answers that depend on CD.
        let may_cache = !is_alone && !arguments.dnssec && !arguments.cd;
        Ok(Client {
            arguments,
            network: ClientNetwork::new(arguments)?,
            cache: may_cache.then(Host::new),
        })
    }

    /// Looks up one name, and returns the text to print.
    ///
    /// # Errors
    /// If the request makes no question, or no reply comes.
    pub async fn ask(&self, request: &Request) -> Result<String, ClientError> {
        let arguments = self.arguments;
        let rtype = request.rtype.as_ref().or(arguments.rtype.as_ref());
        let recurse = !arguments.norecurse;
        let (rtype, serial) = with_serial(rtype.map(String::as_str))?;
        let name = ascii(&request.name)?;
        let mut query = query::build(&name, rtype, recurse, &mut rand::rng())?;
        query.header.cd = arguments.cd;
        if let Some(edns) = &mut query.edns {
            edns.do_bit = arguments.dnssec;
        }
        if let Some(serial) = serial {
            query.authorities.extend(version(&query, serial));
        }
        if self.network.is_encrypted() {
            pad_query(&mut query);
        }
        if self.network.is_https() {
            query.header.id = 0; // the response belongs to the request (RFC 8484 section 4.1)
        }
        let qtype = query.question().map(|question| question.qtype);
        if let Some(RecordType::AXFR | RecordType::IXFR) = qtype {
            query.header.rd = false;
            return self.transfer(&query).await;
        }
        if arguments.trace || arguments.validate {
            return iterative::resolve(arguments, &query).await;
        }
        let cached = (query.question().zip(self.cache.as_ref()))
            .and_then(|(question, cache)| cache.lookup(question));
        if let Some(answer) = cached {
            return match arguments.short {
                _ if arguments.json => json_text(&answer.reply_to(&query)),
                true => Ok(answer.short()),
                false => Ok(answer.to_string()),
            };
        }
        let server = self.network.server(arguments)?;
        let timed = self.network.exchange(server, &query, arguments).await?;
        if let Some(cache) = &self.cache {
            cache.store(&timed.reply.packet);
        }
        self.shown(&query, &timed)
    }

    /// Returns a reply in the form that the arguments ask for.
    fn shown(&self, query: &DnsPacket, timed: &TimedReply) -> Result<String, ClientError> {
        let arguments = self.arguments;
        if arguments.json {
            return json_text(&timed.reply.packet);
        }
        let mut parts = Vec::new();
        if arguments.dissect {
            let octets = query.write().map_err(ExchangeError::from)?;
            parts.push(explain("Query", &octets));
            parts.push(explain("Reply", &timed.reply.octets));
        }
        let session = self.network.session().filter(|_| !arguments.short);
        parts.extend(session.map(|text| format!(";; {text}")));
        let trailing = timed.reply.trailing;
        if trailing > 0 && !arguments.short {
            parts.push(format!(
                ";; Warning: {trailing} octets behind the last section of the reply were ignored"
            ));
        }
        parts.push(match arguments.short {
            true => show::short(&timed.reply.packet),
            false => show::show(timed),
        });
        parts.retain(|part| !part.is_empty());
        Ok(parts.join("\n\n"))
    }

    /// Transfers a zone, and returns its records, one a line.
    async fn transfer(&self, query: &DnsPacket) -> Result<String, ClientError> {
        let limit = self.arguments.timeout;
        let server = self.network.server(self.arguments)?;
        let ended = self.network.transfer(server, query, limit).await;
        let transfer = match ended {
            // A refusal is a reply, and shown as one.
            Err(ClientError::Transfer(TransferError::Refused { reply })) => {
                let timed = TimedReply {
                    reply: *reply,
                    server,
                    elapsed: Duration::ZERO,
                };
                return self.shown(query, &timed);
            }
            ended => ended?,
        };
        if self.arguments.json {
            let mut reply = DnsPacket::reply_to(query);
            reply.answers = transfer.records;
            return json_text(&reply);
        }
        let line: fn(&Record) -> String = match self.arguments.short {
            true => |record| record.rdata.to_string(),
            false => show::line,
        };
        let session = self.network.session().filter(|_| !self.arguments.short);
        let first = session.as_ref().map(|text| format!(";; {text}\n"));
        let lines = transfer.records.iter().map(line);
        let mut lines: Vec<String> = first.into_iter().chain(lines).collect();
        if !self.arguments.short {
            let (millis, count) = (transfer.elapsed.as_millis(), transfer.records.len());
            let (messages, octets) = (transfer.messages, transfer.octets);
            let over = if session.is_some() { "TLS" } else { "TCP" };
            lines.push(format!(
                "\n;; Query time: {millis} msec\n;; SERVER: {}#{} ({over})\n;; XFR size: {count} records (messages {messages}, bytes {octets})",
                server.ip(),
                server.port()
            ));
        }
        Ok(lines.join("\n"))
    }
}

/// Returns the text of an error over TCP, with the transport above it instead.
fn over_text(error: &ExchangeError, over: &str) -> String {
    let text = error.to_string();
    text.replacen(&format!(" over {}", Via::Tcp), &format!(" over {over}"), 1)
}

/// Returns a name as it stands in the DNS: letters beyond ASCII become A-labels (RFC 5890).
fn ascii(name: &str) -> Result<Cow<'_, str>, ClientError> {
    if name.is_ascii() {
        return Ok(name.into());
    }
    let ascii = idna::domain_to_ascii(name);
    ascii
        .map(Cow::from)
        .map_err(|_| ClientError::Idna(name.to_owned()))
}

/// Splits `IXFR=SERIAL` into the type and the serial.
fn with_serial(rtype: Option<&str>) -> Result<(Option<&str>, Option<u32>), ClientError> {
    let Some((name, serial)) = rtype.and_then(|rtype| rtype.split_once('=')) else {
        return Ok((rtype, None));
    };
    match serial.parse() {
        Ok(serial) if name.eq_ignore_ascii_case("IXFR") => Ok((Some("IXFR"), Some(serial))),
        _ => Err(ClientError::Serial(rtype.unwrap_or_default().to_owned())),
    }
}

/// Makes the SOA that tells the server of an IXFR which version the client has (RFC 1995 section
/// 3).
fn version(query: &DnsPacket, serial: u32) -> Option<Record> {
    let soa = Soa {
        mname: Name::ROOT,
        rname: Name::ROOT,
        serial,
        refresh: 0,
        retry: 0,
        expire: 0,
        minimum: 0,
    };
    let qname = query.question()?.qname.clone();
    Some(Record::new(qname, 0, Rdata::Soa(Box::new(soa))))
}

fn json_text(packet: &DnsPacket) -> Result<String, ClientError> {
    Ok(json::message(packet)?.to_string())
}

fn explain(title: impl fmt::Display, octets: &[u8]) -> String {
    format!(";; {title}: {} octets\n{}", octets.len(), dissect(octets))
}
