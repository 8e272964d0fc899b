//! What the programs are made of, apart from the lessons: command lines, and what the system has to say.
//!
//! | module | is |
//! | --- | --- |
//! | [`client`] | the program that asks |
//! | [`server`] | the program that answers, by asking servers from the root down |
//! | [`recursive`] | the resolver of lesson 8 behind the manners of lesson 5 |
//! | [`in_process`] | the same inside one process, for `client --lab` |
//! | [`system`] | what the machine's configuration says |

pub mod client;
pub mod in_process;
pub mod recursive;
pub mod server;
pub mod system;
