//! Keeps the copy of the root zone up to date, by the timers of its SOA record (RFC 1034 section
//! 4.3.5): from a file, by zone transfers (RFC 5936), or both. With both, the file keeps the zone while
//! the server is stopped.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chain::TrustAnchors;
use dnsparse::{DnsPacket, Name, Rdata, Record, RecordType, Serial, Zone, ZoneError};
use network::{Network, Via};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use transport::{ExchangeError, RetryPolicy, exchange};

use super::RootZone;
use super::copy::{CopyError, RootCopy};
use crate::client::transfer::{TransferError, TransferLimits, transfer};
use crate::config::ConfigError;
use crate::config::input::read;
use crate::config::root_zone::RootZoneConfig;
use crate::dnssec::clock::Clock;
use crate::dnssec::trust_state::TrustState;

/// The most that a transfer may take. The root zone has some two million octets and 25,000 records, and
/// arrives within ten minutes over a line of 32 kbit/s. A million small records would take half a
/// gigabyte of memory.
const LIMITS: TransferLimits = TransferLimits {
    message: Duration::from_secs(10),
    whole: Duration::from_secs(600),
    octets: 16 << 20,
    records: 250_000,
};
/// The interval at which a file is looked at, and a failed first load is repeated.
const INTERVAL: Duration = Duration::from_secs(60);

/// No newer version of the root zone can be used.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ConfigError),
    /// The file cannot be written.
    #[error("cannot write {file}, the file of root-zone: {reason}")]
    Unwritable {
        /// The file.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// The file does not parse.
    #[error(transparent)]
    Zone(#[from] Box<ZoneError>),
    /// The records cannot be used.
    #[error("{source_name}: {error}")]
    Copy {
        /// The file or the server that they are from.
        source_name: String,
        /// The reason.
        error: CopyError,
    },
    /// A server does not say which version it has.
    #[error("{server}: {reason}")]
    NoSerial {
        /// The server.
        server: SocketAddr,
        /// The reason.
        reason: String,
    },
    /// A server has an older version than the copy, or none that can be compared with it.
    #[error("{server}: it has serial {serial}, which is not newer")]
    NotNewer {
        /// The server.
        server: SocketAddr,
        /// The serial.
        serial: u32,
    },
    /// A server does not transfer the zone.
    #[error("{server}: {error}")]
    Transfer {
        /// The server.
        server: SocketAddr,
        /// The reason.
        error: TransferError,
    },
    /// A thread of this program ended early.
    #[error("the check of the zone did not end")]
    Interrupted,
}

/// Where the root zone is from, and how it is checked.
#[derive(Debug, Clone)]
pub struct Source {
    file: Option<PathBuf>,
    servers: Vec<SocketAddr>,
    anchors: Option<Arc<TrustAnchors>>,
}

impl Source {
    /// Makes the source of a configuration; none if there is none. With trust anchors, the digest of
    /// the zone has to be signed.
    pub fn new(config: &RootZoneConfig, anchors: Option<Arc<TrustAnchors>>) -> Option<Source> {
        if config.file.is_none() && config.transfer_from.is_empty() {
            return None;
        }
        Some(Source {
            file: config.file.clone(),
            servers: config.transfer_from.iter().map(|it| it.address).collect(),
            anchors,
        })
    }

    /// Reads the copy in the file, with the age of the file; none if there is no file yet that a
    /// transfer would write.
    ///
    /// # Errors
    /// If it cannot be read, or is wrong.
    pub fn read(&self) -> Result<Option<RootCopy>, RefreshError> {
        let Some(path) = &self.file else {
            return Ok(None);
        };
        let text = match read("root-zone", path) {
            Err(error) if error.is_missing_file() && !self.servers.is_empty() => return Ok(None),
            text => text?,
        };
        let file = path.display().to_string();
        let zone = Zone::parse(&text, &Name::ROOT);
        let zone = zone.map_err(|error| Box::new(error.in_file(&file)))?;
        let age = modified(path).and_then(|time| time.elapsed().ok());
        self.check(zone.records, age.unwrap_or_default(), &file)
            .map(Some)
    }

    fn check(
        &self,
        records: Vec<Record>,
        age: Duration,
        source: &str,
    ) -> Result<RootCopy, RefreshError> {
        let trust = self
            .anchors
            .as_deref()
            .map(|anchors| (anchors, Clock::System.now()));
        RootCopy::new(records, age, trust).map_err(|error| RefreshError::Copy {
            source_name: source.to_owned(),
            error,
        })
    }

    /// Writes the records into the file, if there is one, in one step: a reader finds the old zone or
    /// the new one.
    fn write(&self, records: &[Record]) -> Result<(), RefreshError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let mut lines: Vec<String> = records.iter().map(Record::to_string).collect();
        lines.push(String::new());
        let mut next = path.clone().into_os_string();
        next.push(".next");
        let written = fs::write(&next, lines.join("\n")).and_then(|()| fs::rename(&next, path));
        written.map_err(|reason| {
            // A part of it would only take room.
            let _ = fs::remove_file(&next);
            unwritable(path, reason)
        })
    }

    /// Notes in the file that it is the present version.
    fn touch(&self) -> Result<(), RefreshError> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let file = File::options().append(true).open(path);
        let touched = file.and_then(|file| file.set_modified(SystemTime::now()));
        touched.map_err(|reason| unwritable(path, reason))
    }
}

