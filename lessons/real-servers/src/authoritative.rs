//! Authoritative servers: nsd, BIND's named and knotd. Each allows zone transfers from loopback.

use std::net::SocketAddr;
use std::path::Path;

use crate::running::{RunningServer, ServerFolder, ZoneText};

/// Writes the zone files, and returns one configuration entry for each zone: its name and the
/// name of its file.
fn zones(
    folder: &ServerFolder,
    zones: &[ZoneText<'_>],
    entry: impl Fn(&str, &str) -> String,
) -> String {
    let entries = zones.iter().enumerate().map(|(index, (name, text))| {
        let file = format!("{index}.zone");
        folder.write(&file, text);
        entry(name, &file)
    });
    entries.collect()
}

/// The zone that is queried to see whether the server is ready.
fn first<'t>(zones: &[ZoneText<'t>]) -> &'t str {
    zones.first().map_or(".", |(name, _)| name)
}

/// Starts nsd with authority for these zones.
pub fn nsd(address: SocketAddr, zone_texts: &[ZoneText<'_>]) -> RunningServer {
    let folder = ServerFolder::new();
    let zones = zones(&folder, zone_texts, |name, file| {
        format!(
            "zone:\n  name: \"{name}\"\n  zonefile: \"{file}\"\n  provide-xfr: 127.0.0.1 NOKEY\n"
        )
    });
    let (ip, port, path) = (address.ip(), address.port(), folder.path().display());
    let text = format!(
        r#"server:
  ip-address: {ip}@{port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: ""
  zonesdir: "{path}"
  zonelistfile: "{path}/zone.list"
  xfrdfile: "{path}/xfrd.state"
  xfrdir: "{path}"
  refuse-any: no
remote-control:
  control-enable: no
{zones}"#
    );
    folder.write("nsd.conf", &text);
    folder
        .start("nsd", ["-d", "-c", "nsd.conf"], address)
        .wait_until_ready(first(zone_texts))
}

/// Starts BIND's named with authority for these zones, and without recursion.
pub fn named(address: SocketAddr, zone_texts: &[ZoneText<'_>]) -> RunningServer {
    start_named(address, zone_texts, "", "", "allow-transfer { any; };")
}

/// Starts BIND's named, and has it serve DNS over TLS as well, with this certificate and key. Zones are
/// transferred over TLS alone (RFC 9103).
pub fn named_over_tls(
    address: SocketAddr,
    tls: SocketAddr,
    zone_texts: &[ZoneText<'_>],
    cert: &Path,
    key: &Path,
) -> RunningServer {
    let (ip, port) = (tls.ip(), tls.port());
    let certificate = format!(
        "tls own {{ cert-file \"{}\"; key-file \"{}\"; protocols {{ TLSv1.3; }}; }};",
        cert.display(),
        key.display()
    );
    let listen = format!("listen-on port {port} tls own {{ {ip}; }};");
    let transfer = format!("allow-transfer port {port} transport tls {{ any; }};");
    start_named(address, zone_texts, &certificate, &listen, &transfer)
}

fn start_named(
    address: SocketAddr,
    zone_texts: &[ZoneText<'_>],
    statements: &str,
    listen: &str,
    transfer: &str,
) -> RunningServer {
    let folder = ServerFolder::new();
    let zones = zones(&folder, zone_texts, |name, file| {
        format!(
            "zone \"{name}\" {{ type primary; file \"{file}\"; check-names ignore; check-integrity no; }};\n"
        )
    });
    let (ip, port, path) = (address.ip(), address.port(), folder.path().display());
    let text = format!(
        r#"{statements}
options {{
  directory "{path}";
  listen-on port {port} {{ {ip}; }};
  {listen}
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  notify no;
  dnssec-validation no;
  {transfer}
}};
controls {{ }};
{zones}"#
    );
    folder.write("named.conf", &text);
    folder
        .start("named", ["-g", "-n", "1", "-c", "named.conf"], address)
        .wait_until_ready(first(zone_texts))
}

/// Starts knotd with authority for these zones.
pub fn knot(address: SocketAddr, zone_texts: &[ZoneText<'_>]) -> RunningServer {
    let folder = ServerFolder::new();
    let zones = zones(&folder, zone_texts, |name, file| {
        format!(
            r#"  - domain: "{name}"
    file: {file}
    acl: loopback
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
"#
        )
    });
    let (ip, port, path) = (address.ip(), address.port(), folder.path().display());
    let text = format!(
        r#"server:
  listen: {ip}@{port}
  rundir: {path}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: {path}
control:
  listen: {path}/control
log:
  - target: stderr
    any: info
acl:
  - id: loopback
    address: 127.0.0.1
    action: transfer
template:
  - id: default
    storage: {path}
zone:
{zones}"#
    );
    folder.write("knot.conf", &text);
    folder
        .start("knotd", ["-c", "knot.conf"], address)
        .wait_until_ready(first(zone_texts))
}
