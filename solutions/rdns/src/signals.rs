//! [`Signal`]: a signal of the system that means something else than the end of the process.

use std::future::pending;

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
