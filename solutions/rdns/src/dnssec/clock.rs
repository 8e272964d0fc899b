//! [`Clock`]: the time by which signatures are judged.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The seconds since 1970, modulo 2^32: the form of the times in RRSIG records (RFC 4034 section
/// 3.1.5).
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// This machine's clock.
    System,
    /// A clock that was set to a time once: the signatures of the mini-Internet never change.
    Set {
        /// The time to which it was set.
        time: u32,
        /// The moment at which that was done.
        at: Instant,
    },
}

impl Clock {
    /// Creates a clock that shows the given time now.
    pub fn set_to(time: u32) -> Clock {
        let at = Instant::now();
        Clock::Set { time, at }
    }

    /// Returns the present time.
    pub fn now(&self) -> u32 {
        match self {
            Clock::System => {
                let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
                since_1970.map_or(0, |since| since.as_secs() as u32)
            }
            Clock::Set { time, at } => time.wrapping_add(at.elapsed().as_secs() as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_set_goes_on() {
        let clock = Clock::set_to(u32::MAX);
        assert_eq!(clock.now(), u32::MAX, "at once");
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        assert_eq!(clock.now(), 2, "three seconds later");
    }
}
