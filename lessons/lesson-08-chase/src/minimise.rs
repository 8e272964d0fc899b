//! QNAME minimisation (RFC 9156, given): a server receives no more of the name than it needs to
//! refer the resolver onwards.
//!
//! ```text
//!                        without                      with
//!     the root           www.example.com A            com A
//!     com                www.example.com A            example.com A
//!     example.com        www.example.com A            www.example.com A
//! ```
//!
//! The price is a query where the next label is no zone cut, and servers that reply wrongly about
//! names that have no records of their own. [`QnameMinimisation::Relaxed`] sends them the whole name.

use std::borrow::Cow;
use std::net::IpAddr;

use dnsparse::{Name, Question, Rdata, Record, RecordType};
use referral::{Answer, ReplyKind};
use zone::substitute;

/// The most minimised queries of one walk (RFC 9156 section 2.3, MAX_MINIMISE_COUNT). A name of a
/// hundred labels would use up the budget otherwise.
const MAX_QUERIES: usize = 10;
/// The number of minimised queries that show one more label each (MINIMISE_ONE_LAB). Later ones show
/// several, so that the whole name is reached after [`MAX_QUERIES`].
const ONE_LABEL: usize = 4;
/// The number of labels that a query shows at a time below ip6.arpa: 32 bits of the address, as with
/// unbound. Zones begin at /32, /48 or /64, and hardly ever between two of these.
const IP6_LABELS: usize = 8;
/// The number of failures in one zone, after which all of its servers receive the whole name: servers
/// whose reply to a minimised query was unusable, and minimised queries without a reply. One may be
/// the accident of a single server.
const MAX_FAILURES: usize = 2;

/// Whether servers receive only a part of the name, where that is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QnameMinimisation {
    /// Every server receives the whole name.
    #[default]
    Off,
    /// The servers of a zone receive the whole name after NXDOMAIN, after errors of two of them or of
    /// all of them, or after two queries without a reply: they may handle names without records
    /// wrongly.
    Relaxed,
    /// No reply makes a server receive more than a part. Only servers of the zone that has the name
    /// receive all of it, as far as the cache knows the zone cuts; and those that are asked for glue,
    /// or for a name of so many labels that the minimised queries are used up.
    Strict,
}

/// The state of the walks of one search.
#[derive(Debug, Default)]
pub(crate) struct Minimisation {
    pub(crate) mode: QnameMinimisation,
    /// The walk that was on top of the stack last.
    current: Option<MinimisedWalk>,
    others: Vec<MinimisedWalk>,
}

#[derive(Debug)]
struct MinimisedWalk {
    question: Question,
    zone: Name,
    /// The number of labels of the longest name that is known not to be a zone cut, or the zone.
    labels: usize,
    /// The number of minimised queries so far.
    queries: usize,
    /// The servers of this zone whose reply to a minimised query was unusable. They receive no other
    /// minimised query.
    failed: Vec<IpAddr>,
    /// The number of minimised queries without a reply in this zone.
    timeouts: usize,
    /// Whether the servers of this zone receive the whole name, whatever failed.
    is_off: bool,
}

/// What the reply to a query means for the walk.
pub(crate) enum Interpreted {
    /// The reply is handled as one to the walk's own question.
    Reply(ReplyKind),
    /// The walk goes on in the same zone, with a longer name. The text is for the trace.
    Longer(&'static str),
}

impl Minimisation {
    /// Returns the question to send to one of the `servers` of `zone`, for the walk for `question`.
    pub(crate) fn question(
        &mut self,
        question: &Question,
        zone: &Name,
        servers: &[IpAddr],
    ) -> Question {
        if self.mode == QnameMinimisation::Off {
            return question.clone();
        }
        let walk = self.walk(question, zone);
        let total = question.qname.label_count();
        let shown = walk.labels_to_show();
        if walk.shows_all() || walk.capable(servers).next().is_none() || shown >= total {
            return question.clone();
        }
        let mut names = question.qname.ancestors();
        Question {
            qname: names.nth(total - shown).unwrap_or_default(),
            // No other type is as common, so none is handled as well (RFC 9156 section 2.1).
            qtype: RecordType::A,
            qclass: question.qclass,
        }
    }

