//! The judge: looks at a client and a recursive server from outside, as running programs on loopback sockets.
//!
//! It neither knows nor cares how they are made, or in which language. It plays the other side of each: for the client a server that
//! tells the truth, lies, stalls and forges; for the server an Internet of its own, from the root down, and the clients that ask.
//! Names, addresses and ids are different in each run, and follow from a seed, so that a run can be repeated.
//!
//! | module | does |
//! | --- | --- |
//! | [`subject`], [`command`] | what is judged, and programs as such |
//! | [`listen`], [`ask`] | the judge's ends of the wire: servers that note what they hear, and one question at a time |
//! | [`filler`], [`world`] | zones with gaps, filled by chance, and the servers that serve them |
//! | [`trial`], [`served`] | what a stage has at hand: a client's run, a server in its world |
//! | [`stages`] | a file for each thing that is judged |
//! | [`outcome`], [`answer`], [`report`] | what went wrong, whether two answers are the same, and both as text |
#![forbid(unsafe_code)]

pub mod answer;
pub mod ask;
pub mod command;
pub mod filler;
pub mod listen;
pub mod outcome;
pub mod report;
pub mod served;
pub mod stages;
pub mod subject;
pub mod trial;
pub mod world;
