//! [`Chain`]: from a trust anchor down to the zone that a name is in (RFC 4035 section 5).

use std::sync::Arc;

use dnsparse::{Ds, Name, Record, RecordType};

use crate::context::Context;
use crate::keys::{ValidatedKeys, validated_keys};
use crate::link::{Link, LinkKind, link};
use crate::reason::Reason;
use crate::response::{Response, SignedRrset};
use crate::status::{Bogus, Indeterminate};
use crate::trace::{LinkResult, TracedLink};
use crate::zone_status::{Zone, ZoneStatus};

/// The chain of trust to a name, as a state machine.
#[derive(Debug, Clone)]
pub struct Chain {
    target: Name,
    state: State,
    /// The zones whose status it has found, for a cache.
    zones: Vec<Zone>,
    trace: Vec<TracedLink>,
}

/// The next step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainStep {
    /// Resolve the DNSKEY records of this zone, and call [`Chain::handle_response`].
    Dnskey(Name),
    /// Resolve the DS records of this name, at the servers of the zone above it, and call
    /// [`Chain::handle_response`].
    Ds(Name),
    /// The chain has ended.
    Ended(Ending),
}

/// The end of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The zone that the name is in, with its keys; or the zone from which on nothing is signed.
    Zone(Zone),
    /// A link of the chain is broken.
    Bogus(Bogus),
    /// There is no chain.
    Indeterminate(Indeterminate),
}

#[derive(Debug, Clone)]
enum State {
    /// A zone was reached whose keys are not known yet.
    Keys {
        zone: Name,
        /// The DS records that vouch for them.
        ds_set: Vec<Ds>,
        proof: Arc<[Record]>,
        /// The TTL of the DS records.
        ttl: u32,
    },
    /// The name is at or below this secure zone.
    Below {
        zone: Zone,
        /// The longest name on the way to the target that is known to be in the zone.
        tested: Name,
    },
    Ended(Ending),
}

impl Chain {
    /// Starts a chain to a name, at the closest zone that is known or has a trust anchor.
    pub fn new(target: Name, context: &Context<'_>) -> Chain {
        let mut chain = Chain {
            state: State::Ended(Ending::Indeterminate(Indeterminate::NoAnchor)),
            target,
            zones: Vec::new(),
            trace: Vec::new(),
        };
        let known = context.known.closest(&chain.target, context.now);
        let anchor = context.anchors.closest(&chain.target);
        match (known, anchor) {
            (None, None) => {}
            (Some(known), None) => chain.enter(known),
            // An anchor in an insecure zone makes an island of security.
            (Some(known), Some((zone, _))) if known.name.is_at_or_below(&zone) => {
                chain.enter(known);
            }
            (_, Some((zone, ds_set))) => {
                chain.state = State::Keys {
                    zone,
                    ds_set: ds_set.to_vec(),
                    proof: Arc::new([]),
                    ttl: u32::MAX,
                }
            }
        }
        chain
    }

