//! [`Reaction`]: the reaction of a scripted server to a message, instead of a reply from its zones.
//!
//! A reaction is to one message, and is composed of actions, in the order in which they are
//! written:
//!
//! ```
//! use lab::{no_reply, replies};
//! use network::Via;
//!
//! let lab = lab::Lab::internet();
//! lab.script(lab::RESOLVER, Via::Udp, [
//!     replies().with_wrong_id().after_ms(2).and(replies().after_ms(5)), // to the first message
//!     no_reply(),                                                       // to the second
//! ]); // from the third on: from its zones
//! ```

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question, Rcode};
use network::Via;

/// The reaction of a server to one message: no action, or several, each at its time. See
/// [`replies`].
#[derive(Debug, Clone)]
pub struct Reaction {
    pub(crate) actions: Vec<Action>,
    pub(crate) is_repeated: bool,
}

/// One action of a reaction.
#[derive(Clone)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    /// The time since the message was sent; the server's latency if there is none.
    pub(crate) after: Option<Duration>,
    edits: Vec<Edit>,
    /// The queries that it is limited to; none for all.
    only_to: Option<Condition>,
}

type Condition = Arc<dyn Fn(&DnsPacket) -> bool + Send + Sync>;
type Edit = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ActionKind {
    /// The reply from the server's zones.
    FromZones,
    /// The client's own message.
    Echo,
    /// Given octets.
    Octets(Vec<u8>),
    /// Connection refused.
    Refused,
    /// The connection ends.
    Closed,
    /// A connection that is never made.
    NeverOpens,
}

/// The reply from the server's zones, to be changed by the methods of [`Reaction`].
pub fn replies() -> Reaction {
    Reaction::one(ActionKind::FromZones)
}

/// The client's own message comes back, with QR still clear.
pub fn echo() -> Reaction {
    Reaction::one(ActionKind::Echo)
}

/// Given octets, whatever the message.
pub fn octets(octets: impl AsRef<[u8]>) -> Reaction {
    Reaction::one(ActionKind::Octets(octets.as_ref().to_vec()))
}

/// No reply: the query times out.
pub fn no_reply() -> Reaction {
    Reaction {
        actions: Vec::new(),
        is_repeated: false,
    }
}

/// No server listens. Over UDP the client's next receive fails with `ConnectionRefused` (an ICMP
/// message says that the port is unreachable); over TCP its next open does.
pub fn closed_port() -> Reaction {
    Reaction::one(ActionKind::Refused)
}

/// The TCP connection ends: receive fails with `UnexpectedEof`. To end it after the reply,
/// `replies().and(closes())`. Over UDP there is nothing to close, and nothing happens.
pub fn closes() -> Reaction {
    Reaction::one(ActionKind::Closed)
}

/// The next TCP connection is never made.
pub fn never_opens() -> Reaction {
    Reaction::one(ActionKind::NeverOpens)
}

/// The same reaction to every message from here on. Later entries of the script are never reached.
pub fn repeat(reaction: Reaction) -> Reaction {
    Reaction {
        is_repeated: true,
        ..reaction
    }
}

/// Each method changes the last action.
impl Reaction {
    fn one(kind: ActionKind) -> Reaction {
        let action = Action {
            kind,
            after: None,
            edits: Vec::new(),
            only_to: None,
        };
        Reaction {
            actions: vec![action],
            is_repeated: false,
        }
    }

    /// Adds the actions of another reaction to the same message.
    #[must_use]
    pub fn and(mut self, more: Reaction) -> Reaction {
        self.actions.extend(more.actions);
        self
    }

    /// Limits the action to some queries. Other queries, and messages that cannot be parsed, get no
    /// reply.
    #[must_use]
    pub fn only_to(
        mut self,
        condition: impl Fn(&DnsPacket) -> bool + Send + Sync + 'static,
    ) -> Reaction {
        if let Some(last) = self.actions.last_mut() {
            last.only_to = Some(Arc::new(condition));
        }
        self
    }

    /// Sets the time of arrival in milliseconds after the message was sent; at least one.
    #[must_use]
    pub fn after_ms(mut self, milliseconds: u64) -> Reaction {
        if let Some(last) = self.actions.last_mut() {
            last.after = Some(Duration::from_millis(milliseconds));
        }
        self
    }

    /// Changes the id.
    #[must_use]
    pub fn with_wrong_id(self) -> Reaction {
        self.with_id_plus(1)
    }

