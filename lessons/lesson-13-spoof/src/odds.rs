//! The odds of an attack (RFC 5452 section 7.2).
//!
//! The attacker has a *window* of time: from the query until the true reply arrives. Each forged
//! reply that arrives in it is one guess.

/// The values that a forged reply has to match, as far as the attacker cannot know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// The number of ids that are equally likely; 1 if the attacker can predict the id.
    pub ids: u32,
    /// The number of source ports that are equally likely.
    pub ports: u32,
    /// The number of letters in the name whose case is random.
    pub letters: u32,
    /// The number of equal queries that wait for a reply at the same time, at least 1: a guess that
    /// matches any of them will do (the *birthday attack*).
    pub equal_queries: u32,
}

impl Space {
    /// Returns the number of combinations of id, port and case.
    pub fn combinations(&self) -> f64 {
        todo!(
            "Return the number of different guesses: two of them differ in the id, in the port, or in the case of a letter."
        )
    }

    /// Returns the number of bits that the attacker has to guess.
    pub fn bits(&self) -> f64 {
        (self.combinations() / f64::from(self.equal_queries)).log2()
    }

    /// Returns the probability that at least one of the `packets` in a window is accepted.
    ///
    /// After a near miss, a query over TCP takes the place of the one over UDP: then only the first
    /// packet that hits the port counts.
    pub fn window_probability(&self, packets: u64, tcp_after_near_miss: bool) -> f64 {
        let queries = f64::from(self.equal_queries);
        todo!(
            "Return the probability that one packet of the window is right for one of the equal queries. With `tcp_after_near_miss`, only the first packet that hits the port of one of them counts, right or wrong in all else."
        )
    }
}

/// Returns the probability that at least one of a number of independent guesses is right, if each
/// is right with a probability of one in `one_in`.
pub fn hit_probability(one_in: f64, guesses: u64) -> f64 {
    if one_in <= 1.0 {
        return if guesses == 0 { 0.0 } else { 1.0 };
    }
    todo!(
        "Return the probability that not all of the guesses are wrong. For a large `one_in`, 1 - 1/one_in is 1 to a computer, and the result 0: use `ln_1p`, which is precise for ln(1 + x), and `exp_m1`, for e^x - 1."
    )
}

/// Returns the mean time until an attack succeeds, in seconds: the time for one window, as often as
/// a window with this probability takes to succeed.
pub fn expected_seconds(probability: f64, seconds_per_window: f64) -> f64 {
    seconds_per_window / probability
}
