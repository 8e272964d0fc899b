//! Writes the zones, signs them with ldns-signzone, and starts the name servers (nsd).
//!
//! There is one nsd for each level of the tree. One for all would answer a query to a root server from
//! the zone of a domain, and refer none.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use dnsparse::{DnsPacket, Name, Rcode, RecordType};

use crate::internet::{
    DEAD, DOMAINS, HOSTS, Host, Level, ROOTS, SERVERS, TLDS, is_signed, server, tld_of,
};

/// The time that nsd has to read its zones.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The name servers, behind the relay. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct NameServers {
    running: Vec<Child>,
    /// A file of root hints.
    pub(crate) hints: PathBuf,
    /// The DS record of the root's key.
    pub(crate) ds: String,
    /// The key itself: its DNSKEY record.
    pub(crate) key: String,
}

impl Drop for NameServers {
    fn drop(&mut self) {
        for server in &mut self.running {
            let _ = Command::new("kill").arg(server.id().to_string()).status();
            let _ = server.wait();
        }
    }
}

/// Returns the address of the nsd that has the zones of a level; none for the dead ones.
pub(crate) fn origin(level: Level) -> Option<SocketAddr> {
    let port = match level {
        Level::Root => 5_301,
        Level::Tld => 5_302,
        Level::Domain => 5_303,
        Level::Dead => return None,
    };
    Some((Ipv4Addr::LOCALHOST, port).into())
}

/// A zone before it is signed.
struct ZoneText {
    level: Level,
    apex: String,
    text: String,
    is_signed: bool,
}

/// Writes the zones into this folder, signs them, and starts their servers.
///
/// # Errors
/// If a program is missing, or refuses its input.
pub(crate) fn start(folder: &Path) -> Result<NameServers> {
    let keys = folder.join("keys");
    fs::create_dir_all(&keys)?;
    let mut zones: Vec<_> = (0..DOMAINS).map(domain).collect();
    for (place, label) in (0..).zip(TLDS) {
        zones.push(tld(place, label, &zones, &keys)?);
    }
    zones.push(root(&zones, &keys)?);
    let ds = ds_record(".", &keys)?;
    let base = fs::read_to_string(keys.join(".base"))?;
    let key = fs::read_to_string(keys.join(format!("{base}.key")))?;
    write_all(folder, &zones, &keys)?;
    let hints = folder.join("hints");
    fs::write(&hints, hints_text())?;
    let levels = [Level::Root, Level::Tld, Level::Domain];
    let running = levels.map(|level| start_nsd(folder, level, &zones));
    Ok(NameServers {
        running: running.into_iter().collect::<Result<_>>()?,
        hints,
        ds,
        key,
    })
}

fn hints_text() -> String {
    let mut text = String::new();
    for number in 0..ROOTS {
        let address = server(Level::Root, 0, number);
        let _ = writeln!(text, ". 3600000 NS ns{number}.root.");
        let _ = writeln!(text, "ns{number}.root. 3600000 A {address}");
    }
    text
}

/// Begins a zone: its SOA, its servers, their addresses.
fn begin(level: Level, number: u16, apex: &str, servers: u8) -> String {
    let mut text =
        format!("$ORIGIN {apex}\n$TTL 86400\n@ SOA ns0 hostmaster 1 1800 900 604800 60\n");
    for each in 0..servers {
        let (name, address) = match level {
            Level::Root => (format!("ns{each}.root."), server(level, number, each)),
            _ => (format!("ns{each}"), server(level, number, each)),
        };
        let _ = writeln!(text, "@ NS {name}\n{name} A {address}");
    }
    text
}

/// Writes a delegation with its glue.
fn delegate(text: &mut String, level: Level, number: u16, label: &str) {
    for each in 0..SERVERS {
        let address = server(level, number, each);
        let _ = writeln!(
            text,
            "{label} NS ns{each}.{label}\nns{each}.{label} A {address}"
        );
    }
}

fn domain(number: u16) -> ZoneText {
    let apex = format!("domain{number}.{}.", tld_of(number));
    let mut text = begin(Level::Domain, number, &apex, SERVERS);
    for host in (0..HOSTS).map(|host| Host {
        domain: number,
        number: host,
    }) {
        let _ = match host.target() {
            Some(target) => writeln!(
                text,
                "{}. {} CNAME {}.",
                host.name(),
                host.ttl(),
                target.name()
            ),
            None => writeln!(text, "{}. {} A {}", host.name(), host.ttl(), host.address()),
        };
    }
    ZoneText {
        level: Level::Domain,
        apex,
        text,
        is_signed: is_signed(number),
    }
}

fn tld(place: u16, label: &str, zones: &[ZoneText], keys: &Path) -> Result<ZoneText> {
    let apex = format!("{label}.");
    let mut text = begin(Level::Tld, place, &apex, SERVERS);
    for number in (0..DOMAINS).filter(|number| tld_of(*number) == label) {
        delegate(&mut text, Level::Domain, number, &format!("domain{number}"));
    }
    for number in (0..DEAD).filter(|number| tld_of(*number) == label) {
        delegate(&mut text, Level::Dead, number, &format!("dead{number}"));
    }
    let ending = format!(".{apex}");
    for child in zones
        .iter()
        .filter(|zone| zone.is_signed && zone.apex.ends_with(&ending))
    {
        text.push_str(&ds_record(&child.apex, keys)?);
    }
    Ok(ZoneText {
        level: Level::Tld,
        apex,
        text,
        is_signed: true,
    })
}

