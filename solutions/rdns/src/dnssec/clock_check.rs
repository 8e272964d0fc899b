//! The clock at the start: a machine without a battery wakes up in 1970, and then all signatures of
//! the Internet are from the future.
//!
//! Its clock is set over the network soon after, from servers whose names have to be resolved before
//! that. So the log says what is wrong. Answers of signed zones are bogus until the clock is right: to
//! accept signatures at any time would let old ones pass.
//! Clients that set the clock can ask with CD, or for names that are not signed, or use addresses.

use std::time::Duration;

use chase::{Knowledge, Resolver, ServerSelection, Trace};
use dnsparse::{Class, Name, Question, RecordType};
use network::Network;
use recursive::ThreadRandom;
use tokio::time::sleep;
use trust::validity::Validity;

use super::evidence::rrsig;
use super::trust_state::TrustState;

/// The interval at which the clock is looked at as long as it is wrong, or the root does not reply.
const INTERVAL: Duration = Duration::from_secs(10);

/// Compares the clock with the signature of the root's keys, and prints a line if it is far wrong, and
/// another one when it is right. Returns then.
pub async fn check_clock<N: Network, K: Knowledge, S: ServerSelection>(
    resolver: &Resolver<N, K, S>,
    state: &TrustState,
    print: impl Fn(&str),
) {
    let mut was_wrong = false;
    loop {
        let validity = root_validity(resolver, state).await;
        match validity.map(|validity| validity.fault_of(state.now())) {
            Some(None) if was_wrong => {
                state.forget_bogus();
                return print("the clock is right now: answers are validated");
            }
            Some(None) => return,
            Some(Some(fault)) if !was_wrong => {
                print(&fault);
                was_wrong = true;
            }
            _ => {}
        }
        sleep(INTERVAL).await;
    }
}

/// Returns the time in which the root's keys are signed, by all signatures together; none if the root
/// does not reply, or sends none.
async fn root_validity<N: Network, K: Knowledge, S: ServerSelection>(
    resolver: &Resolver<N, K, S>,
    state: &TrustState,
) -> Option<Validity> {
    let question = Question {
        qname: Name::ROOT,
        qtype: RecordType::DNSKEY,
        qclass: Class::IN,
    };
    let (random, trace) = (&mut ThreadRandom, &mut Trace::for_log());
    let keys = resolver.resolve(&question, random, trace).await;
    let signatures = state.signatures();
    let received = signatures.evidence(&signatures.rrset(&keys.records)?)?;
    let rrsigs = received.evidence.signatures.iter().filter_map(rrsig);
    Some(Validity {
        inception: rrsigs.clone().map(|it| it.inception).min()?,
        expiration: rrsigs.map(|it| it.expiration).max()?,
    })
}
