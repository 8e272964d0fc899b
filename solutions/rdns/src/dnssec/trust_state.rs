//! [`TrustState`]: everything that a validator keeps: trust anchors, the clock, and its caches.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use chain::{Context, TrustAnchors};
use chase::SignatureKeeper;
use crypto::Crypto;
use dnsparse::Name;
use hashed::{Meter, NsecAndNsec3};
use trust::bogus_cache::BogusCache;
use trust::exceptions::Exceptions;

use super::anchor_report::{AnchorReport, fixed_anchors};
use super::clock::Clock;
use super::gaps::Gaps;
use super::signatures::SignatureCache;
use super::verdicts::VerdictCache;
use super::zones::ZoneCache;

/// The settings that a validator starts with.
#[derive(Clone)]
pub struct TrustSettings {
    /// The keys that are trusted without proof.
    pub anchors: TrustAnchors,
    /// The zones that are not validated.
    pub exceptions: Exceptions,
    /// The time by which signatures are judged.
    pub clock: Clock,
    /// Whether validated NSEC records answer for other names than those they came for (RFC 8198).
    pub aggressive_nsec: bool,
    /// The capacity of the validator's caches, in records.
    pub capacity: usize,
    /// Digests and signatures.
    pub crypto: Arc<dyn Crypto>,
}

impl fmt::Debug for TrustSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("TrustSettings");
        fields.field("anchors", &self.anchors);
        fields.field("exceptions", &self.exceptions);
        fields.field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// The state of a validator: everything but the resolver.
pub struct TrustState {
    anchors: ArcSwap<TrustAnchors>,
    /// Where the anchors come from, if they follow the keys of their zones.
    report: ArcSwapOption<AnchorReport>,
    pub(super) clock: Clock,
    pub(super) signatures: SignatureCache,
    pub(super) zones: ZoneCache,
    pub(super) verdicts: VerdictCache,
    pub(super) bogus: BogusCache,
    pub(super) gaps: Gaps,
    pub(super) crypto: Arc<dyn Crypto>,
    /// The number of times that all statuses were forgotten.
    generation: AtomicU32,
}

impl fmt::Debug for TrustState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("TrustState");
        fields.field("anchors", &self.anchors);
        fields.field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl TrustState {
    /// Creates a state with empty caches: three eighths of the capacity for evidence, a quarter for
    /// gaps (the root alone has 1,440 of them), three sixteenths each for verdicts, and for zones and
    /// bogus answers.
    pub fn new(settings: TrustSettings) -> Arc<TrustState> {
        let capacity = settings.capacity;
        Arc::new(TrustState {
            anchors: ArcSwap::from_pointee(settings.anchors),
            report: ArcSwapOption::empty(),
            clock: settings.clock,
            signatures: SignatureCache::new(capacity / 8 * 3),
            zones: ZoneCache::new(capacity / 32 * 3, settings.exceptions),
            verdicts: VerdictCache::new(capacity / 16 * 3),
            bogus: BogusCache::new(capacity / 32 * 3),
            gaps: match settings.aggressive_nsec {
                true => Gaps::new(capacity / 4),
                false => Gaps::off(),
            },
            crypto: settings.crypto,
            generation: AtomicU32::new(0),
        })
    }

    /// Returns the keeper of signatures, for the resolver.
    pub fn keeper(&self) -> Arc<dyn SignatureKeeper> {
        Arc::new(self.signatures.clone())
    }

    /// Returns the present time.
    pub fn now(&self) -> u32 {
        self.clock.now()
    }

    /// Returns the cache of evidence.
    pub fn signatures(&self) -> &SignatureCache {
        &self.signatures
    }

    /// Returns the digests and signatures.
    pub fn crypto(&self) -> &dyn Crypto {
        &*self.crypto
    }

    /// Returns the keys that are trusted without proof.
    pub fn anchors(&self) -> Arc<TrustAnchors> {
        self.anchors.load_full()
    }

    /// Trusts other keys from now on. The results of validation with the old ones are removed.
    pub fn set_anchors(&self, anchors: TrustAnchors) {
        self.anchors.store(Arc::new(anchors));
        self.forget_statuses();
        self.gaps.clear();
    }

    /// Validates other names from now on: all but those of the exceptions.
    pub fn set_exceptions(&self, exceptions: Exceptions) {
        self.zones.set_exceptions(exceptions);
        self.forget_statuses();
    }

    /// Forgets which zones are secure and which are not, and which answers: other zones are validated
    /// now, or other servers answer for them.
    pub fn forget_statuses(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.zones.clear();
        self.verdicts.clear();
        self.bogus.clear();
    }

    /// Returns the number of times that all statuses were forgotten. The result of a validation that
    /// began before the last one is not stored.
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Sets what [`TrustState::report`] returns.
    pub(super) fn set_report(&self, report: AnchorReport) {
        self.report.store(Some(Arc::new(report)));
    }

    /// Says in lines which keys are trusted, and how they follow those of their zones.
    pub fn report(&self) -> String {
        match &*self.report.load() {
            Some(report) => report.to_string(),
            None => fixed_anchors(&self.anchors()),
        }
    }

    /// Forgets which names do not exist, as far as proofs for other names say so.
    pub fn forget_gaps(&self) {
        self.gaps.clear();
    }

    /// Forgets which answers were bogus: the reason has gone.
    pub fn forget_bogus(&self) {
        self.bogus.clear();
    }

    /// Whether the signatures of the root can show that this machine's clock is wrong: the root has a
    /// trust anchor, and the clock is not one that was set to the time of its signatures.
    pub fn can_check_clock(&self) -> bool {
        matches!(self.clock, Clock::System) && !self.anchors.load().of(&Name::ROOT).is_empty()
    }

    /// Returns what lesson 18 needs for a step. The meter bounds the work for one answer.
    pub(super) fn context<'c>(
        &'c self,
        anchors: &'c TrustAnchors,
        meter: &'c Meter<'c>,
    ) -> Context<'c> {
        Context {
            anchors,
            known: &self.zones,
            proofs: &NsecAndNsec3,
            now: self.clock.now(),
            crypto: meter,
        }
    }
}
