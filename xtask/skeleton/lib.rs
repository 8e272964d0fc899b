//! Name resolution: from a question to its answer, by asking one server after another.
//!
//! These steps are the theory as code: each has its place, its name, and a `todo!()` that says what belongs there. How you cut
//! it up is your business. Keep the functions, or throw them away; what counts is what the two programs do from outside.
//!
//! ```text
//!     program ──> host cache ──> resolver ──> its cache
//!                                   ├──> a root server              "ask those who have com."
//!                                   ├──> a server of com.           "ask those who have yahoo.com."
//!                                   └──> a server of yahoo.com.     "98.137.11.163"
//!     program <── host cache <── resolver <── its cache                         (kept on the way back)
//! ```

use std::net::{IpAddr, SocketAddr};

use dnsparse::{DnsPacket, Question, Record};

/// Where to begin, and how to reach others: what the resolver knows before it is asked anything.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The addresses of the root servers, from the file of root hints.
    pub root_servers: Vec<IpAddr>,
    /// The port at which other servers are asked: 53, except where you are being judged.
    pub port: u16,
}

/// The host's own cache, before anything is sent: whoever asked a moment ago need not ask again. (For a client that asks once and
/// ends, that is its operating system's; yours has a use for it as soon as it takes several questions.)
pub fn from_host_cache(question: &Question) -> Option<Vec<Record>> {
    todo!(
        "Host cache: return the records for this question that were kept and still live (RFC 1035 section 7.4)."
    )
}

/// The resolver: everything below, in the right order, for one question of a client's.
pub fn resolve(question: &Question, beginning: &Beginning) -> DnsPacket {
    if let Some(answer) = from_cache(question) {
        return answer;
    }
    let of_the_tld = ask_root(question, beginning);
    let of_the_zone = ask_tld(question, &of_the_tld);
    let answer = ask_authoritative(question, &of_the_zone);
    keep(question, &answer);
    answer
}

/// The resolver's cache: most questions end here.
pub fn from_cache(question: &Question) -> Option<DnsPacket> {
    todo!(
        "Resolver: answer from the cache, with TTLs that have counted down (RFC 1034 section 5.3.3, step 1)."
    )
}

/// The root: knows who has each top-level domain.
pub fn ask_root(question: &Question, beginning: &Beginning) -> Vec<SocketAddr> {
    todo!(
        "Root: ask one of the root servers, RD clear, and take the referral to the top-level domain's servers (RFC 1034 section 5.3.3)."
    )
}

/// The top-level domain: knows who has each zone below it.
pub fn ask_tld(question: &Question, servers: &[SocketAddr]) -> Vec<SocketAddr> {
    todo!(
        "TLD: ask one of these, and take the referral to the zone's own servers; glue may be missing (RFC 1034 section 4.2.1)."
    )
}

/// The authoritative server: has the answer, an alias, one more referral, or the word that there is nothing.
pub fn ask_authoritative(question: &Question, servers: &[SocketAddr]) -> DnsPacket {
    todo!(
        "Authoritative: ask one of these; follow an alias with a new walk, and believe nobody about what is not his (RFC 1034 section 5.3.3, step 4)."
    )
}

/// On the way back: what was learned is kept, for as long as it may be.
pub fn keep(question: &Question, answer: &DnsPacket) {
    todo!(
        "Caching on the way back: keep the records for their TTL, and that there are none for the SOA's minimum (RFC 2308 section 5)."
    )
}