    /// Adds a number to the id, modulo 65,536.
    #[must_use]
    pub fn with_id_plus(self, more: u16) -> Reaction {
        self.edited(move |packet| packet.header.id = packet.header.id.wrapping_add(more))
    }

    /// Changes the name in the question to `wrong.question.example.`.
    #[must_use]
    pub fn with_wrong_question(self) -> Reaction {
        let wrong = Name::from_labels(["wrong", "question", "example"]).unwrap_or_default();
        self.edited(move |packet| {
            let rename = |question: &Question| Question {
                qname: wrong.clone(),
                ..question.clone()
            };
            packet.questions = packet.questions.iter().map(rename).collect();
        })
    }

    /// Sets TC and empties the sections.
    #[must_use]
    pub fn truncated(self) -> Reaction {
        self.edited(|packet| {
            packet.header.tc = true;
            empty_sections(packet);
        })
    }

    /// Sets the RCODE and empties the sections.
    #[must_use]
    pub fn with_rcode(self, rcode: Rcode) -> Reaction {
        self.edited(move |packet| {
            packet.header.rcode = Rcode(rcode.0 & 0xf);
            if let Some(edns) = &mut packet.edns {
                edns.extended_rcode = (rcode.0 >> 4) as u8;
            }
            empty_sections(packet);
        })
    }

    /// Changes the message in any other way. A message that cannot be parsed, or not be written
    /// after the change, stays as it is.
    #[must_use]
    pub fn edited(self, edit: impl Fn(&mut DnsPacket) + Send + Sync + 'static) -> Reaction {
        self.edited_octets(move |octets| {
            let Ok(mut packet) = DnsPacket::parse(octets) else {
                return;
            };
            edit(&mut packet);
            if let Ok(written) = packet.write() {
                *octets = written;
            }
        })
    }

    /// Cuts the message to its first octets.
    #[must_use]
    pub fn cut_to(self, length: usize) -> Reaction {
        self.edited_octets(move |octets| octets.truncate(length))
    }

    /// Changes the octets themselves.
    #[must_use]
    pub fn edited_octets(
        mut self,
        edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static,
    ) -> Reaction {
        if let Some(last) = self.actions.last_mut() {
            last.edits.push(Arc::new(edit));
        }
        self
    }

    /// Returns the first message of the reaction, if it has one.
    pub(crate) fn reply(
        &self,
        via: Via,
        message: &[u8],
        from_zones: impl Fn() -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let mut arrivals = self.actions.iter();
        arrivals.find_map(|action| action.arrival(via, message, &from_zones)?.ok())
    }

    /// Returns whether the reaction is about opening a connection.
    pub(crate) fn is_about_opening(&self) -> bool {
        self.actions
            .iter()
            .any(|action| matches!(action.kind, ActionKind::Refused | ActionKind::NeverOpens))
    }
}

impl Action {
    /// Returns the arrival, given the message and the reply from the server's zones; none if there
    /// is none.
    pub(crate) fn arrival(
        &self,
        via: Via,
        message: &[u8],
        from_zones: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Result<Vec<u8>, io::ErrorKind>> {
        if !self.applies_to(message) {
            return None;
        }
        let mut octets = match (&self.kind, via) {
            (ActionKind::FromZones, _) => from_zones()?,
            (ActionKind::Echo, _) => message.to_vec(),
            (ActionKind::Octets(octets), _) => octets.clone(),
            (ActionKind::Refused, Via::Udp) => return Some(Err(io::ErrorKind::ConnectionRefused)),
            (ActionKind::Refused, Via::Tcp) => return Some(Err(io::ErrorKind::ConnectionReset)),
            (ActionKind::Closed, Via::Tcp) => return Some(Err(io::ErrorKind::UnexpectedEof)),
            (ActionKind::Closed, Via::Udp) | (ActionKind::NeverOpens, _) => return None,
        };
        for edit in &self.edits {
            edit(&mut octets);
        }
        Some(Ok(octets))
    }

    fn applies_to(&self, message: &[u8]) -> bool {
        let fits =
            |condition: &Condition| DnsPacket::parse(message).is_ok_and(|query| condition(&query));
        self.only_to.as_ref().is_none_or(fits)
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} after {:?}, {} edits",
            self.kind,
            self.after,
            self.edits.len()
        )
    }
}

fn empty_sections(packet: &mut DnsPacket) {
    packet.answers.clear();
    packet.authorities.clear();
    packet.additionals.clear();
}
