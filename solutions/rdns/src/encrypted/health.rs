//! [`Health`]: whether a server gives replies over TLS, with a line of the log for each change.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The least time between two lines of the log about the failures of a server: one that fails now and
/// then does not fill the log.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// The state of one server, over all connections to it.
#[derive(Debug)]
pub(super) struct Health {
    server: SocketAddr,
    /// Whether it is never queried in plaintext.
    is_strict: bool,
    reported: Mutex<Reported>,
    /// Whether the last connection on which queries were sent had replies.
    has_replied: AtomicBool,
}

/// The content of the log about a server.
#[derive(Debug, Default)]
struct Reported {
    /// Whether the last line is that it fails.
    is_failing: bool,
    /// The time of the last line about a failure.
    at: Option<Instant>,
}

impl Health {
    pub(super) fn new(server: SocketAddr, is_strict: bool) -> Health {
        Health {
            server,
            is_strict,
            reported: Mutex::default(),
            has_replied: AtomicBool::new(false),
        }
    }

    /// Logs why a server is not queried over TLS, unless the log says already that it is not.
    pub(super) fn handle_failure(&self, reason: &str) {
        if self.is_new_failure() {
            let server = self.server;
            match self.is_strict {
                true => tracing::error!(target: "rdns", "{server} is not queried: {reason}"),
                false => {
                    tracing::error!(target: "rdns", "{server} is queried in plaintext: {reason}")
                }
            }
        }
    }

    /// Whether a connection that ended without any reply means that the server fails. If the one before
    /// had replies, perhaps only the answer to this query takes long.
    pub(super) fn is_failing(&self) -> bool {
        !self.has_replied.swap(false, Ordering::Relaxed)
    }

    /// Notes a reply. Logs that a server gives replies over TLS, if the last line was that it fails.
    pub(super) fn handle_reply(&self) {
        self.has_replied.store(true, Ordering::Relaxed);
        if self.is_recovery() {
            tracing::info!(target: "rdns", "{} is queried over TLS again", self.server);
        }
    }

    fn is_new_failure(&self) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = reported.at.is_some_and(|at| at.elapsed() < LOG_INTERVAL);
        if reported.is_failing || is_recent {
            return false;
        }
        *reported = Reported {
            is_failing: true,
            at: Some(Instant::now()),
        };
        true
    }

    fn is_recovery(&self) -> bool {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut reported.is_failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_change_is_one_line_and_a_server_that_often_fails_has_few() {
        let health = Health::new(([192, 0, 2, 1], 853).into(), true);
        assert!(!health.is_recovery(), "a first reply");
        assert!(health.is_new_failure(), "the first failure");
        tokio::time::advance(2 * LOG_INTERVAL).await;
        assert!(!health.is_new_failure(), "it still fails");
        assert!(health.is_recovery(), "the first reply after it");
        assert!(!health.is_recovery(), "the second one");
        assert!(health.is_new_failure(), "it fails again");
        assert!(health.is_recovery(), "for a moment");
        assert!(!health.is_new_failure(), "soon after the last line");
        assert!(!health.is_recovery(), "a failure that was not logged");
        tokio::time::advance(LOG_INTERVAL).await;
        assert!(health.is_new_failure(), "it fails later on");
    }
}
