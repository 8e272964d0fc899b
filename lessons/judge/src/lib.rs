//! The judge: tests a client and a recursive resolver from outside, as running programs on loopback
//! sockets, whatever language they are written in.
//!
//! The judge plays the other side of each program. To a client it is a name server that answers,
//! forges, truncates or never replies. To a server it is an Internet from the root down, and the
//! clients. Names, addresses and ids differ in each run. They follow from a seed, so that a run can
//! be repeated. (Those of the signed zones, for a server that validates, are fixed: signatures made in
//! each run would need keys and cryptography here.)
//!
//! | module | does |
//! | --- | --- |
//! | [`subject`], [`command`], [`process`] | the programs under test, how a command line starts them, and how they end |
//! | [`name_server`], [`exchange`], [`stub`] | the judge's ends of the wire: name servers that log their queries, and a stub resolver |
//! | [`response`] | a reply of the server under test, or the reason why there is none |
//! | [`forgery`] | replies that do not match their query |
//! | [`filler`], [`test_internet`] | zones with placeholders, filled at random, and the servers of these zones |
//! | [`trial`], [`client_run`], [`server_run`] | the parts of a stage: a run of the client, a server in its test Internet |
//! | [`validation_run`] | a server that validates, in a signed test Internet |
//! | [`stages`] | a file for each stage |
//! | [`outcome`], [`answer`] | failures, and the comparison of answers |
//! | [`report`], [`diagram`], [`label`], [`text`] | the report as text, and the drawing of the messages |
#![forbid(unsafe_code)]

pub mod answer;
pub mod client_run;
pub mod command;
pub mod diagram;
pub mod exchange;
pub mod filler;
pub mod forgery;
pub mod label;
pub mod name_server;
pub mod outcome;
pub mod process;
pub mod report;
pub mod response;
pub mod server_run;
pub mod stages;
pub mod stub;
pub mod subject;
pub mod test_internet;
pub mod text;
pub mod trial;
pub mod validation_run;
