//! [`Reaction`]: what a server does instead of telling the truth, for tests of what has to be survived.
//!
//! A reaction is to one message, and is put together from what happens, in the order in which it is written:
//!
//! ```
//! use lab::{says, silence};
//! use network::Via;
//!
//! let lab = lab::Lab::internet();
//! lab.script(lab::RESOLVER, Via::Udp, [
//!     says().with_wrong_id().after_ms(2).and(says().after_ms(5)), // to the first message
//!     silence(),                                                  // to the second
//! ]);                                                             // from the third on: the truth
//! ```

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Question, Rcode};
use network::Via;

/// What a server does on one message: nothing, or one or more things, each at its time. See [`says`].
#[derive(Debug, Clone)]
pub struct Reaction {
    pub(crate) happenings: Vec<Happening>,
    pub(crate) for_ever: bool,
}

/// One thing that happens.
#[derive(Clone)]
pub(crate) struct Happening {
    pub(crate) what: What,
    /// Since the message was sent; the server's own latency where it is not given.
    pub(crate) after: Option<Duration>,
    edits: Vec<Edit>,
    /// The queries to which it happens; all of them if there is none.
    only_to: Option<Condition>,
}

type Condition = Arc<dyn Fn(&DnsPacket) -> bool + Send + Sync>;
type Edit = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// What the server would have said.
    Truth,
    /// The asker's own message.
    Echo,
    /// These octets.
    Octets(Vec<u8>),
    /// "Nobody listens there."
    Refused,
    /// The connection ends.
    Closed,
    /// A connection that is never made.
    NeverOpens,
}

/// The truth: what the server would have said without a script. To be made worse by the methods of [`Reaction`].
pub fn says() -> Reaction {
    Reaction::one(What::Truth)
}

/// The asker's own message comes back, QR still clear.
pub fn echo() -> Reaction {
    Reaction::one(What::Echo)
}

/// These octets, whatever was asked.
pub fn octets(octets: impl AsRef<[u8]>) -> Reaction {
    Reaction::one(What::Octets(octets.as_ref().to_vec()))
}

/// Nothing comes back, ever.
pub fn silence() -> Reaction {
    Reaction {
        happenings: Vec::new(),
        for_ever: false,
    }
}

/// Nobody listens. Over UDP the asker's next receive fails with `ConnectionRefused` (an ICMP message says that the port is
/// unreachable); over TCP its next open does.
pub fn refuses() -> Reaction {
    Reaction::one(What::Refused)
}

/// The TCP connection ends: receive fails with `UnexpectedEof`. To end it after the reply, `says().and(closes())`. Over
/// UDP there is nothing to close, and nothing happens.
pub fn closes() -> Reaction {
    Reaction::one(What::Closed)
}

/// The next TCP open waits for ever.
pub fn never_opens() -> Reaction {
    Reaction::one(What::NeverOpens)
}

/// This to every message from here on. What the script has after it is never reached.
pub fn for_ever(reaction: Reaction) -> Reaction {
    Reaction {
        for_ever: true,
        ..reaction
    }
}

/// Each method changes the last thing that happens.
impl Reaction {
    fn one(what: What) -> Reaction {
        let happening = Happening {
            what,
            after: None,
            edits: Vec::new(),
            only_to: None,
        };
        Reaction {
            happenings: vec![happening],
            for_ever: false,
        }
    }

    /// Something more happens on the same message.
    #[must_use]
    pub fn and(mut self, more: Reaction) -> Reaction {
        self.happenings.extend(more.happenings);
        self
    }

    /// It happens only to such queries; to others, and to what is no message, nothing does.
    #[must_use]
    pub fn only_to(
        mut self,
        condition: impl Fn(&DnsPacket) -> bool + Send + Sync + 'static,
    ) -> Reaction {
        if let Some(last) = self.happenings.last_mut() {
            last.only_to = Some(Arc::new(condition));
        }
        self
    }

