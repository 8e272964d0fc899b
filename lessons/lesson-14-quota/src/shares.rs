//! [`Shares`]: the places for queries in work, shared among clients.
//!
//! A resolver has a bounded number of places. A fixed quota for each client is always wrong: too
//! small for the one busy client of a quiet night, too large when a hundred clients are hostile. So
//! the quota moves: a client may hold *as many places as are free*. (Switches share the memory for
//! packets in this way among their ports; Choudhury and Hahne called it dynamic thresholds.)
//!
//! ```text
//!   places    [ A A A A A A A A A A A A A A A A . . . . . . . . . . . . . . . . ]
//!                A holds 16, and 16 are free: A gets no more
//!             [ A A A A A A A A A A A A A A A A B . . . . . . . . . . . . . . . ]
//!                B holds 1, and 15 are free: B gets another
//! ```
//!
//! One greedy client ends with half of the places, two with a third each, n with 1/(n + 1) each; and
//! as much as each of them has stays free for the next client.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::prefix::host;

/// A bounded number of places, and the number that each client holds.
#[derive(Debug)]
pub struct Shares {
    limit: usize,
    /// The number of places that are taken.
    taken: usize,
    /// The number of places that each client holds. A client without one is not listed.
    held: HashMap<IpAddr, usize>,
}

impl Shares {
    /// Creates a number of free places.
    pub fn new(limit: usize) -> Shares {
        Shares {
            limit,
            taken: 0,
            held: HashMap::new(),
        }
    }

    /// Takes a place for a client, if the client may have one more. Returns whether it may.
    pub fn enter(&mut self, client: IpAddr) -> bool {
        let client = host(client);
        let free = self.limit.saturating_sub(self.taken);
        let held = self.held(client);
        todo!(
            "Take a place, unless the client holds its share already, and return whether it got one."
        )
    }

    /// Gives one place of a client back.
    pub fn leave(&mut self, client: IpAddr) {
        let client = host(client);
        let held = self.held(client);
        todo!(
            "Take a place back, if the client holds one. Afterwards, each number is as it was before the client got it."
        )
    }

    /// Returns the number of places that a client holds.
    pub fn held(&self, client: IpAddr) -> usize {
        self.held.get(&host(client)).copied().unwrap_or(0)
    }

    /// Returns the number of places that are taken.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Returns the number of clients in the table.
    pub fn clients(&self) -> usize {
        self.held.len()
    }
}
