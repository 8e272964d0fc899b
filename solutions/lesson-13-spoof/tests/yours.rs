//! Your own test of a check of replies. It is tried on one check that is correct, and on ten that
//! are not.
#![cfg(test)]

use dnsparse::{Name, RecordType};
use spoof::subjects::{Datagram, chosen, true_reply, waiting_query};

#[test]
fn only_the_true_reply_is_accepted() {
    let accepts = chosen();
    let query = waiting_query();
    let reply = true_reply(&query);
    // todo: Assert that the check accepts the true reply, and that it does not accept one which differs in
    // a single thing. What can differ? Write a case for each.
    assert!(accepts(&query, &reply), "the true reply is not accepted");

    let forged = |change: fn(&mut Datagram)| {
        let mut forged = reply.clone();
        change(&mut forged);
        forged
    };
    let rename = |forged: &mut Datagram, labels: [&str; 3]| {
        forged.packet.questions[0].qname = Name::from_labels(labels).unwrap();
    };
    let mut other_name = reply.clone();
    rename(&mut other_name, ["wWw", "BaNk", "ExAmPlF"]);
    let mut other_case = reply.clone();
    rename(&mut other_case, ["www", "bank", "example"]);
    let all_forged = [
        ("a query", forged(|it| it.packet.header.qr = false)),
        ("the next id", forged(|it| it.packet.header.id += 1)),
        (
            "another high octet",
            forged(|it| it.packet.header.id ^= 0x100),
        ),
        (
            "another address",
            forged(|it| it.from.set_ip([192, 0, 2, 11].into())),
        ),
        ("another server port", forged(|it| it.from.set_port(54))),
        ("another source port", forged(|it| it.to_port += 1)),
        (
            "another type",
            forged(|it| it.packet.questions[0].qtype = RecordType::MX),
        ),
        ("another name", other_name),
        ("another case", other_case),
    ];
    for (difference, forged) in all_forged {
        assert!(!accepts(&query, &forged), "accepted: {difference}");
    }
    // end todo
}
