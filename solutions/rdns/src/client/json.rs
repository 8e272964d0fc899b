//! A message as JSON, in the form of RFC 8427 sections 2.1 to 2.3.

use dnsparse::{DnsPacket, Header, Question, Record, WriteError};
use serde_json::{Map, Value, json};

/// Returns a message object.
///
/// # Errors
/// If a record cannot be written, so that it has no RDATA in hexadecimal.
pub(super) fn message(packet: &DnsPacket) -> Result<Value, WriteError> {
    let Header {
        id,
        qr,
        opcode,
        aa,
        tc,
        rd,
        ra,
        ad,
        cd,
        ..
    } = packet.header;
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    set("ID", json!(id));
    for (name, flag) in [
        ("QR", qr),
        ("AA", aa),
        ("TC", tc),
        ("RD", rd),
        ("RA", ra),
        ("AD", ad),
        ("CD", cd),
    ] {
        set(name, json!(u8::from(flag)));
    }
    set("Opcode", json!(opcode.0));
    set("RCODE", json!(packet.rcode().0));
    set("QDCOUNT", json!(packet.questions.len()));
    set("ANCOUNT", json!(packet.answers.len()));
    set("NSCOUNT", json!(packet.authorities.len()));
    set(
        "ARCOUNT",
        json!(packet.additionals.len() + usize::from(packet.edns.is_some())),
    );
    if let [question] = packet.questions.as_slice() {
        for (name, value) in question_members(question) {
            set(name, value);
        }
    }
    for (name, section) in [
        ("answerRRs", &packet.answers),
        ("authorityRRs", &packet.authorities),
        ("additionalRRs", &packet.additionals),
    ] {
        if !section.is_empty() {
            set(
                name,
                section.iter().map(record).collect::<Result<Value, _>>()?,
            );
        }
    }
    Ok(Value::Object(object))
}

fn question_members(question: &Question) -> [(&'static str, Value); 5] {
    let Question {
        qname,
        qtype,
        qclass,
    } = question;
    [
        ("QNAME", json!(qname.to_string())),
        ("QTYPE", json!(qtype.0)),
        ("QTYPEname", json!(qtype.to_string())),
        ("QCLASS", json!(qclass.0)),
        ("QCLASSname", json!(qclass.to_string())),
    ]
}

/// Returns a record object: its fields, and its RDATA both in hexadecimal and in presentation form.
fn record(record: &Record) -> Result<Value, WriteError> {
    let (rtype, octets) = (record.rtype(), record.rdata.octets()?);
    let mut object = json!({
        "NAME": record.owner.to_string(),
        "TYPE": rtype.0,
        "TYPEname": rtype.to_string(),
        "CLASS": record.class.0,
        "CLASSname": record.class.to_string(),
        "TTL": record.ttl,
        "RDLENGTH": octets.len(),
        "RDATAHEX": hex::encode_upper(&octets),
    });
    if let Some(members) = object.as_object_mut() {
        members.insert(format!("rdata{rtype}"), json!(record.rdata.to_string()));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_members_of_rfc_8427() {
        let query = DnsPacket::query(
            19_678,
            "example.com".parse().unwrap(),
            dnsparse::RecordType::A,
        );
        let mut reply = DnsPacket::reply_to(&query);
        reply.answers = vec!["example.com. 3600 A 192.0.2.1".parse().unwrap()];
        let object = message(&reply).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&object).unwrap(), @r#"
        {
          "AA": 0,
          "AD": 0,
          "ANCOUNT": 1,
          "ARCOUNT": 0,
          "CD": 0,
          "ID": 19678,
          "NSCOUNT": 0,
          "Opcode": 0,
          "QCLASS": 1,
          "QCLASSname": "IN",
          "QDCOUNT": 1,
          "QNAME": "example.com.",
          "QR": 1,
          "QTYPE": 1,
          "QTYPEname": "A",
          "RA": 0,
          "RCODE": 0,
          "RD": 0,
          "TC": 0,
          "answerRRs": [
            {
              "CLASS": 1,
              "CLASSname": "IN",
              "NAME": "example.com.",
              "RDATAHEX": "C0000201",
              "RDLENGTH": 4,
              "TTL": 3600,
              "TYPE": 1,
              "TYPEname": "A",
              "rdataA": "192.0.2.1"
            }
          ]
        }
        "#);
    }

    #[test]
    fn empty_sections_are_left_out() {
        let query = DnsPacket::query(1, "example.com".parse().unwrap(), dnsparse::RecordType::A);
        let object = message(&query).unwrap();
        assert_eq!((&object["QR"], &object["ANCOUNT"]), (&json!(0), &json!(0)));
        assert!(object.get("answerRRs").is_none());
    }
}