    /// Returns those of the `servers` that may receive `sent`: all of them, if it is the whole
    /// question; and otherwise those that did not fail for a part of it.
    pub(crate) fn capable<'s>(
        &mut self,
        sent: &Question,
        question: &Question,
        zone: &Name,
        servers: &'s [IpAddr],
    ) -> Cow<'s, [IpAddr]> {
        if sent == question {
            return servers.into();
        }
        self.walk(question, zone).capable(servers).collect()
    }

    /// Notes that the answer to a minimised question is known already, so that a longer name can be
    /// sent.
    pub(crate) fn note_cached(
        &mut self,
        sent: &Question,
        question: &Question,
        zone: &Name,
        answer: &Answer,
    ) {
        let is_strict = self.mode == QnameMinimisation::Strict;
        let walk = self.walk(question, zone);
        match answer {
            // The cache denies the name, and not those below it: it knows records or zones there.
            Answer::NxDomain(_) if is_strict => walk.pass(sent),
            _ => {
                walk.advance(sent, answer);
            }
        }
    }

    /// Decides what the reply of a server to `sent` means for the walk for `question`.
    pub(crate) fn interpret(
        &mut self,
        sent: &Question,
        question: &Question,
        zone: &Name,
        server: IpAddr,
        kind: ReplyKind,
    ) -> Interpreted {
        if sent == question {
            return Interpreted::Reply(kind);
        }
        let is_strict = self.mode == QnameMinimisation::Strict;
        let walk = self.walk(question, zone);
        walk.queries += 1;
        match kind {
            ReplyKind::Referral(_) => Interpreted::Reply(kind),
            ReplyKind::Answer(Answer::NxDomain(_)) | ReplyKind::LastResort(Answer::NxDomain(_))
                if is_strict =>
            {
                Interpreted::Reply(kind)
            }
            ReplyKind::Answer(answer) => match redirected(question, &answer) {
                Some(answer) => Interpreted::Reply(ReplyKind::Answer(answer)),
                None => walk.advance(sent, &answer),
            },
            ReplyKind::LastResort(answer) => match redirected(question, &answer) {
                Some(answer) => Interpreted::Reply(ReplyKind::LastResort(answer)),
                None => walk.advance(sent, &answer),
            },
            ReplyKind::Unusable(_) if is_strict => Interpreted::Reply(kind),
            ReplyKind::Unusable(_) => {
                if !walk.failed.contains(&server) {
                    walk.failed.push(server);
                }
                Interpreted::Longer("sends an unusable reply: no other part of the name goes there")
            }
        }
    }

    /// Has the servers of `zone` receive the whole name: only a server that receives the name of
    /// another server's host replies with its glue.
    pub(crate) fn turn_off(&mut self, question: &Question, zone: &Name) {
        self.walk(question, zone).is_off = true;
    }

    /// Notes that a query had no reply: the server may drop what it does not understand.
    pub(crate) fn note_no_reply(&mut self, sent: &Question, question: &Question, zone: &Name) {
        if self.is_inconclusive(sent, question) {
            self.walk(question, zone).timeouts += 1;
        }
    }

    /// Notes that a query whose timeout was noted had a late reply. Returns whether that reply
    /// leads the walk on: not if it has gone further already, or if a query with the whole name is
    /// out by now.
    pub(crate) fn note_late(
        &mut self,
        sent: &Question,
        question: &Question,
        zone: &Name,
        kind: &ReplyKind,
    ) -> bool {
        if sent == question {
            return true;
        }
        let walk = self.walk(question, zone);
        let is_news = matches!(kind, ReplyKind::Referral(_))
            || !walk.shows_all() && walk.labels < sent.qname.label_count();
        walk.timeouts = walk.timeouts.saturating_sub(1);
        is_news
    }

    /// Whether a failure of `sent` says nothing about the whole question: in relaxed mode, a server
    /// that mishandles a part of the name may well have all of it.
    pub(crate) fn is_inconclusive(&self, sent: &Question, question: &Question) -> bool {
        sent != question && self.mode == QnameMinimisation::Relaxed
    }

    /// Returns the state of the walk for a question, in its present zone.
    fn walk(&mut self, question: &Question, zone: &Name) -> &mut MinimisedWalk {
        let is_other = |walk: &MinimisedWalk| walk.question != *question;
        if self.current.as_ref().is_some_and(is_other) {
            self.others.extend(self.current.take());
            let place = self.others.iter().position(|walk| !is_other(walk));
            self.current = place.map(|place| self.others.swap_remove(place));
        }
        let walk = self
            .current
            .get_or_insert_with(|| MinimisedWalk::new(question, zone));
        if walk.zone != *zone {
            walk.zone = zone.clone();
            walk.labels = zone.label_count();
            walk.failed.clear();
            walk.timeouts = 0;
            walk.is_off = false;
        }
        walk
    }
}

