//! Interprets a reply, or an exchange without one: for the walk, and for the selection of servers.

use std::io::ErrorKind;
use std::time::Duration;

use dnsparse::Rcode;
use network::Via;
use referral::ReplyKind;
use transport::{ExchangeError, Reply};

use crate::hooks::{Attempt, AttemptOutcome};

/// Whether a server replied that it could not parse the query, or does not know the query's version
/// of EDNS, which is 0, the version that all others include.
pub(crate) fn cannot_parse(reply: &Reply) -> bool {
    let packet = &reply.packet;
    matches!(packet.header.rcode, Rcode::FORMERR | Rcode::NOTIMP)
        || packet.rcode() == Rcode::BADVERS
}

/// Returns the outcome to report to the selection of servers; none if the exchange failed for a
/// local reason, such as too many open sockets, which says nothing about the server. With a reply
/// comes its round-trip time, if it has one.
pub(crate) fn attempt_outcome(
    kind: &Result<(ReplyKind, Option<Duration>), ExchangeError>,
) -> Option<AttemptOutcome> {
    match kind {
        Ok((kind, took)) => Some(AttemptOutcome::Reply {
            took: *took,
            is_lame: matches!(kind, ReplyKind::Unusable(_) | ReplyKind::LastResort(_)),
        }),
        // The server did reply, over UDP: with a truncated reply.
        Err(
            ExchangeError::Timeout { via: Via::Tcp, .. }
            | ExchangeError::Unreachable { via: Via::Tcp, .. },
        ) => Some(AttemptOutcome::Reply {
            took: None,
            is_lame: true,
        }),
        Err(ExchangeError::Timeout { .. }) => Some(AttemptOutcome::Timeout),
        Err(ExchangeError::Unreachable { reason, .. }) => match reason.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Some(AttemptOutcome::Unreachable),
            _ => None,
        },
        Err(_) => None,
    }
}

/// Whether a server that sent no reply is queried once more during this search: after a timeout, if
/// the attempt was not the last.
pub(crate) fn may_try_again(attempt: &Attempt, error: &ExchangeError) -> bool {
    !attempt.is_last && matches!(error, ExchangeError::Timeout { .. })
}

/// Says why a server gave no reply, in words that stand after its address in a trace.
pub(crate) fn failure_text(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Timeout { discarded, .. } => format!("timed out{discarded}"),
        ExchangeError::Unreachable { reason, .. } => format!("could not be reached: {reason}"),
        error => format!("could not be queried: {error}"),
    }
}
