//! Validates an answer from a small signed Internet, and prints the chain of trust.

use std::process::ExitCode;

use chain::{Context, NoZones, Nsec, Response, Step, TrustAnchors, Validation};
use clap::Parser;
use crypto::Ring;
use dnsparse::{Class, Name, Question, RecordType};
use tree::Tree;

#[macro_use]
#[path = "../../print.rs"]
mod print;

#[path = "../tests/tree/mod.rs"]
#[allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used
)]
mod tree;

/// Asks a small signed Internet a question, and validates the answer from its root down.
///
/// Its zones are the root, com, example.com, plain.com (not signed), org and cut.deep.org.
#[derive(Parser)]
struct Arguments {
    /// A name, such as www.example.com
    name: Name,
    /// A type
    #[arg(default_value = "A")]
    rtype: RecordType,
    /// Removes the signatures from the answer, as an attacker on the path can
    #[arg(long)]
    strip: bool,
    /// Validates at another time, in seconds since 1970
    #[arg(long, default_value_t = NOW)]
    at: u32,
}

/// 1 June 2026: the signatures hold in 2026.
const NOW: u32 = 1_780_272_000;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let tree = Tree::new();
    let question = question(&arguments.name, arguments.rtype);
    let mut response = tree.respond(&question);
    if arguments.strip {
        response
            .answer
            .retain(|record| record.rtype() != RecordType::RRSIG);
    }
    let mut anchors = TrustAnchors::new();
    anchors.add_dnskey(Name::ROOT, &tree.key(".").dnskey, &Ring);
    let context = Context {
        anchors: &anchors,
        known: &NoZones,
        proofs: &Nsec,
        now: arguments.at,
        crypto: &Ring,
    };
    print(&tree, &question, response, &context)
}

/// Drives the validation, and prints each question that it asks.
fn print(tree: &Tree, question: &Question, response: Response, context: &Context<'_>) -> ExitCode {
    let mut validation = Validation::new(question, response);
    let mut printed = 0;
    let verdict = loop {
        let (name, rtype) = match validation.step(context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => break verdict,
        };
        let response = tree.respond(&self::question(&name, rtype));
        validation.handle_response(&response, context);
        for link in validation.trace().skip(printed) {
            printed += 1;
            print_line!("{link}");
        }
    };
    for link in validation.trace().skip(printed) {
        print_line!("{link}");
    }
    for record in &verdict.response.answer {
        print_line!("  {record}");
    }
    print_line!("{}", verdict.status);
    match verdict.status {
        chain::Status::Bogus(_) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

fn question(qname: &Name, qtype: RecordType) -> Question {
    Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    }
}