fn root(zones: &[ZoneText], keys: &Path) -> Result<ZoneText> {
    let mut text = begin(Level::Root, 0, ".", ROOTS);
    for (place, label) in (0..).zip(TLDS) {
        for each in 0..SERVERS {
            let address = server(Level::Tld, place, each);
            let _ = writeln!(
                text,
                "{label}. NS ns{each}.{label}.\nns{each}.{label}. A {address}"
            );
        }
    }
    for child in zones.iter().filter(|zone| zone.level == Level::Tld) {
        text.push_str(&ds_record(&child.apex, keys)?);
    }
    Ok(ZoneText {
        level: Level::Root,
        apex: ".".to_owned(),
        text,
        is_signed: true,
    })
}

/// Returns the DS record of a zone's key, which it makes at first.
fn ds_record(apex: &str, keys: &Path) -> Result<String> {
    let link = keys.join(format!("{apex}ds"));
    if !link.exists() {
        let name = match apex {
            "." => apex,
            _ => apex.trim_end_matches('.'),
        };
        let output = Command::new("ldns-keygen")
            .args(["-k", "-a", "ECDSAP256SHA256", name])
            .current_dir(keys)
            .output()
            .context("cannot run ldns-keygen (Debian's package ldnsutils)")?;
        ensure!(output.status.success(), "ldns-keygen {name}: {output:?}");
        let base = String::from_utf8(output.stdout)?.trim().to_owned();
        fs::copy(keys.join(format!("{base}.ds")), &link)?;
        fs::write(keys.join(format!("{apex}base")), base)?;
    }
    Ok(fs::read_to_string(link)?)
}

/// Writes all zone files, and signs those that are signed, on all processors.
fn write_all(folder: &Path, zones: &[ZoneText], keys: &Path) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(zone) = zones.get(next.fetch_add(1, Ordering::Relaxed)) {
            write_zone(folder, zone, keys).with_context(|| format!("zone {}", zone.apex))?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, |number| number.get());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut results = workers.into_iter().map(|worker| worker.join());
        results.try_for_each(|result| result.expect("no panic"))
    })
}

fn write_zone(folder: &Path, zone: &ZoneText, keys: &Path) -> Result<()> {
    let path = folder.join(format!("{}zone", zone.apex));
    fs::write(&path, &zone.text)?;
    if !zone.is_signed {
        return Ok(());
    }
    ds_record(&zone.apex, keys)?;
    let base = fs::read_to_string(keys.join(format!("{}base", zone.apex)))?;
    let unsigned = folder.join(format!("{}unsigned", zone.apex));
    fs::rename(&path, &unsigned)?;
    let output = Command::new("ldns-signzone")
        .args(["-o", &zone.apex, "-f"])
        .arg(&path)
        .arg(&unsigned)
        .arg(keys.join(base))
        .output()
        .context("cannot run ldns-signzone (Debian's package ldnsutils)")?;
    ensure!(output.status.success(), "ldns-signzone: {output:?}");
    Ok(())
}

/// Starts the nsd of one level.
fn start_nsd(folder: &Path, level: Level, zones: &[ZoneText]) -> Result<Child> {
    let address = origin(level).context("a level with a server")?;
    let (at, base) = (folder.display(), format!("{level:?}"));
    let mut text = format!(
        "server:\n username: \"\"\n zonesdir: \"{at}\"\n database: \"\"\n pidfile: \"\"\n zonelistfile: \"{at}/{base}.list\"\n xfrdfile: \"\"\n xfrdir: \"{at}\"\n server-count: 1\n ip-address: {}@{}\nremote-control:\n control-enable: no\n",
        address.ip(),
        address.port()
    );
    for zone in zones.iter().filter(|zone| zone.level == level) {
        let _ = writeln!(
            text,
            "zone:\n name: \"{0}\"\n zonefile: \"{0}zone\"",
            zone.apex
        );
    }
    let path = folder.join(format!("{base}.conf"));
    fs::write(&path, text)?;
    let log_path = folder.join(format!("{base}.log"));
    let log = fs::File::create(&log_path)?;
    let mut child = Command::new("nsd")
        .arg("-d")
        .arg("-c")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot run nsd")?;
    let zone = zones.iter().rfind(|zone| zone.level == level);
    let apex = zone.context("a zone")?.apex.parse()?;
    let end = Instant::now() + START_LIMIT;
    while !has_zone(address, &apex)? {
        let has_ended = child.try_wait()?.is_some();
        if has_ended || Instant::now() > end {
            let log = fs::read_to_string(&log_path)?;
            let _ = child.kill();
            bail!("nsd for {base} does not serve {apex}:\n{log}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(child)
}

/// Whether a server answers from a zone already.
fn has_zone(server: SocketAddr, apex: &Name) -> Result<bool> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    socket.connect(server)?;
    let query = DnsPacket::query(1, apex.clone(), RecordType::SOA).write()?;
    let mut reply = [0; 4_096];
    let received = socket.send(&query).and_then(|_| socket.recv(&mut reply));
    let reply = received
        .ok()
        .and_then(|length| DnsPacket::parse(reply.get(..length)?).ok());
    Ok(reply.is_some_and(|reply| reply.rcode() == Rcode::NOERROR && !reply.answers.is_empty()))
}