fn unwritable(path: &Path, reason: io::Error) -> RefreshError {
    RefreshError::Unwritable {
        file: path.display().to_string(),
        reason,
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// Keeps the copy up to date, until the task is dropped. `print` gets a line about each new version,
/// and about each failure.
pub async fn keep_fresh<N: Network>(
    root: &RootZone,
    source: Option<Source>,
    trust: Option<&Arc<TrustState>>,
    network: &N,
    came_into_use: impl Fn(),
    print: impl Fn(&str),
) -> std::convert::Infallible {
    let Some(mut source) = source else {
        return std::future::pending().await;
    };
    let (mut read_at, mut was_in_use) = (None, false);
    loop {
        if was_in_use && root.current().is_none() && source.servers.is_empty() {
            print(&format!("root zone: {}", fate(root)));
        }
        was_in_use = root.current().is_some();
        // The keys of the root may have been replaced since the last time (RFC 5011).
        source.anchors = trust.map(|trust| trust.anchors());
        let time = source.file.as_deref().and_then(modified);
        if time != read_at || root.latest().is_none() {
            let reading = source.clone();
            match blocking(move || reading.read()).await {
                Ok(Some(copy)) => replace(root, copy, &print),
                Ok(None) => {}
                Err(error) => print(&format!("root zone: {error}")),
            }
        }
        let wait = match source.servers.is_empty() {
            true => INTERVAL,
            false => refresh(root, &source, network, &print).await,
        };
        read_at = source.file.as_deref().and_then(modified);
        if !was_in_use && root.current().is_some() {
            came_into_use();
        }
        was_in_use = root.current().is_some();
        sleep(wait).await;
    }
}

/// Looks for a newer version at the servers. Returns the time until it is done again.
async fn refresh<N: Network>(
    root: &RootZone,
    source: &Source,
    network: &N,
    print: &impl Fn(&str),
) -> Duration {
    let mut failures = Vec::new();
    for server in &source.servers {
        match from_server(root, source, network, *server, print).await {
            Ok(None) => return root.latest().map_or(INTERVAL, |copy| copy.refresh),
            Ok(Some(copy)) => {
                let wait = copy.refresh;
                for failure in failures {
                    print(&format!("root zone: {failure}"));
                }
                replace(root, copy, print);
                return wait;
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    print(&format!(
        "root zone: {}; {}",
        failures.join("; "),
        fate(root)
    ));
    root.latest().map_or(INTERVAL, |copy| copy.retry)
}

/// Says which servers are queried for the root, after all that could be done.
fn fate(root: &RootZone) -> String {
    match (root.current(), root.latest()) {
        (Some(copy), _) => format!("serial {} stays in use", copy.serial),
        (None, Some(copy)) => format!(
            "serial {} has expired: the root servers are queried",
            copy.serial
        ),
        (None, None) => "the root servers are queried".to_owned(),
    }
}

/// Gets a newer version from one server; none if the copy is the present one.
async fn from_server<N: Network>(
    root: &RootZone,
    source: &Source,
    network: &N,
    server: SocketAddr,
    print: &impl Fn(&str),
) -> Result<Option<RootCopy>, RefreshError> {
    let present = root.latest();
    let serial = serial(network, server).await?;
    if let Some(copy) = present.as_ref().filter(|copy| copy.serial == serial) {
        root.set(copy.confirmed());
        report(source.touch(), print);
        return Ok(None);
    }
    // A server with an older version confirms nothing: another one may have a newer one.
    check_newer(present.as_deref(), serial, server)?;
    let query = query(RecordType::AXFR);
    let transfer = transfer(network, server, &query, LIMITS).await;
    let mut records = transfer
        .map_err(|error| RefreshError::Transfer { server, error })?
        .records;
    // The SOA record that ends a transfer is the first one again.
    records.pop();
    let source = source.clone();
    let (copy, written) = blocking(move || {
        let copy = source.check(records.clone(), Duration::ZERO, &server.to_string())?;
        // The version that is transferred need not be the one that was announced.
        check_newer(present.as_deref(), copy.serial, server)?;
        Ok((copy, source.write(&records)))
    })
    .await?;
    report(written, print);
    Ok(Some(copy))
}

/// Reports a file that was not written. That is no reason not to use the zone.
fn report(written: Result<(), RefreshError>, print: &impl Fn(&str)) {
    if let Err(error) = written {
        print(&format!(
            "root zone: {error}; the zone is used all the same, and transferred again after a restart"
        ));
    }
}

/// Checks that a server has a newer version than the present copy.
fn check_newer(
    present: Option<&RootCopy>,
    serial: u32,
    server: SocketAddr,
) -> Result<(), RefreshError> {
    let order = present.map(|copy| Serial(serial).partial_cmp(&Serial(copy.serial)));
    match order {
        None | Some(Some(Ordering::Greater)) => Ok(()),
        Some(_) => Err(RefreshError::NotNewer { server, serial }),
    }
}

/// Asks a server for the serial of its root zone.
async fn serial<N: Network>(network: &N, server: SocketAddr) -> Result<u32, RefreshError> {
    let query = query(RecordType::SOA);
    let no_serial = |reason: String| RefreshError::NoSerial { server, reason };
    let reply = exchange(network, server, &query, Via::Udp, RetryPolicy::default()).await;
    let reply = reply.map_err(|error: ExchangeError| no_serial(error.to_string()))?;
    let soa = reply
        .packet
        .answers
        .iter()
        .find_map(|record| match &record.rdata {
            Rdata::Soa(soa) if record.owner.is_root() => Some(soa.serial),
            _ => None,
        });
    soa.ok_or_else(|| no_serial(format!("it has no root zone ({})", reply.packet.rcode())))
}

fn query(rtype: RecordType) -> DnsPacket {
    DnsPacket::query(rand::random(), Name::ROOT, rtype)
}

/// Runs a computation of many milliseconds on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RefreshError> + Send + 'static,
) -> Result<T, RefreshError> {
    spawn_blocking(work)
        .await
        .unwrap_or(Err(RefreshError::Interrupted))
}

fn replace(root: &RootZone, copy: RootCopy, print: &impl Fn(&str)) {
    let line = match copy.has_expired() {
        true => format!("root zone: serial {} has expired", copy.serial),
        false => format!("root zone: serial {} is in use", copy.serial),
    };
    root.set(copy);
    print(&line);
}

#[cfg(test)]
mod tests;
