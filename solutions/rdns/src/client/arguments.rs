//! The command line of `client`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgGroup, Parser};
use rustls::pki_types::ServerName;
use transport::address;

use super::request::Request;
use super::{ClientError, batch, explain};
use crate::encrypted::https;
use crate::minimisation::Minimisation;

/// Queries a DNS server, and shows its reply.
#[derive(Debug, Parser)]
#[command(name = "client", version, group = ArgGroup::new("iterative").multiple(true))]
pub struct Arguments {
    /// The name to look up, such as yahoo.com; for an address, its PTR record. With several names, answers are cached for their
    /// TTL, so that no name is queried twice in that time
    #[arg(long, value_name = "NAME", required_unless_present_any = ["batch", "dissect_hex"])]
    pub(super) query: Vec<String>,
    /// Look up the names in this file too, one a line, each optionally with a type after it; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) batch: Option<String>,
    /// The type of records to query: A, AAAA, MX, TXT, NS, SOA, ANY, TYPE65 ...; AXFR and IXFR=SERIAL transfer a zone
    /// [default: A, or PTR for an address]
    #[arg(long = "type", value_name = "T")]
    pub(super) rtype: Option<String>,
    /// The server to query [default: the system's, or the lab's resolver with --lab; port 53, 853 with --tls, 443 with --https]
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(super) server: Option<ServerAddress>,
    /// Query over TCP from the start
    #[arg(long)]
    pub(super) tcp: bool,
    /// Query over TLS (RFC 7858)
    #[arg(long, group = "encrypted", conflicts_with_all = ["tcp", "iterative", "lab"])]
    pub(super) tls: bool,
    /// Query over HTTPS (RFC 8484), at this path [default: /dns-query]
    #[arg(long, group = "encrypted", value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = https::PATH,
        value_parser = path, conflicts_with_all = ["tls", "tcp", "iterative", "lab"])]
    pub(super) https: Option<String>,
    /// With --tls or --https: the name that the server's certificate has to have [default: its address]
    #[arg(long, value_name = "NAME", requires = "encrypted", value_parser = server_name)]
    pub(super) tls_name: Option<ServerName<'static>>,
    /// With --tls or --https: a file of the authorities' certificates, in PEM format, or the server's own [default: those that
    /// the system trusts]
    #[arg(long, value_name = "FILE", requires = "encrypted")]
    pub(super) tls_ca: Option<PathBuf>,
    /// Clear RD: ask the server for its own data only, not for recursion
    #[arg(long)]
    pub(super) norecurse: bool,
    /// Set DO: ask for signatures and for proofs of absence, too (RRSIG, NSEC, NSEC3 records)
    #[arg(long)]
    pub(super) dnssec: bool,
    /// Set CD: ask for data that fails validation, too
    #[arg(long)]
    pub(super) cd: bool,
    /// Explain each octet of query and reply
    #[arg(long)]
    pub(super) dissect: bool,
    /// Explain each octet of the message in this file, written in hexadecimal; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "batch"])]
    pub(super) dissect_hex: Option<String>,
    /// Print only the RDATA of the answer's records
    #[arg(long, conflicts_with = "dissect")]
    pub(super) short: bool,
    /// Print the reply as JSON (RFC 8427)
    #[arg(long, conflicts_with_all = ["dissect", "short", "trace"])]
    pub(super) json: bool,
    /// Seconds to wait for a reply, in each of three tries
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    pub(super) timeout: Duration,
    /// Resolve iteratively from the root in this program, and show each query and reply, then each link
    /// of the chain of trust: + for secure, - for insecure, ! for bogus
    #[arg(long, group = "iterative", conflicts_with_all = ["server", "tcp", "norecurse", "dissect"])]
    pub(super) trace: bool,
    /// The same, but show only the chain of trust. With --trace, also show the queries for its keys
    #[arg(long, group = "iterative", conflicts_with_all = ["server", "tcp", "norecurse", "dissect", "json"])]
    pub(super) validate: bool,
    /// With --trace or --validate: a file of DS or DNSKEY records, one a line, that are trusted without
    /// proof [default: those of the root that are built in, or the lab's]
    #[arg(long, value_name = "FILE", requires = "iterative")]
    pub(super) trust_anchor: Option<PathBuf>,
    /// With --trace: the part of the name that the servers on the way to it receive (RFC 9156)
    #[arg(long, value_name = "MODE", requires = "trace", default_value = "off")]
    pub(super) qname_minimisation: Minimisation,
    /// Use the mini-Internet inside this program: no packet leaves the machine
    #[arg(long)]
    pub(super) lab: bool,
}

/// The address of a server, as the user wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerAddress {
    address: SocketAddr,
    has_port: bool,
}

impl ServerAddress {
    /// Returns the address, with `port` if the user has written none.
    pub(super) fn or_port(self, port: u16) -> SocketAddr {
        match self.has_port {
            true => self.address,
            false => SocketAddr::new(self.address.ip(), port),
        }
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<ServerAddress, String> {
        Ok(ServerAddress {
            address: address::parse(text)?,
            has_port: text.parse::<SocketAddr>().is_ok(),
        })
    }
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

    /// Returns the dissection that `--dissect-hex` asks for.
    ///
    /// # Errors
    /// If the file cannot be read, or holds anything but hexadecimal digits and white space.
    pub fn dissect_hex(&self) -> Option<Result<String, ClientError>> {
        let file = self.dissect_hex.as_ref()?;
        let failed = |reason: String| ClientError::Hex {
            file: file.clone(),
            reason,
        };
        let text = match file.as_str() {
            "-" => io::read_to_string(io::stdin()),
            file => fs::read_to_string(file),
        };
        let octets = text
            .map_err(|error| failed(error.to_string()))
            .and_then(|mut text| {
                text.retain(|digit| !digit.is_whitespace());
                hex::decode(&text).map_err(|error| failed(error.to_string()))
            });
        Some(octets.map(|octets| explain("Message", &octets)))
    }

    /// Returns whether `--short` was given.
    pub fn is_short(&self) -> bool {
        self.short
    }
}

/// Parses the path of a URL.
fn path(text: &str) -> Result<String, String> {
    match text.starts_with('/') && text.parse::<hyper::Uri>().is_ok() {
        true => Ok(text.to_owned()),
        false => Err("write the path of a URL, such as /dns-query".to_owned()),
    }
}

/// Parses the name of a server, as it stands in certificates.
fn server_name(text: &str) -> Result<ServerName<'static>, String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_owned();
    let name = ServerName::try_from(name);
    name.map_err(|_| "write the name of a server, such as dns.example, or its address".to_owned())
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
