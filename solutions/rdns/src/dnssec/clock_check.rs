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

use super::clock::date;
use super::evidence::rrsig;
use super::trust_state::TrustState;

/// The distance in seconds from the validity of the root's signature at which the clock is wrong, and
/// not merely a little late.
const TOLERANCE: u32 = 86_400;
/// The interval at which the clock is looked at as long as it is wrong, or the root does not reply.
const INTERVAL: Duration = Duration::from_secs(10);

/// The time in which a signature is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first second, since 1970.
    pub inception: u32,
    /// The last second.
    pub expiration: u32,
}

impl Validity {
    /// Returns a sentence about a clock that shows a time far outside; none for any other time.
    pub fn fault_of(self, now: u32) -> Option<String> {
        let Validity {
            inception,
            expiration,
        } = self;
        let is_early = now < inception.saturating_sub(TOLERANCE);
        let is_late = now > expiration.saturating_add(TOLERANCE);
        (is_early || is_late).then(|| {
            format!(
                "this machine's clock shows {}, and the root's keys are signed from {} to {}: until the clock is right, answers from signed zones are SERVFAIL, except for queries with CD",
                date(now),
                date(inception),
                date(expiration)
            )
        })
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_a_day_before_or_after_the_signature() {
        let validity = Validity {
            inception: 1_795_000_000,
            expiration: 1_796_000_000,
        };
        for (now, is_wrong) in [
            (0, true),
            (1_795_000_000 - 86_401, true),
            (1_795_000_000 - 86_400, false),
            (1_795_500_000, false),
            (1_796_000_000 + 86_400, false),
            (1_796_000_000 + 86_401, true),
        ] {
            let fault = validity.fault_of(now);
            assert_eq!(fault.is_some(), is_wrong, "at {now}: {fault:?}");
        }
        let fault = validity.fault_of(0).expect("1970 is wrong");
        insta::assert_snapshot!(fault, @"this machine's clock shows 1970-01-01, and the root's keys are signed from 2026-11-18 to 2026-11-30: until the clock is right, answers from signed zones are SERVFAIL, except for queries with CD");
    }
}
