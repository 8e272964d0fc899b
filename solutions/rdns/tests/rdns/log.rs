//! A log that is read too slowly, or not at all.

use dnsparse::{Rcode, RecordType};

use crate::server::{Server, query};

/// The number of queries. Each logs more than 100 octets; a pipe holds 65,536.
const QUERIES: usize = 700;

/// Queries different names, so that each query is logged.
fn query_all(server: &Server) {
    for number in 0..QUERIES {
        let query = query(&format!("n{number}.example.com"), RecordType::A, None);
        let (reply, _) = server.udp(&query);
        assert_eq!(reply.header.rcode, Rcode::NXDOMAIN, "query {number}");
    }
}

#[test]
fn a_log_that_is_not_read_does_not_block_the_server() {
    let (server, _unread) = Server::start_unread(&[], "info");
    query_all(&server);
}

#[test]
fn a_closed_standard_error_does_not_end_the_server() {
    let (server, stderr) = Server::start_unread(&["--stats-interval", "1"], "info");
    drop(stderr);
    query_all(&server);
}
