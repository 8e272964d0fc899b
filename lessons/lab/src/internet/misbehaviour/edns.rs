//! `edns.test`: servers that do not know EDNS.

use dnsparse::{DnsPacket, Edns, Rcode};

use super::always;
use crate::builder::LabBuilder;
use crate::script::replies;

pub(super) fn with_faults(builder: LabBuilder) -> LabBuilder {
    let edited = |builder, address, edit: fn(&mut DnsPacket, Edns)| {
        let reaction = replies().edited(move |reply| {
            if let Some(edns) = reply.edns.take() {
                edit(reply, edns);
            }
        });
        always(builder, address, reaction)
    };
    let builder = edited(builder, "198.18.32.2", |reply, _| {
        fail(reply, Rcode::NOTIMP)
    });
    let builder = edited(builder, "198.18.32.4", |reply, edns| {
        fail(reply, Rcode::FORMERR);
        reply.edns = Some(edns);
    });
    let builder = edited(builder, "198.18.32.5", |reply, edns| {
        fail(reply, Rcode::NOERROR);
        // BADVERS is 16: its upper bits are in EDNS.
        let extended_rcode = 1;
        reply.edns = Some(Edns {
            extended_rcode,
            ..edns
        });
    });
    let builder = edited(builder, "198.18.32.6", |reply, edns| {
        reply.edns = Some(Edns { version: 1, ..edns });
    });
    edited(builder, "198.18.32.7", |reply, _| {
        fail(reply, Rcode::FORMERR);
        reply.questions.clear();
    })
}

fn fail(reply: &mut DnsPacket, rcode: Rcode) {
    reply.header.rcode = rcode;
    reply.header.aa = false;
    reply.answers.clear();
    reply.authorities.clear();
    reply.additionals.clear();
}
