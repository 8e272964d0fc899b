//! [`Estimate`]: how long a server takes, from how long it took (RFC 6298 section 2).

use std::time::Duration;

/// How long an unknown server is waited for. Light needs 200 ms to go round the Earth in glass and back, and the detours of real
/// cables are half as long again; so this is enough for any server that is not beyond a satellite. And seven such waits are
/// 2.8 seconds, which leaves some of the 4.5 that an answer may take.
pub const START: Duration = Duration::from_millis(400);
/// No server is waited for less. A quick one, too, has to look something up now and then, and a datagram may stand in a queue for
/// as long as this; TCP on Linux has the same floor.
pub const FLOOR: Duration = Duration::from_millis(200);
/// No server is waited for longer: [`START`], doubled twice. Three tries of an unknown server are then over after 2.8 seconds.
pub const CAP: Duration = Duration::from_millis(1_600);
/// After this time an estimate counts half. A server ten times as slow as the quickest is asked again after half an hour: now and
/// then is enough, since exploring finds it sooner where there are many questions.
pub const HALF_LIFE: Duration = Duration::from_secs(600);

/// What is expected of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// How long it takes, smoothed over its replies (SRTT).
    pub smoothed: Duration,
    /// How far from that its replies are (RTTVAR).
    pub variation: Duration,
}

impl Estimate {
    /// After the first reply of all, nothing else is known.
    pub fn first(took: Duration) -> Estimate {
        Estimate {
            smoothed: took,
            variation: took / 2,
        }
    }

    /// After one more reply. The new variation is three quarters of the old one and one quarter of how far off the reply was.
    ///
    /// The smoothed time moves by an eighth of the way towards a slow reply: that may be an accident. A quick one is not: who
    /// took 10 ms can do it in 10 ms. So it moves half the way there.
    #[must_use]
    pub fn after(self, took: Duration) -> Estimate {
        // todo: Return the new estimate: the variation as above, from `abs_diff` of the old smoothed time and the new one; the
        // smoothed time as above.
        let off = self.smoothed.abs_diff(took);
        let smoothed = match took < self.smoothed {
            true => (self.smoothed + took) / 2,
            false => (self.smoothed * 7 + took) / 8,
        };
        Estimate {
            smoothed,
            variation: (self.variation * 3 + off) / 4,
        }
        // end todo
    }

    /// How long to wait for the next reply: its usual time, and four times the variation, so that hardly any is missed.
    pub fn timeout(self) -> Duration {
        // todo: Return the smoothed time and four times the variation, from FLOOR to CAP.
        (self.smoothed + self.variation * 4).clamp(FLOOR, CAP)
        // end todo
    }
}

/// A time, doubled so many times, and never more than [`CAP`]. (Whoever asks the same thing twice as fast when nobody answers makes
/// a jam worse.)
pub fn doubled(time: Duration, times: u32) -> Duration {
    // todo: Double it, with an eye on overflow: `saturating_mul` and `saturating_pow` stay at the greatest number there is.
    time.saturating_mul(2_u32.saturating_pow(times)).min(CAP)
    // end todo
}

/// What a time counts that was measured so long ago: half of it after each [`HALF_LIFE`].
pub fn faded(time: Duration, age: Duration) -> Duration {
    let halvings = age.as_secs_f64() / HALF_LIFE.as_secs_f64();
    time.mul_f64(0.5_f64.powf(halvings))
}
