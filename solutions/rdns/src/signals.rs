//! The signals of the system that `rdns` obeys. [`Signal`] is one that does not end the process.

use std::future::pending;

/// The signals that a running server obeys.
pub const SIGNALS: [(&str, &str); 3] = [
    (
        "SIGHUP",
        "Reload the settings and the files that they name, as rdns ctl reload does",
    ),
    ("SIGUSR1", "Print the statistics, as --stats-interval does"),
    (
        "SIGINT, SIGTERM",
        "Finish the queries in work, within a second, and end",
    ),
];

/// Returns the signals as the end of the help.
pub fn help() -> String {
    let lines = SIGNALS.map(|(name, effect)| format!("\n  {name:16} {effect}"));
    format!("Signals:{}", lines.concat())
}

/// A signal on Unix; on other systems, one that never comes. From the moment that this is created,
/// the signal no longer ends the process.
#[derive(Debug)]
pub struct Signal {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Signal {
    /// Waits for SIGUSR1: print the statistics.
    pub fn report() -> Signal {
        Signal {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined1())
                .ok(),
        }
    }

    /// Waits for SIGHUP: read the configuration again.
    pub fn reload() -> Signal {
        Signal {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        pending().await
    }
}
