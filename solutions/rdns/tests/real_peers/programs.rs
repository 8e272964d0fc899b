//! How each program is told what to serve, or where to resolve from.

use std::net::SocketAddr;
use std::process::Command;

use crate::peers::{Peer, ZoneText, free_address, start};

/// NSD, with authority for these zones.
pub(crate) fn nsd(zones: &[ZoneText]) -> Peer {
    nsd_at(free_address(), zones)
}

/// The same, at an address of one's choice.
pub(crate) fn nsd_at(address: SocketAddr, zones: &[ZoneText]) -> Peer {
    start("nsd", address, zones, |folder, address, zones| {
        let zones: String = zones
            .iter()
            .map(|(name, file)| format!("zone:\n  name: \"{name}\"\n  zonefile: \"{file}\"\n"))
            .collect();
        let (ip, port) = (address.ip(), address.port());
        let text = format!(
            "server:\n  ip-address: {ip}@{port}\n  username: \"\"\n  zonesdir: \"{folder}\"\n  database: \"\"\n  \
             pidfile: \"\"\n  zonelistfile: \"{folder}/zone.list\"\n  xfrdfile: \"{folder}/xfrd.state\"\n  \
             xfrdir: \"{folder}\"\n  server-count: 1\n  refuse-any: no\nremote-control:\n  control-enable: no\n{zones}"
        );
        (text, vec!["-d".into(), "-c".into()])
    })
}

/// BIND's named, with authority for these zones.
pub(crate) fn named(zones: &[ZoneText]) -> Peer {
    start("named", free_address(), zones, |folder, address, zones| {
        let zones: String = zones
            .iter()
            .map(|(name, file)| {
                format!(
                    "zone \"{name}\" {{ type primary; file \"{file}\"; check-names ignore; }};\n"
                )
            })
            .collect();
        let (ip, port) = (address.ip(), address.port());
        let text = format!(
            "options {{ directory \"{folder}\"; listen-on port {port} {{ {ip}; }}; listen-on-v6 {{ none; }}; \
             pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no; }};\n\
             controls {{ }};\n{zones}"
        );
        (
            text,
            vec!["-g".into(), "-n".into(), "1".into(), "-c".into()],
        )
    })
}

/// Unbound, resolving these zones at a server that has authority for them.
pub(crate) fn unbound(zones: &[ZoneText], authority: SocketAddr) -> Peer {
    start(
        "unbound",
        free_address(),
        zones,
        |folder, address, zones| {
            let at = |address: SocketAddr| format!("{}@{}", address.ip(), address.port());
            let stubs: String = zones
                .iter()
                .map(|(name, _)| {
                    format!(
                        "stub-zone:\n  name: \"{name}\"\n  stub-addr: {}\n",
                        at(authority)
                    )
                })
                .collect();
            let text = format!(
                "server:\n  interface: {}\n  port: {}\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  \
             directory: \"{folder}\"\n  pidfile: \"\"\n  use-syslog: no\n  module-config: \"iterator\"\n  \
             do-not-query-localhost: no\n  minimal-responses: no\n  rrset-roundrobin: no\n\
             remote-control:\n  control-enable: no\n{stubs}",
                at(address),
                address.port()
            );
            (text, vec!["-d".into(), "-c".into()])
        },
    )
}

/// Unbound, resolving from these root hints.
pub(crate) fn unbound_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        "unbound",
        address,
        &[(".", hints)],
        |folder, address, files| {
            let (ip, port) = (address.ip(), address.port());
            let hints = &files[0].1;
            let text = format!(
                "server:\n  interface: {ip}@{port}\n  port: {port}\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  \
             directory: \"{folder}\"\n  pidfile: \"\"\n  use-syslog: no\n  module-config: \"iterator\"\n  \
             do-not-query-localhost: no\n  root-hints: \"{hints}\"\n  minimal-responses: yes\n\
             remote-control:\n  control-enable: no\n"
            );
            (text, vec!["-d".into(), "-c".into()])
        },
    )
}

/// PowerDNS Recursor, resolving from these root hints.
pub(crate) fn pdns_recursor_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        "pdns_recursor",
        address,
        &[(".", hints)],
        |folder, address, files| {
            let text = format!(
                "local-address={}\nlocal-port={}\nhint-file={}\nsocket-dir={folder}\ndont-query=\ndnssec=off\ndaemon=no\n\
             disable-syslog=yes\nthreads=1\nsecurity-poll-suffix=\nallow-from=127.0.0.0/8\netc-hosts-file=/dev/null\n",
                address.ip(),
                address.port(),
                files[0].1,
            );
            std::fs::write(format!("{folder}/recursor.conf"), &text).unwrap();
            (text, vec![format!("--config-dir={folder}")])
        },
    )
}

/// This project's `rdns`, resolving from these root hints.
pub(crate) fn rdns_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        env!("CARGO_BIN_EXE_rdns"),
        address,
        &[(".", hints)],
        |_, address, files| {
            let listen = format!("--listen={address}");
            (
                String::new(),
                vec![listen, format!("--root-hints={}", files[0].1)],
            )
        },
    )
}

/// The records that dig prints for a question, a line each.
pub(crate) fn dig(server: SocketAddr, arguments: &[&str]) -> String {
    let output = Command::new("dig")
        .arg(format!("@{}", server.ip()))
        .args([
            "-p",
            &server.port().to_string(),
            "+noall",
            "+answer",
            "+authority",
            "+additional",
            "+timeout=5",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "dig {arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}
