//! What it means that a server said this, or nothing: for the walk, and for the choice of servers.

use std::io::ErrorKind;
use std::time::Duration;

use dnsparse::{Name, Question, Rcode, Rdata};
use network::Via;
use referral::{Lame, Reading, read};
use transport::{ExchangeError, Reply};

use crate::seams::{Attempt, Came};

/// Whether a server says that it could not read the query.
pub(crate) fn cannot_read(reply: &Reply) -> bool {
    matches!(reply.packet.header.rcode, Rcode::FORMERR | Rcode::NOTIMP)
}

/// Whether the question was asked over TCP as well, with a reply or without.
pub(crate) fn used_tcp(reply: &Result<Reply, ExchangeError>) -> bool {
    match reply {
        Ok(reply) => reply.via == Via::Tcp,
        Err(ExchangeError::Silence { via, .. } | ExchangeError::Unreachable { via, .. }) => {
            *via == Via::Tcp
        }
        Err(_) => false,
    }
}

/// What a reply says. Records that are malformed are left out by [`read`]; where that leaves nothing of an answer, it is not to be
/// read as "there is nothing".
pub(crate) fn read_whole(reply: &Reply, question: &Question, zone: &Name) -> Reading {
    let mut answers = reply.packet.answers.iter();
    let lacks_some = answers.any(|record| matches!(record.rdata, Rdata::Malformed { .. }));
    match read(&reply.packet, question, zone) {
        Reading::NoData(_) if lacks_some => Reading::Lame(Lame::Empty),
        reading => reading,
    }
}

/// What there is to report; none if the trouble is our own, such as too many open sockets, and says nothing about the server.
pub(crate) fn came(
    reading: &Result<(Reading, Via), ExchangeError>,
    took: Duration,
) -> Option<Came<'_>> {
    match reading {
        Ok((reading, via)) => Some(Came::Reply {
            took: (*via == Via::Udp).then_some(took),
            lame: match reading {
                Reading::Lame(lame) => Some(lame),
                _ => None,
            },
        }),
        // It did reply, by UDP: that it cannot say it all.
        Err(
            ExchangeError::Silence { via: Via::Tcp, .. }
            | ExchangeError::Unreachable { via: Via::Tcp, .. },
        ) => Some(Came::Reply {
            took: None,
            lame: Some(&Lame::Truncated),
        }),
        Err(ExchangeError::Silence { .. }) => Some(Came::Silence),
        Err(ExchangeError::Unreachable { reason, .. }) => match reason.kind() {
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable => Some(Came::Unreachable),
            _ => None,
        },
        Err(_) => None,
    }
}

/// Whether a server that did not reply is asked once more for this answer: not when it, or the system, says that this is in vain.
pub(crate) fn may_try_again(attempt: &Attempt, error: &ExchangeError) -> bool {
    !attempt.is_last && matches!(error, ExchangeError::Silence { .. })
}

/// Why a server gave no reply, as the words after its address.
pub(crate) fn in_words(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Silence { passed_over, .. } => format!("is silent{passed_over}"),
        ExchangeError::Unreachable { reason, .. } => format!("cannot be reached: {reason}"),
        error => format!("cannot be asked: {error}"),
    }
}
