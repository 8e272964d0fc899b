//! What clients see of a security status.

use chain::{Bogus, Cause, Indeterminate, Insecure, Reason, Status};
use chase::Security;
use dnsparse::RecordType;
use sign::Unverified;
use trust::reply::{ClientFlags, present, reason, security};

use super::tree::name;

fn flags(ad: bool, cd: bool, dnssec_ok: bool) -> ClientFlags {
    ClientFlags { ad, cd, dnssec_ok }
}

#[test]
fn a_client_sees_the_status_by_the_flags_that_it_has_set() {
    let clients = [
        ("none", flags(false, false, false)),
        ("AD", flags(true, false, false)),
        ("DO", flags(false, false, true)),
        ("CD", flags(false, true, false)),
        ("AD CD", flags(true, true, false)),
        ("DO CD", flags(false, true, true)),
    ];
    let mut table = String::new();
    for security in [
        Security::Secure,
        Security::Insecure,
        Security::Indeterminate,
        Security::Bogus,
    ] {
        for (set, client) in clients {
            let shown = present(security, client);
            let data = if shown.has_data { "data" } else { "SERVFAIL" };
            let ad = if shown.ad { " AD" } else { "" };
            table.push_str(&format!("{security:?}, client sets {set}: {data}{ad}\n"));
        }
    }
    insta::assert_snapshot!(table, @r"
    Secure, client sets none: data
    Secure, client sets AD: data AD
    Secure, client sets DO: data AD
    Secure, client sets CD: data
    Secure, client sets AD CD: data AD
    Secure, client sets DO CD: data AD
    Insecure, client sets none: data
    Insecure, client sets AD: data
    Insecure, client sets DO: data
    Insecure, client sets CD: data
    Insecure, client sets AD CD: data
    Insecure, client sets DO CD: data
    Indeterminate, client sets none: data
    Indeterminate, client sets AD: data
    Indeterminate, client sets DO: data
    Indeterminate, client sets CD: data
    Indeterminate, client sets AD CD: data
    Indeterminate, client sets DO CD: data
    Bogus, client sets none: SERVFAIL
    Bogus, client sets AD: SERVFAIL
    Bogus, client sets DO: SERVFAIL
    Bogus, client sets CD: data
    Bogus, client sets AD CD: data
    Bogus, client sets DO CD: data
    ");
}

#[test]
fn an_extended_error_says_why_an_answer_is_bogus() {
    let bogus = |reason| {
        Status::Bogus(Bogus {
            owner: name("www.example.com"),
            rtype: RecordType::A,
            reason,
        })
    };
    let insecure = |cause| {
        Status::Insecure(Insecure {
            zone: name("example.com"),
            cause,
            proof: [].into(),
        })
    };
    let no_response = Indeterminate::NoResponse {
        name: name("example.com"),
        rtype: RecordType::DNSKEY,
    };
    let statuses = [
        Status::Secure,
        insecure(Cause::NoDs),
        insecure(Cause::Algorithms),
        insecure(Cause::Digests),
        Status::Indeterminate(Indeterminate::NoAnchor),
        Status::Indeterminate(no_response),
        bogus(Reason::WrongSynthesis),
        bogus(Reason::Signature(Unverified::Expired)),
        bogus(Reason::Signature(Unverified::NotYetValid)),
        bogus(Reason::DnskeyMissing),
        bogus(Reason::RrsigsMissing),
        bogus(Reason::NotZoneKey),
        bogus(Reason::NsecMissing),
    ];
    let lines = statuses.map(|status| {
        let error = reason(&status).map_or("none".to_string(), |it| {
            format!("{} ({})", it.info_code, it.text)
        });
        format!("{:?}, extended error {error}\n", security(&status))
    });
    insta::assert_snapshot!(lines.concat(), @r"
    Secure, extended error none
    Insecure, extended error none
    Insecure, extended error 1 (insecure: example.com.: no algorithm of its DS records is supported)
    Insecure, extended error 2 (insecure: example.com.: no digest of its DS records is supported)
    Indeterminate, extended error none
    Bogus, extended error 5 (indeterminate: no response to example.com. DNSKEY)
    Bogus, extended error 6 (bogus: www.example.com. A: the alias is not the one that the DNAME record makes)
    Bogus, extended error 7 (bogus: www.example.com. A: no signature holds: it has expired)
    Bogus, extended error 8 (bogus: www.example.com. A: no signature holds: it is not valid yet)
    Bogus, extended error 9 (bogus: www.example.com. A: no key of the zone matches its DS records)
    Bogus, extended error 10 (bogus: www.example.com. A: it has no signature)
    Bogus, extended error 11 (bogus: www.example.com. A: the key that matches the DS record is not a zone key)
    Bogus, extended error 12 (bogus: www.example.com. A: nothing proves that it does not exist)
    ");
}
