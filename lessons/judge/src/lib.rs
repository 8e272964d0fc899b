//! The judge: tests a client and a recursive resolver from outside, as running programs on loopback
//! sockets, whatever language they are written in.
//!
//! The judge plays the other side of each program. To a client it is a name server that answers,
//! forges, truncates or never replies. To a server it is an Internet from the root down, and the
//! clients. Names, addresses and ids differ in each run. They follow from a seed, so that a run can
//! be repeated.
//!
//! | module | does |
//! | --- | --- |
//! | [`subject`], [`command`] | the programs under test, and how a command line starts them |
//! | [`name_server`], [`stub`] | the judge's ends of the wire: name servers that log their queries, and a stub resolver |
//! | [`filler`], [`test_internet`] | zones with placeholders, filled at random, and the servers of these zones |
//! | [`trial`], [`server_run`] | the parts of a stage: a run of the client, a server in its test Internet |
//! | [`stages`] | a file for each stage |
//! | [`outcome`], [`answer`], [`report`] | failures, the comparison of answers, and the report as text |
#![forbid(unsafe_code)]

pub mod answer;
pub mod command;
pub mod filler;
pub mod name_server;
pub mod outcome;
pub mod report;
pub mod server_run;
pub mod stages;
pub mod stub;
pub mod subject;
pub mod test_internet;
pub mod trial;
