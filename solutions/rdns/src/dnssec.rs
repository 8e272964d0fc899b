//! Validation with DNSSEC in `rdns` and `client`: lessons 15 to 20 over lesson 8's resolver.
//!
//! | module | holds |
//! | --- | --- |
//! | [`evidence`] | the signatures and proofs of one reply |
//! | [`signatures`] | those of all replies lately, by the content of what they prove, each with its verdict |

pub mod evidence;
pub mod signatures;
