//! The validation that a configuration of `rdns` asks for.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use chain::{AnchorError, TrustAnchors};
use chase::{Knowledge, Resolver, ServerSelection};
use crypto::Ring;
use digest::{is_supported_algorithm, is_supported_digest};
use dnsparse::{Ds, ZoneError};
use network::Network;
use recursive::Recursive;
use trust::exceptions::{Exception, Exceptions};

use super::clock::Clock;
use super::managed::ManagedAnchors;
use super::trust_state::{TrustSettings, TrustState};
use super::validator::Validator;
use crate::config::input::read;
use crate::config::settings::CurrentSettings;
use crate::config::{Config, ConfigError, Settings};

/// Reads the trust anchors; none if answers are not validated.
///
/// The built-in ones are those of the Internet's root, and that of the mini-Internet. Another root,
/// that of root hints in a file, has other keys, or none.
///
/// # Errors
/// If the file of trust anchors cannot be read, or holds anything else.
pub fn anchors(config: &Config) -> Result<Option<TrustAnchors>, ConfigError> {
    if config.no_dnssec {
        return Ok(None);
    }
    let Some(path) = &config.trust_anchor else {
        return Ok(match &config.root_hints {
            _ if config.lab => Some(lab_anchors()),
            None => Some(TrustAnchors::iana()),
            Some(_) => None,
        });
    };
    read_anchors(path).map(Some)
}

/// Reads the file with the states of the trust anchors, if there is to be one.
///
/// # Errors
/// If it cannot be read, or is wrong; or if answers are not validated.
pub fn managed_anchors(
    config: &Config,
    anchors: Option<&TrustAnchors>,
) -> Result<Option<ManagedAnchors>, ConfigError> {
    let Some(file) = &config.trust_anchor_state else {
        return Ok(None);
    };
    let anchors = anchors.ok_or(ConfigError::Contradiction(
        "trust-anchor-state keeps the trust anchors of a validator, and there are none: set trust-anchor to the keys of the root that root-hints names",
    ))?;
    ManagedAnchors::load(file, anchors).map(Some)
}

/// Returns the trust anchors of the mini-Internet.
pub fn lab_anchors() -> TrustAnchors {
    TrustAnchors::from_ds_records(lab::signed::trust_anchor())
}

/// Reads a file of trust anchors.
///
/// # Errors
/// If the file cannot be read, or holds anything else.
pub fn read_anchors(path: &Path) -> Result<TrustAnchors, ConfigError> {
    let file = || path.display().to_string();
    let anchors = parse_anchors(&read("trust-anchor", path)?);
    let anchors = anchors.map_err(|error| match error {
        AnchorError::Zone(error) => ConfigError::Zone(Box::new(error.in_file(file()))),
        error => ConfigError::File {
            file: file(),
            text: error.to_string(),
        },
    })?;
    for (zone, keys) in anchors.zones() {
        let wrong = |text| ConfigError::File {
            file: file(),
            text: format!("the trust anchor of {zone} {text}"),
        };
        if let Some(ds) = keys.iter().find(|ds| !has_whole_digest(ds)) {
            return Err(wrong(format!(
                "with key tag {} has a digest of {} octets, which is not the length of its digest type",
                ds.key_tag,
                ds.digest.len()
            )));
        }
        let is_usable =
            |ds: &Ds| is_supported_algorithm(ds.algorithm) && is_supported_digest(ds.digest_type);
        if !keys.iter().any(is_usable) {
            return Err(wrong(
                "has an algorithm or a digest type that is not supported, so that none of its names could be validated: write a DS record with the digest type 2 (SHA-256)".to_owned(),
            ));
        }
    }
    Ok(anchors)
}

/// Whether the digest of an anchor has the length of its type, if this is a known one.
fn has_whole_digest(ds: &Ds) -> bool {
    match ds.digest_type {
        1 => ds.digest.len() == 20,
        2 => ds.digest.len() == 32,
        4 => ds.digest.len() == 48,
        _ => true,
    }
}

/// Parses trust anchors. The TTLs may be left out, as in the files that signers write (`dsset-…`):
/// an anchor does not expire.
///
/// # Errors
/// If the text holds anything but DS and DNSKEY records.
pub fn parse_anchors(text: &str) -> Result<TrustAnchors, AnchorError> {
    let parsed = TrustAnchors::parse(&format!("$TTL 1h\n{text}"), &Ring);
    parsed.map_err(|error| match error {
        // The line that was added is not the user's.
        AnchorError::Zone(error) => AnchorError::Zone(ZoneError {
            line: error.line.saturating_sub(1),
            ..error
        }),
        error => error,
    })
}

/// Composes a recursive resolver that validates, if there is a state for that.
pub fn with_validation<N: Network, K: Knowledge, S: ServerSelection>(
    mut resolver: Resolver<N, K, S>,
    trust: Option<Arc<TrustState>>,
    compose: impl FnOnce(Resolver<N, K, S>) -> Recursive<N, K, S>,
) -> Recursive<N, K, S> {
    let Some(trust) = trust else {
        return compose(resolver);
    };
    resolver = resolver.with_signatures(trust.keeper());
    let recursive = compose(resolver);
    let validator = Validator::new(Arc::clone(recursive.resolver()), trust);
    recursive.with_validation(Arc::new(validator))
}

/// Returns the clock by which signatures are judged: that of the mini-Internet stands at the time of
/// its signatures when the program starts.
pub fn clock(is_lab: bool) -> Clock {
    match is_lab {
        true => Clock::set_to(lab::signed::NOW),
        false => Clock::System,
    }
}

/// Returns a line about each negative trust anchor.
pub fn exception_lines(config: &Config) -> impl Iterator<Item = String> {
    let now = clock(config.lab).now();
    config
        .negative_trust_anchor
        .iter()
        .map(move |exception| match exception.0.end <= now {
            true => {
                format!("the negative trust anchor {exception} has ended: the zone is validated")
            }
            false => format!("not validated: {exception}"),
        })
}

/// Returns the names that are not validated: those of negative trust anchors, and of the zones with
/// servers that the settings of the moment name.
pub fn exceptions(anchors: &[Exception], settings: &Arc<ArcSwap<Settings>>) -> Exceptions {
    let own_zones = CurrentSettings(Arc::clone(settings));
    Exceptions::new(anchors.iter().cloned()).with_own_zones(Arc::new(own_zones))
}

/// Creates the state of the validator, with caches of the given capacity in records.
pub fn trust_state(
    config: &Config,
    settings: &Arc<ArcSwap<Settings>>,
    anchors: TrustAnchors,
    capacity: usize,
) -> Arc<TrustState> {
    let excepted = exceptions(&settings.load().negative_trust_anchors, settings);
    TrustState::new(TrustSettings {
        anchors,
        exceptions: excepted,
        clock: clock(config.lab),
        aggressive_nsec: !config.no_aggressive_nsec,
        capacity,
        crypto: Arc::new(Ring),
    })
}
