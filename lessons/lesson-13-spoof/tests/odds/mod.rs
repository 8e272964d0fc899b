//! The formulas, and the simulation that checks them.

use dnsparse::Name;
use spoof::levels::packets_per_window;
use spoof::{Defences, Level, Space, hit_probability, levels, simulate};

const SPACE: Space = Space {
    ids: 65_536,
    ports: 64_512,
    letters: 14,
    equal_queries: 1,
};

fn bank() -> Name {
    "www.bank.example".parse().unwrap()
}

/// Fails unless two numbers differ by less than a millionth part.
#[track_caller]
fn assert_close(actual: f64, expected: f64, of: &str) {
    let is_close = (actual - expected).abs() <= expected.abs() * 1e-6;
    assert!(is_close, "{of}: expected {expected:e}, got {actual:e}");
}

#[test]
fn the_combinations_are_those_of_id_port_and_case() {
    let without_case = Space {
        letters: 0,
        ..SPACE
    };
    let id_alone = Space {
        ports: 1,
        ..without_case
    };
    assert_close(id_alone.combinations(), 65_536.0, "an id");
    assert_close(without_case.combinations(), 4_227_858_432.0, "id and port");
    assert_close(
        SPACE.combinations(),
        4_227_858_432.0 * 16_384.0,
        "id, port and 14 letters",
    );
    let long = Space {
        letters: 200,
        ..without_case
    };
    assert_close(
        long.combinations().log2(),
        without_case.combinations().log2() + 200.0,
        "the bits of a name of 200 letters",
    );
}

#[test]
fn one_guess_in_many_is_right() {
    assert_close(hit_probability(65_536.0, 0), 0.0, "no guess");
    assert_close(hit_probability(65_536.0, 1), 1.0 / 65_536.0, "one guess");
    // Not 1: the attacker may repeat a guess.
    let all = hit_probability(65_536.0, 65_536);
    assert_close(all, 0.632_123_365, "65,536 guesses of 65,536");
    assert_close(hit_probability(1.0, 1), 1.0, "a guess that cannot be wrong");
}

#[test]
fn a_tiny_probability_is_not_zero() {
    let combinations = 2_f64.powi(70);
    let probability = hit_probability(combinations, 1_000);
    assert_close(
        probability,
        1_000.0 / combinations,
        "1,000 guesses of 2^70: is 1 - 1/2^70 the same as 1 to your computer?",
    );
}

#[test]
fn a_window_has_as_many_guesses_as_packets() {
    let probability = SPACE.window_probability(1_000, false);
    let expected = 1_000.0 / SPACE.combinations();
    assert_close(probability, expected, "id, port and case");
}

#[test]
fn equal_queries_multiply_the_chance() {
    let birthday = Space {
        ports: 1,
        letters: 0,
        equal_queries: 100,
        ..SPACE
    };
    let probability = birthday.window_probability(10, false);
    let expected = hit_probability(655.36, 10);
    assert_close(probability, expected, "100 equal queries with an id each");
}

/// However many packets come, one of them counts.
#[test]
fn after_a_near_miss_no_other_guess_counts() {
    let known_port = Space { ports: 1, ..SPACE };
    let one_guess = 1.0 / known_port.combinations();
    for packets in [1, 1_000, 1_000_000] {
        assert_close(
            known_port.window_probability(packets, true),
            one_guess,
            &format!("{packets} packets to a port that the attacker knows"),
        );
    }
    let any_hits = hit_probability(64_512.0, 50_000);
    assert_close(
        SPACE.window_probability(50_000, true),
        any_hits * one_guess,
        "50,000 packets to random ports",
    );
    let birthday = Space {
        equal_queries: 100,
        ..SPACE
    };
    assert_close(
        birthday.window_probability(50_000, true),
        hit_probability(645.12, 50_000) * one_guess,
        "50,000 packets to the ports of 100 equal queries, each with a port and an id of its own",
    );
}

/// The mean of a geometric distribution, within its 99.99 % interval: 3.9 standard deviations, each
/// of which is as large as the mean, divided by the root of the number of attacks.
#[test]
fn simulated_attacks_take_as_long_as_the_formula_says() {
    const ATTACKS: u64 = 60;
    let defences = Defences {
        random_id: true,
        shares_queries: true,
        ..Defences::default()
    };
    let space = defences.space(&bank());
    let probability = space.window_probability(packets_per_window(), false);
    let expected = 1.0 / probability;
    let windows = |seed| {
        let outcome = simulate(defences, &bank(), seed, 10_000_000);
        assert!(outcome.is_poisoned, "seed {seed}: {outcome:?}");
        outcome.windows
    };
    let total: u64 = (0..ATTACKS).map(windows).sum();
    let mean = total as f64 / ATTACKS as f64;
    let deviation = 3.9 * expected / (ATTACKS as f64).sqrt();
    assert!(
        (mean - expected).abs() < deviation,
        "the formula says {expected:.1} ± {deviation:.1} windows, the simulated attacks took {mean:.1}"
    );
}

/// Of 20 simulated attacks on each level, the number that succeed within 10 windows.
#[test]
fn each_defence_lowers_the_success_rate() {
    let successes = |level: &Level| {
        let packets = 10 * packets_per_window();
        let succeeds = |seed: &u64| simulate(level.defences, &bank(), *seed, packets).is_poisoned;
        (0..20).filter(succeeds).count()
    };
    let counts: Vec<usize> = levels().iter().map(successes).collect();
    let rows = levels();
    let rows = rows.iter().zip(&counts);
    let text: Vec<String> = rows
        .map(|(level, count)| format!("{:<25} {count:>2} of 20", level.adds))
        .collect();
    let text = text.join("\n");
    assert_eq!(counts[..2], [20, 20], "nothing, and a random id:\n{text}");
    // The formula says 3 of 20.
    assert!(counts[2] <= 10, "equal queries share one:\n{text}");
    assert_eq!(counts[3..], [0; 4], "from a random port on:\n{text}");
}

/// "Within a second" at the top, and at the bottom longer than the universe has had.
#[test]
fn the_expected_times_span_from_a_window_to_the_age_of_the_universe() {
    const YEAR: f64 = 365.25 * 86_400.0;
    let levels = levels();
    let bank = bank();
    let seconds: Vec<f64> = levels.iter().map(|it| it.expected_seconds(&bank)).collect();
    assert!(seconds[0] < 1.0, "no defence: {} s", seconds[0]);
    assert!(seconds.is_sorted(), "each level takes longer: {seconds:?}");
    assert!(seconds[6] > 1e6 * YEAR, "all defences: {} s", seconds[6]);
    let long: Name = "www.bank-of-the-mini-internet.example".parse().unwrap();
    let years = levels[6].expected_seconds(&long) / YEAR;
    assert!(years > 13.8e9, "a long name: {years} years");
}
