//! The parts of the programs `client` and `rdns` that no lesson has: command lines, the system's
//! configuration, and the reply cache.
//!
//! | module | holds |
//! | --- | --- |
//! | [`client`] | the program `client`, a stub resolver |
//! | [`host`] | its cache, where it looks up several names |
//! | [`in_process`] | its network for `--lab`: the lab, with the resolver inside the same process |
//! | [`system`] | its default server, from the system's configuration |
//! | [`server`] | the program `rdns`, a recursive resolver |
//! | [`config`] | its configuration: flags, file, reload |
//! | [`local`] | local data, blocklists, and the protection against rebinding |
//! | [`forward`] | zones with servers of their own |
//! | [`root_zone`] | a copy of the root zone, in place of the root servers |
//! | [`control`] | `rdns ctl`, and metrics for Prometheus |
//! | [`assembly`] | puts its resolver together |
//! | [`encrypted`] | DNS over TLS for its clients |
//! | [`service`] | lesson 12's resolver behind the reply cache, and the threads that answer from it |
//! | [`guard`] | lesson 14's quotas before the service |
//! | [`dnssec`] | validation with DNSSEC |
//! | [`datagrams`] | the UDP socket of `rdns`, which replies from the address that was queried |
//! | [`sandbox`] | the files that it may open, on Linux |
//! | [`privileges`] | the capabilities that it drops, on Linux |
//! | [`reply_cache`] | whole replies, kept as octets and sent again |
//! | [`log`] | its log, which never blocks it |
//! | [`lossy_queue`] | the bounded queue of the log, and of dnstap |
//! | [`dnstap`] | the log of the messages themselves |
//! | [`minimisation`] | the flag for QNAME minimisation |
//! | `listeners` | the sockets that clients reach |
//! | [`service_manager`] | systemd: sockets, and readiness |
//! | [`signals`] | the signals that do not end it |
//! | [`counters`] | the numbers of its queries and replies |
//! | [`stats`] | these numbers and others, as text and with their names for Prometheus |
//! | `aliases` | the names that CNAME records lead to |
//! | `text` | numbers with their nouns |
//! | [`upstream`] | its sockets to other servers: some are used for more than one query |
//! | [`limits`] | the limit of open files, and the bound on searches in flight |

mod aliases;
mod arrivals;
pub mod assembly;
pub mod client;
pub mod config;
pub mod control;
pub mod counters;
pub mod datagrams;
pub mod dnssec;
pub mod dnstap;
pub mod encrypted;
pub mod forward;
pub mod guard;
pub mod host;
pub mod in_process;
pub mod limits;
mod listeners;
pub mod local;
pub mod log;
pub mod lossy_queue;
pub mod minimisation;
pub mod privileges;
pub mod reply_cache;
pub mod root_zone;
pub mod sandbox;
pub mod server;
pub mod service;
pub mod service_manager;
pub mod signals;
pub mod stats;
pub mod system;
mod text;
pub mod upstream;