impl MinimisedWalk {
    fn new(question: &Question, zone: &Name) -> MinimisedWalk {
        MinimisedWalk {
            question: question.clone(),
            zone: zone.clone(),
            labels: zone.label_count(),
            queries: 0,
            failed: Vec::new(),
            timeouts: 0,
            is_off: false,
        }
    }

    /// Whether the servers of the zone receive the whole name.
    fn shows_all(&self) -> bool {
        self.is_off || self.failed.len() + self.timeouts >= MAX_FAILURES
    }

    /// Returns those of the servers that did not fail for a part of the name.
    fn capable(&self, servers: &[IpAddr]) -> impl Iterator<Item = IpAddr> {
        let servers = servers.iter().copied();
        servers.filter(|server| !self.failed.contains(server))
    }

    /// Returns the number of labels that the next query shows (RFC 9156 section 2.3): one more than
    /// is known, or several if few queries are left.
    fn labels_to_show(&self) -> usize {
        let total = self.question.qname.label_count();
        let hidden = total.saturating_sub(self.labels);
        let more = match MAX_QUERIES.saturating_sub(self.queries) {
            0 => hidden,
            _ if self.queries < ONE_LABEL => 1,
            // The last queries show the remainder, each one label more.
            left => hidden / left,
        };
        let least = match hidden >= IP6_LABELS && self.is_in_ip6_arpa() {
            true => IP6_LABELS,
            false => 1,
        };
        let mut shown = self.labels + more.max(least);
        // Names such as _tcp.example.com are hardly ever zone cuts (RFC 9156 section 2.3).
        while shown < total && self.first_label_of(shown).starts_with(b"_") {
            shown += 1;
        }
        shown
    }

    /// Whether the servers of the zone have seen that the name is in ip6.arpa.
    fn is_in_ip6_arpa(&self) -> bool {
        let is = |labels, label: &[u8]| self.first_label_of(labels).eq_ignore_ascii_case(label);
        self.labels >= 2 && is(1, b"arpa") && is(2, b"ip6")
    }

    /// Returns the first label of the name with this number of labels.
    fn first_label_of(&self, labels: usize) -> &[u8] {
        let name = &self.question.qname;
        let mut all = name.labels();
        all.nth(name.label_count().saturating_sub(labels))
            .unwrap_or_default()
    }

    /// Goes on after the answer to a minimised question.
    fn advance(&mut self, sent: &Question, answer: &Answer) -> Interpreted {
        match answer {
            // Some servers say NXDOMAIN for names that have no records, but names below them.
            Answer::NxDomain(_) | Answer::NameTooLong(_) => self.is_off = true,
            // An alias at the name leaves names below it as they are (RFC 9156 section 3, step 6c).
            Answer::NoData(_) | Answer::Positive(_) | Answer::Alias { .. } => self.pass(sent),
        }
        Interpreted::Longer(text(answer))
    }

    /// Notes that the name of `sent` is no zone cut: the next query shows a longer one.
    fn pass(&mut self, sent: &Question) {
        self.labels = self.labels.max(sent.qname.label_count());
    }
}

/// Returns the answer to the whole question, if a DNAME answers the minimised one: it redirects all
/// names below it, so its servers need not see the whole name (RFC 9156 section 3, step 6b).
fn redirected(question: &Question, answer: &Answer) -> Option<Answer> {
    let (Answer::Alias { records, .. } | Answer::NameTooLong(records)) = answer else {
        return None;
    };
    let dname = records.first()?;
    let Rdata::Dname(to) = &dname.rdata else {
        return None;
    };
    let Question { qname, qtype, .. } = question;
    // To a question for CNAME, the alias is the answer.
    if matches!(*qtype, RecordType::CNAME | RecordType::ANY) {
        return None;
    }
    let Some(target) = substitute(qname, &dname.owner, to) else {
        return Some(Answer::NameTooLong(vec![dname.clone()]));
    };
    let cname = Record::new(qname.clone(), dname.ttl, Rdata::Cname(target.clone()));
    let records = vec![dname.clone(), cname];
    Some(Answer::Alias { records, target })
}

fn text(answer: &Answer) -> &'static str {
    match answer {
        Answer::NxDomain(_) => "says that it does not exist: the whole name comes next",
        Answer::NameTooLong(_) => "says that a name gets too long: the whole name comes next",
        Answer::NoData(_) => "has no such records there: more of the name comes next",
        Answer::Positive(_) => "has such records there: more of the name comes next",
        Answer::Alias { .. } => "has an alias there: more of the name comes next",
    }
}
