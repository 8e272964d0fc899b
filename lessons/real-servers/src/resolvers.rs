//! Recursive resolvers: unbound, pdns_recursor and kresd.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;

use crate::running::{RunningServer, ServerFolder};

/// Starts unbound, resolving from these root hints.
pub fn unbound(address: SocketAddr, hints: &str) -> RunningServer {
    unbound_with(address, hints, "")
}

/// Starts unbound, resolving from these root hints, with further lines for its `server:` section.
pub fn unbound_with(address: SocketAddr, hints: &str, more: &str) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", hints);
    let text = unbound_configuration(
        address.ip(),
        address.port(),
        folder.path().display(),
        &format!(
            "root-hints: \"{}\"\n  minimal-responses: yes\n  {more}",
            hints.display()
        ),
    );
    start_unbound(folder, &text, address, ".")
}

/// Starts unbound, resolving these zones at an authoritative server (as stub zones).
pub fn unbound_with_stubs(
    address: SocketAddr,
    zones: &[&str],
    authority: SocketAddr,
) -> RunningServer {
    unbound_with_stubs_and(address, zones, authority, "")
}

/// Starts unbound like [`unbound_with_stubs`], with further lines for its `server:` section.
pub fn unbound_with_stubs_and(
    address: SocketAddr,
    zones: &[&str],
    authority: SocketAddr,
    more: &str,
) -> RunningServer {
    let folder = ServerFolder::new();
    let mut text = unbound_configuration(
        address.ip(),
        address.port(),
        folder.path().display(),
        &format!("minimal-responses: no\n  rrset-roundrobin: no\n  {more}"),
    );
    let (ip, port) = (authority.ip(), authority.port());
    for zone in zones {
        text.push_str(&format!(
            "stub-zone:\n  name: \"{zone}\"\n  stub-addr: {ip}@{port}\n"
        ));
    }
    let ready = zones.first().unwrap_or(&".");
    start_unbound(folder, &text, address, ready)
}

fn start_unbound(
    folder: ServerFolder,
    configuration: &str,
    address: SocketAddr,
    ready: &str,
) -> RunningServer {
    folder.write("unbound.conf", configuration);
    folder
        .start("unbound", ["-d", "-c", "unbound.conf"], address)
        .wait_until_ready(ready)
}

/// Returns unbound's configuration for a listening address and a folder, with further lines for its
/// `server:` section. The values are text: a caller may leave a placeholder to be filled in later.
pub fn unbound_configuration(
    ip: impl Display,
    port: impl Display,
    folder: impl Display,
    more: &str,
) -> String {
    format!(
        r#"server:
  interface: {ip}@{port}
  port: {port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  {more}
remote-control:
  control-enable: no
"#
    )
}

/// Returns lines for unbound's `server:` section that have it serve TLS and HTTPS as well, with this
/// certificate and key.
pub fn unbound_encrypted(tls: SocketAddr, https: SocketAddr, cert: &Path, key: &Path) -> String {
    let line = |address: SocketAddr, key: &str| {
        let (ip, port) = (address.ip(), address.port());
        format!("interface: {ip}@{port}\n  {key}: {port}\n  ")
    };
    format!(
        "{}{}tls-service-pem: \"{}\"\n  tls-service-key: \"{}\"",
        line(tls, "tls-port"),
        line(https, "https-port"),
        cert.display(),
        key.display()
    )
}

/// Starts kresd, resolving one zone at an authoritative server, over TLS too, with this certificate
/// and key.
pub fn kresd(
    address: SocketAddr,
    tls: SocketAddr,
    (zone, authority): (&str, SocketAddr),
    cert: &Path,
    key: &Path,
) -> RunningServer {
    let folder = ServerFolder::new();
    let (server, port) = (authority.ip(), authority.port());
    let text = format!(
        r#"net.listen("{}", {}, {{ kind = "dns" }})
net.listen("{}", {}, {{ kind = "tls" }})
net.tls("{}", "{}")
trust_anchors.remove(".")
cache.open(10 * MB, "lmdb://{}/cache")
policy.add(policy.suffix(policy.STUB("{server}@{port}"), policy.todnames({{"{zone}"}})))
"#,
        address.ip(),
        address.port(),
        tls.ip(),
        tls.port(),
        cert.display(),
        key.display(),
        folder.path().display(),
    );
    folder.write("kresd.conf", &text);
    let arguments = ["-n", "-c", "kresd.conf", "."];
    folder
        .start("kresd", arguments, address)
        .wait_until_ready(zone)
}

/// Starts pdns_recursor, resolving from these root hints.
pub fn pdns_recursor(address: SocketAddr, hints: &str) -> RunningServer {
    pdns_recursor_with(address, hints, "")
}

/// Starts pdns_recursor, resolving from these root hints, with further lines of configuration.
pub fn pdns_recursor_with(address: SocketAddr, hints: &str, more: &str) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", hints);
    let (ip, port, path) = (address.ip(), address.port(), folder.path().display());
    let text = format!(
        "\
local-address={ip}
local-port={port}
allow-from=127.0.0.0/8
hint-file={}
socket-dir={path}
dont-query=
dnssec=off
threads=1
daemon=no
disable-syslog=yes
security-poll-suffix=
etc-hosts-file=/dev/null
{more}
",
        hints.display()
    );
    folder.write("recursor.conf", &text);
    let arguments = [format!("--config-dir={path}")];
    folder
        .start("pdns_recursor", arguments, address)
        .wait_until_ready(".")
}