    /// Makes a chain that has ended at a zone.
    pub(crate) fn ended(zone: Zone) -> Chain {
        Chain {
            target: zone.name.clone(),
            state: State::Ended(Ending::Zone(zone)),
            zones: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// Returns the next step: the same one until a response has been handled.
    pub fn step(&self) -> ChainStep {
        match &self.state {
            State::Keys { zone, .. } => ChainStep::Dnskey(zone.clone()),
            State::Below { zone, tested, .. } => match next_name(tested, &self.target) {
                Some(name) => ChainStep::Ds(name),
                None => ChainStep::Ended(Ending::Zone(zone.clone())),
            },
            State::Ended(ending) => ChainStep::Ended(ending.clone()),
        }
    }

    /// Handles the response to the question of the last step.
    pub fn handle_response(&mut self, response: &Response, context: &Context<'_>) {
        match (self.state.clone(), self.step()) {
            (State::Keys { ds_set, ttl, .. }, ChainStep::Dnskey(zone)) => {
                let keys = SignedRrset::find(&response.answer, &zone, RecordType::DNSKEY);
                let keys = keys.ok_or(Reason::DnskeyMissing);
                let validated = keys
                    .and_then(|rrset| validated_keys(&ds_set, &rrset, context.now, context.crypto));
                match validated {
                    Ok(validated) => self.enter_validated(zone, validated, ttl),
                    Err(reason) => {
                        let reason = reason.unless_exhausted(context.crypto);
                        self.end_bogus(zone, RecordType::DNSKEY, reason);
                    }
                }
            }
            (State::Below { zone, .. }, ChainStep::Ds(name)) => {
                match link(&name, response, zone.keys(), context) {
                    Ok(link) => self.follow(name, link, zone),
                    Err(reason) => {
                        let reason = reason.unless_exhausted(context.crypto);
                        self.end_bogus(name, RecordType::DS, reason);
                    }
                }
            }
            _ => {}
        }
    }

    /// Handles the absence of a response to the question of the last step: the servers have failed.
    pub fn handle_failure(&mut self) {
        let (name, rtype) = match self.step() {
            ChainStep::Dnskey(zone) => (zone, RecordType::DNSKEY),
            ChainStep::Ds(name) => (name, RecordType::DS),
            ChainStep::Ended(_) => return,
        };
        let no_response = Indeterminate::NoResponse { name, rtype };
        self.state = State::Ended(Ending::Indeterminate(no_response));
    }

    /// Returns the zones whose status was found since the last call, for a cache.
    pub fn take_zones(&mut self) -> Vec<Zone> {
        std::mem::take(&mut self.zones)
    }

    /// Returns the links that were validated.
    pub fn trace(&self) -> &[TracedLink] {
        &self.trace
    }

    /// Goes on from a zone whose status is known.
    fn enter(&mut self, zone: Zone) {
        self.state = match &zone.status {
            ZoneStatus::Secure(_) => State::Below {
                tested: zone.name.clone(),
                zone,
            },
            ZoneStatus::Insecure(_) => State::Ended(Ending::Zone(zone)),
        };
    }

    /// Goes on with the zone whose DNSKEY RRset has been validated.
    fn enter_validated(&mut self, zone: Name, validated: ValidatedKeys, ds_ttl: u32) {
        let zone = match (validated, &self.state) {
            (ValidatedKeys::Keys(keys, ttl), _) => {
                self.note(
                    zone.clone(),
                    RecordType::DNSKEY,
                    LinkResult::Keys(keys.len()),
                );
                Zone {
                    name: zone,
                    status: ZoneStatus::Secure(keys.into()),
                    ttl: ttl.min(ds_ttl),
                }
            }
            (ValidatedKeys::Insecure(cause), State::Keys { proof, .. }) => {
                let proof = proof.clone();
                self.note(
                    zone.clone(),
                    RecordType::DNSKEY,
                    LinkResult::Insecure(cause),
                );
                Zone::insecure(zone, cause, proof, ds_ttl)
            }
            _ => return,
        };
        self.learn(zone);
    }

    /// Goes down by one name, from `zone`, which is secure.
    fn follow(&mut self, name: Name, link: Link, zone: Zone) {
        let result = LinkResult::of_link(&link.kind, &zone.name);
        self.note(name.clone(), RecordType::DS, result);
        let Link { kind, proof, ttl } = link;
        todo!(
            "Go on as the link demands: `State` says what comes next in each of its variants, and `learn` takes a `Zone::insecure`. A chain that does not end gets one name closer to its target."
        )
    }

    /// Remembers a zone for a cache, and goes on from it.
    fn learn(&mut self, zone: Zone) {
        self.zones.push(zone.clone());
        self.enter(zone);
    }

    fn end_bogus(&mut self, owner: Name, rtype: RecordType, reason: Reason) {
        let bogus = Bogus {
            owner: owner.clone(),
            rtype,
            reason,
        };
        self.note(owner, rtype, LinkResult::Bogus(bogus.clone()));
        self.state = State::Ended(Ending::Bogus(bogus));
    }

    fn note(&mut self, name: Name, rtype: RecordType, result: LinkResult) {
        self.trace.push(TracedLink {
            name,
            rtype,
            result,
        });
    }
}

/// Returns the name after `tested` on the way down to `target`: one label longer. None, if the target
/// has been reached.
fn next_name(tested: &Name, target: &Name) -> Option<Name> {
    let labels = tested.label_count() + 1;
    let mut ancestors = target.ancestors();
    ancestors.find(|ancestor| ancestor.label_count() == labels)
}
