//! Validation with DNSSEC in `rdns` and `client`: lessons 15 to 20 over lesson 8's resolver.
//!
//! | module | holds |
//! | --- | --- |
//! | [`evidence`] | the signatures and proofs of one reply |
//! | [`signatures`] | those of all replies lately, by the content of what they prove |
//! | `recent` | those of the last seconds, which no other reply displaces |
//! | [`assemble`] | a resolution with its evidence: the response that is validated |
//! | [`validator`] | runs lesson 18's chain of trust over the resolver |
//! | `work` | the bounds on that for one answer |
//! | [`trust_state`] | what a validator keeps: trust anchors, the clock, the caches |
//! | [`zones`], [`verdicts`] | what was validated: zones with their keys, and answers |
//! | [`gaps`] | answers from validated NSEC records, without a query (RFC 8198) |
//! | [`managed`], [`anchor_file`] | trust anchors that follow the keys of their zones (RFC 5011) |
//! | [`reply`] | writes into a reply what a client sees of a security status |
//! | [`setup`] | what a configuration asks for |
//! | [`clock_check`] | says so if the clock is far wrong at the start |
//! | [`clock`] | the time by which signatures are judged |

pub mod anchor_file;
pub mod anchor_report;
pub mod assemble;
pub mod clock;
pub mod clock_check;
pub mod evidence;
pub mod gaps;
pub mod managed;
mod recent;
pub mod reply;
pub mod setup;
pub mod signatures;
pub mod trust_state;
pub mod validator;
pub mod verdicts;
mod work;
pub mod zones;
