//! Name resolution: from a question to its answer, by querying one server after another.
//!
//! These steps are the theory as code. Each has a function with a `todo!()` that says what it must
//! do. Keep these functions, or cut the work up in another way: the judge only sees the two
//! programs from outside.
//!
//! ```text
//!     program ──> host cache ──> resolver ──> its cache
//!                                   ├──> a root server              "query the servers of com."
//!                                   ├──> a server of com.           "query those of yahoo.com."
//!                                   └──> a server of yahoo.com.     "98.137.11.163"
//!     program <── host cache <── resolver <── its cache             (cached on the way back)
//! ```

use std::net::{IpAddr, SocketAddr};

use dnsparse::{DnsPacket, Question, Record};

/// The resolver's configuration: where the walk begins, and how other servers are reached.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The addresses of the root servers, from the file of root hints.
    pub root_servers: Vec<IpAddr>,
    /// The port of other servers: 53, except under the judge.
    pub port: u16,
}

/// Answers from the host's own cache, before anything is sent. (For a client that sends one query
/// and ends this is the operating system's cache; yours needs one as soon as it takes several
/// questions.)
pub fn from_host_cache(question: &Question) -> Option<Vec<Record>> {
    todo!(
        "Host cache: return the cached records for this question whose TTL has not expired (RFC 1035 section 7.4)."
    )
}

/// Resolves one question of a client: all steps below, in order.
pub fn resolve(question: &Question, beginning: &Beginning) -> DnsPacket {
    if let Some(answer) = from_cache(question) {
        return answer;
    }
    let of_the_tld = ask_root(question, beginning);
    let of_the_zone = ask_tld(question, &of_the_tld);
    let answer = ask_authoritative(question, &of_the_zone);
    store(question, &answer);
    answer
}

/// Answers from the resolver's cache: most questions end here.
pub fn from_cache(question: &Question) -> Option<DnsPacket> {
    todo!(
        "Resolver: answer from the cache, with the age subtracted from each TTL (RFC 1034 section 5.3.3, step 1)."
    )
}

/// Queries the root, which refers to the servers of each top-level domain.
pub fn ask_root(question: &Question, beginning: &Beginning) -> Vec<SocketAddr> {
    todo!(
        "Root: query one of the root servers, RD clear, and take the referral to the top-level domain's servers (RFC 1034 section 5.3.3)."
    )
}

/// Queries the top-level domain, which refers to the servers of each zone below it.
pub fn ask_tld(question: &Question, servers: &[SocketAddr]) -> Vec<SocketAddr> {
    todo!(
        "TLD: query one of these servers, and take the referral to the zone's own servers; glue may be missing (RFC 1034 section 4.2.1)."
    )
}

/// Queries the authoritative server: its reply is the answer, an alias, one more referral, or
/// negative.
pub fn ask_authoritative(question: &Question, servers: &[SocketAddr]) -> DnsPacket {
    todo!(
        "Authoritative: query one of these servers; follow an alias with a new walk, and believe no server about names outside its zone (RFC 1034 section 5.3.3, step 4)."
    )
}

/// Stores the answer in the cache, for its TTL.
pub fn store(question: &Question, answer: &DnsPacket) {
    todo!(
        "Caching on the way back: cache the records for their TTL, and a negative answer for the lesser of the SOA's TTL and its minimum (RFC 2308 section 5)."
    )
}