    /// It arrives so many milliseconds after the message was sent, at least one.
    #[must_use]
    pub fn after_ms(mut self, milliseconds: u64) -> Reaction {
        if let Some(last) = self.happenings.last_mut() {
            last.after = Some(Duration::from_millis(milliseconds));
        }
        self
    }

    /// An id that is not the query's.
    #[must_use]
    pub fn with_wrong_id(self) -> Reaction {
        self.with_id_plus(1)
    }

    /// An id that is so much more than it should be, starting again at 0 after 65,535.
    #[must_use]
    pub fn with_id_plus(self, more: u16) -> Reaction {
        self.edited(move |packet| packet.header.id = packet.header.id.wrapping_add(more))
    }

    /// Another question than the one that was asked: `wrong.question.example.` instead of the name.
    #[must_use]
    pub fn with_wrong_question(self) -> Reaction {
        let wrong = Name::from_labels(["wrong", "question", "example"]).unwrap_or_default();
        self.edited(move |packet| {
            let rename = |asked: &Question| Question {
                qname: wrong.clone(),
                ..asked.clone()
            };
            packet.questions = packet.questions.iter().map(rename).collect();
        })
    }

    /// TC set and the sections empty: "ask again over TCP".
    #[must_use]
    pub fn truncated(self) -> Reaction {
        self.edited(|packet| {
            packet.header.tc = true;
            empty_sections(packet);
        })
    }

    /// A failure: this RCODE, and the sections empty.
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

    /// Any other change to the message. One that cannot be parsed, or not be written after the change, stays as it is.
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

    /// Only the first so many octets of the message.
    #[must_use]
    pub fn cut_to(self, length: usize) -> Reaction {
        self.edited_octets(move |octets| octets.truncate(length))
    }

    /// Any change to the octets themselves.
    #[must_use]
    pub fn edited_octets(
        mut self,
        edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static,
    ) -> Reaction {
        if let Some(last) = self.happenings.last_mut() {
            last.edits.push(Arc::new(edit));
        }
        self
    }

    /// The first message that this brings, if it brings any.
    pub(crate) fn reply(
        &self,
        via: Via,
        message: &[u8],
        truth: impl Fn() -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        let mut arrivals = self.happenings.iter();
        arrivals.find_map(|happening| happening.arrival(via, message, &truth)?.ok())
    }

    /// Whether this is about opening a connection, not about a message on it.
    pub(crate) fn is_about_opening(&self) -> bool {
        self.happenings
            .iter()
            .any(|happening| matches!(happening.what, What::Refused | What::NeverOpens))
    }
}

impl Happening {
    /// What arrives, given the message and what the server truly says to it; none if nothing does.
    pub(crate) fn arrival(
        &self,
        via: Via,
        message: &[u8],
        truth: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Result<Vec<u8>, io::ErrorKind>> {
        if !self.happens_to(message) {
            return None;
        }
        let mut octets = match (&self.what, via) {
            (What::Truth, _) => truth()?,
            (What::Echo, _) => message.to_vec(),
            (What::Octets(octets), _) => octets.clone(),
            (What::Refused, Via::Udp) => return Some(Err(io::ErrorKind::ConnectionRefused)),
            (What::Refused, Via::Tcp) => return Some(Err(io::ErrorKind::ConnectionReset)),
            (What::Closed, Via::Tcp) => return Some(Err(io::ErrorKind::UnexpectedEof)),
            (What::Closed, Via::Udp) | (What::NeverOpens, _) => return None,
        };
        for edit in &self.edits {
            edit(&mut octets);
        }
        Some(Ok(octets))
    }

    fn happens_to(&self, message: &[u8]) -> bool {
        let fits =
            |condition: &Condition| DnsPacket::parse(message).is_ok_and(|query| condition(&query));
        self.only_to.as_ref().is_none_or(fits)
    }
}

impl fmt::Debug for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} after {:?}, {} edits",
            self.what,
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
