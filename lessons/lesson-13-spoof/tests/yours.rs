//! Your own test of a check of replies. It is tried on one check that is correct, and on ten that
//! are not.
#![cfg(test)]

use dnsparse::{Name, RecordType};
use spoof::subjects::{Datagram, chosen, true_reply, waiting_query};

#[test]
fn only_the_true_reply_is_accepted() {
    let accepts = chosen();
    let query = waiting_query();
    let reply = true_reply(&query);
    todo!(
        "Assert that the check accepts the true reply, and that it does not accept one which differs in a single thing. What can differ? Write a case for each."
    )
}
