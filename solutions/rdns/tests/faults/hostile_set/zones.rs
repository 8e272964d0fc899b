//! The zone texts of the hostile set.

use std::fmt::Write as _;

/// The root, `test`, and the zone of a victim.
pub(super) const TOP: &str = "
$ORIGIN .
@            NS root.
root.        A  192.0.2.1
test.        NS ns.test.
ns.test.     A  192.0.2.2
victim.      NS ns.victim.
ns.victim.   A  192.0.2.3

$ORIGIN victim.
@    NS ns
ns   A  192.0.2.3
www  A  192.0.2.81
*.w  A  192.0.2.82
x0.hosts A 192.0.2.100
x1.hosts A 192.0.2.101
x2.hosts A 192.0.2.102
x3.hosts A 192.0.2.103
x4.hosts A 192.0.2.104
x5.hosts A 192.0.2.105
x6.hosts A 192.0.2.106
x7.hosts A 192.0.2.107
x8.hosts A 192.0.2.108
x9.hosts A 192.0.2.109
x10.hosts A 192.0.2.110
x11.hosts A 192.0.2.111
x12.hosts A 192.0.2.112
x13.hosts A 192.0.2.113
x14.hosts A 192.0.2.114
x15.hosts A 192.0.2.115
x16.hosts A 192.0.2.116
x17.hosts A 192.0.2.117
x18.hosts A 192.0.2.118
x19.hosts A 192.0.2.119
";

/// The zone `test`, with these records, and further zones.
pub(super) fn below_test(records: &str, zones: &str) -> String {
    format!("{TOP}\n$ORIGIN test.\n@ NS ns\nns A 192.0.2.2\n{records}\n{zones}")
}

/// The delegation of `zone`, whose servers have these names.
pub(super) fn delegation(zone: &str, servers: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for server in servers {
        let _ = writeln!(text, "{zone} NS {server}");
    }
    text
}

/// The delegation of `zone` to the given number of servers with glue: `address` makes each address.
pub(super) fn glued(zone: &str, count: usize, address: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0..count {
        let address = address(n);
        let _ = writeln!(text, "{zone} NS ns{n}.{zone}\nns{n}.{zone} A {address}");
    }
    text
}

/// Numbered names in a zone.
pub(super) fn numbered(count: usize, zone: &str) -> impl Iterator<Item = String> {
    (0..count).map(move |n| format!("x{n}.{zone}"))
}
