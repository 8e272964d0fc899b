//! What it means that a server said this, or nothing: for the walk, and for the choice of servers.

use std::io::ErrorKind;
use std::time::Duration;

use dnsparse::{Name, Question, Rcode, Rdata};
use network::Via;
use referral::{Answer, Lame, ReplyKind, Unusable, classify};
use transport::{ExchangeError, Reply};

use crate::hooks::{Attempt, AttemptOutcome};

/// Whether a server says that it could not read the query.
pub(crate) fn cannot_read(reply: &Reply) -> bool {
    matches!(reply.packet.header.rcode, Rcode::FORMERR | Rcode::NOTIMP)
}

/// Whether the question was asked over TCP as well, with a reply or without.
pub(crate) fn used_tcp(reply: &Result<Reply, ExchangeError>) -> bool {
    match reply {
        Ok(reply) => reply.via == Via::Tcp,
        Err(ExchangeError::Timeout { via, .. } | ExchangeError::Unreachable { via, .. }) => {
            *via == Via::Tcp
        }
        Err(_) => false,
    }
}

/// What a reply says. Records that are malformed are left out by [`classify`]; where that leaves nothing of an answer, it is not to be
/// read as "there is nothing".
pub(crate) fn classify_reply(reply: &Reply, question: &Question, zone: &Name) -> ReplyKind {
    let mut answers = reply.packet.answers.iter();
    let lacks_some = answers.any(|record| matches!(record.rdata, Rdata::Malformed { .. }));
    match classify(&reply.packet, question, zone) {
        ReplyKind::Answer(Answer::NoData(_)) if lacks_some => {
            ReplyKind::Unusable(Unusable::Lame(Lame::Empty))
        }
        reading => reading,
    }
}

/// What there is to report; none if the trouble is our own, such as too many open sockets, and says nothing about the server.
pub(crate) fn attempt_outcome(
    reading: &Result<(ReplyKind, Via), ExchangeError>,
    took: Duration,
) -> Option<AttemptOutcome<'_>> {
    match reading {
        Ok((reading, via)) => Some(AttemptOutcome::Reply {
            took: (*via == Via::Udp).then_some(took),
            unusable: match reading {
                ReplyKind::Unusable(lame) => Some(lame),
                _ => None,
            },
        }),
        // It did reply, by UDP: that it cannot say it all.
        Err(
            ExchangeError::Timeout { via: Via::Tcp, .. }
            | ExchangeError::Unreachable { via: Via::Tcp, .. },
        ) => Some(AttemptOutcome::Reply {
            took: None,
            unusable: Some(&Unusable::Truncated),
        }),
        Err(ExchangeError::Timeout { .. }) => Some(AttemptOutcome::Timeout),
        Err(ExchangeError::Unreachable { reason, .. }) => match reason.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable => Some(AttemptOutcome::Unreachable),
            _ => None,
        },
        Err(_) => None,
    }
}

/// Whether a server that did not reply is asked once more for this answer: not when it, or the system, says that this is in vain.
pub(crate) fn may_try_again(attempt: &Attempt, error: &ExchangeError) -> bool {
    !attempt.is_last && matches!(error, ExchangeError::Timeout { .. })
}

/// Why a server gave no reply, as the words after its address.
pub(crate) fn in_words(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Timeout { discarded, .. } => format!("is silent{discarded}"),
        ExchangeError::Unreachable { reason, .. } => format!("cannot be reached: {reason}"),
        error => format!("cannot be asked: {error}"),
    }
}
