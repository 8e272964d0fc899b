//! For how long failures are cached, by the time that has passed since the last one.

use std::time::Duration;

use chase::ResolutionFailure;
use dnsparse::RecordType;
use negative::FailureCache;
use tokio::time::Instant;

use crate::world::question;

/// Stores a failure at each of the given seconds, and writes the pause that follows it.
fn pauses(seconds: &[u64]) -> String {
    let (mut failures, begin) = (FailureCache::new(10), Instant::now());
    let www = question("www.test", RecordType::A);
    let failure = ResolutionFailure::OverBudget { queries: 100 };
    let mut out = String::new();
    for second in seconds {
        let now = begin + Duration::from_secs(*second);
        failures.put(&www, &failure, now);
        let pause = match failures.get(&www, now) {
            Some(ResolutionFailure::Cached { seconds, .. }) => format!("{seconds} s"),
            _ => "none".to_owned(),
        };
        out += &format!("failed at the second {second}: pause of {pause}\n");
    }
    out
}

/// The servers are still dead, however long ago the last query was. After five minutes more the
/// failure is forgotten, and the next one is the first again.
#[test]
fn a_failure_counts_as_the_next_one_for_five_minutes_after_the_pause() {
    let texts = [
        pauses(&[0, 5, 15]),
        pauses(&[0, 200, 500]),
        pauses(&[0, 304]),
        pauses(&[0, 305]),
    ];
    insta::assert_snapshot!(texts.join("\n"), @r"
    failed at the second 0: pause of 5 s
    failed at the second 5: pause of 10 s
    failed at the second 15: pause of 20 s

    failed at the second 0: pause of 5 s
    failed at the second 200: pause of 10 s
    failed at the second 500: pause of 20 s

    failed at the second 0: pause of 5 s
    failed at the second 304: pause of 10 s

    failed at the second 0: pause of 5 s
    failed at the second 305: pause of 5 s
    ");
}

/// The pause of searches that fail together stays as long as it is, and does not begin anew.
#[test]
fn a_failure_within_a_pause_does_not_change_its_length() {
    let texts = [pauses(&[0, 4, 8]), pauses(&[0, 5, 10, 14, 24])];
    insta::assert_snapshot!(texts.join("\n"), @r"
    failed at the second 0: pause of 5 s
    failed at the second 4: pause of 5 s
    failed at the second 8: pause of 5 s

    failed at the second 0: pause of 5 s
    failed at the second 5: pause of 10 s
    failed at the second 10: pause of 10 s
    failed at the second 14: pause of 10 s
    failed at the second 24: pause of 20 s
    ");
}
