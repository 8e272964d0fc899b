//! What the programs are made of, apart from the lessons: command lines, what the system has to say, and what makes it quick.
//!
//! | module | is |
//! | --- | --- |
//! | [`client`] | the program that asks |
//! | [`batch`] | the names that it is to ask about, from a file |
//! | [`host`] | what it remembers, if it asks about several |
//! | [`server`] | the program that answers, by asking servers from the root down |
//! | [`service`] | the recursive resolver of lesson 12 behind threads that answer what is known |
//! | [`ready`] | replies that were made before |
//! | [`stats`] | what was done so far, in a line |
//! | [`limits`] | how many questions at a time this machine is good for |
//! | [`in_process`] | the server inside one process, for `client --lab` |
//! | [`system`] | what the machine's configuration says |

pub mod batch;
pub mod client;
pub mod host;
pub mod in_process;
pub mod limits;
pub mod ready;
pub mod server;
pub mod service;
pub mod stats;
pub mod system;
