//! [`RttEstimate`]: the smoothed round-trip time of a server, and the timeout that follows from it
//! (RFC 6298 section 2).

use std::time::Duration;

/// The timeout for a server without an estimate (RFC 6298's initial RTO). Light in a fibre takes
/// 200 ms around the Earth and back, and real cables are half as long again: 400 ms is enough for
/// any server that is not behind a satellite. Seven such timeouts are 2.8 seconds, which leaves
/// some of the 4.5 that an answer may take.
pub const INITIAL_RTO: Duration = Duration::from_millis(400);
/// The shortest timeout. A quick server, too, has to look something up now and then, and a datagram
/// may wait in a queue for as long as this. TCP on Linux has the same minimum.
pub const MIN_RTO: Duration = Duration::from_millis(200);
/// The longest timeout: [`INITIAL_RTO`], doubled twice. Three tries of an unknown server are then
/// over after 2.8 seconds.
pub const MAX_RTO: Duration = Duration::from_millis(1_600);
/// The time after which an old estimate counts half. A server ten times as slow as the quickest is
/// tried again after half an hour without a query: often enough, since where there are many queries
/// exploration finds it sooner.
pub const HALF_LIFE: Duration = Duration::from_secs(600);

/// An estimate of a server's round-trip time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RttEstimate {
    /// The smoothed round-trip time (SRTT).
    pub srtt: Duration,
    /// The round-trip time variation (RTTVAR): how far the replies are from the smoothed time.
    pub rttvar: Duration,
}

impl RttEstimate {
    /// Makes an estimate from the first measured round-trip time.
    pub fn first(rtt: Duration) -> RttEstimate {
        RttEstimate {
            srtt: rtt,
            rttvar: rtt / 2,
        }
    }

    /// Returns the estimate after one more measured round-trip time.
    ///
    /// The new variation is three quarters of the old one plus one quarter of the distance between
    /// the old SRTT and the new round-trip time.
    ///
    /// The SRTT moves an eighth of the way towards a slower reply, which may be an accident. It
    /// moves half the way towards a quicker one, which is not: a server that took 10 ms once can
    /// take 10 ms. (RFC 6298 has an eighth for both.)
    #[must_use]
    pub fn updated(self, rtt: Duration) -> RttEstimate {
        // todo: Return the new estimate, as described above: both of its times follow from the old
        // SRTT and the new round-trip time.
        let distance = self.srtt.abs_diff(rtt);
        let srtt = match rtt < self.srtt {
            true => (self.srtt + rtt) / 2,
            false => (self.srtt * 7 + rtt) / 8,
        };
        RttEstimate {
            srtt,
            rttvar: (self.rttvar * 3 + distance) / 4,
        }
        // end todo
    }

    /// Returns the timeout for the next query (RFC 6298's retransmission timeout, RTO): the SRTT
    /// plus four times the variation, so that hardly any reply comes too late.
    pub fn rto(self) -> Duration {
        // todo: Return the timeout, within MIN_RTO and MAX_RTO.
        (self.srtt + self.rttvar * 4).clamp(MIN_RTO, MAX_RTO)
        // end todo
    }
}

/// Doubles a time the given number of times, up to [`MAX_RTO`]: exponential backoff (RFC 6298
/// section 5.5). A client that repeats its query at the same rate while no reply comes makes
/// congestion worse.
pub fn backed_off(time: Duration, times: u32) -> Duration {
    // todo: Double the time `times` times, up to MAX_RTO, whatever the number is: no product may
    // overflow.
    time.saturating_mul(2_u32.saturating_pow(times))
        .min(MAX_RTO)
    // end todo
}

/// Lets a measured time decay with its age: half of it is left after each [`HALF_LIFE`].
pub fn decayed(time: Duration, age: Duration) -> Duration {
    let half_lives = age.as_secs_f64() / HALF_LIFE.as_secs_f64();
    time.mul_f64(0.5_f64.powf(half_lives))
}
