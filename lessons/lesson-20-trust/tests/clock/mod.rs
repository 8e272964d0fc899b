//! Dates, and a clock that is far wrong.

use trust::calendar::{date, day, time};
use trust::validity::Validity;

#[test]
fn a_date_is_the_first_second_of_its_day() {
    for (text, time) in [
        ("1970-01-01", 0),
        ("1970-03-01", 59 * 86_400),
        ("2000-02-29", 951_782_400),
        ("2000-03-01", 951_868_800),
        ("2026-12-31", 1_798_675_200),
        ("2100-03-01", 4_107_542_400),
    ] {
        assert_eq!(day(text), Some(time), "the time of {text}");
        assert_eq!(
            date(time + 86_399),
            text,
            "the date of the last second of {text}"
        );
    }
}

#[test]
fn a_time_is_a_date_with_hours_or_a_number_of_seconds() {
    for (text, expected) in [
        ("20180213111425", Some(1_518_520_465)),
        ("19700101000001", Some(1)),
        ("1443632400", Some(1_443_632_400)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("20180213240000", None),
        ("20180213006000", None),
        ("20180213000060", None),
        ("20180230000000", None),
        ("2018021311142x", None),
        ("201802131114+2", None),
        ("2018021é11142", None),
        ("-1", None),
        ("", None),
    ] {
        assert_eq!(time(text), expected, "the time '{text}'");
    }
}

#[test]
fn no_other_text_is_a_date() {
    for text in [
        "",
        "2026",
        "2026-12",
        "2026-12-31-",
        "2026-13-01",
        "2026-00-01",
        "2026-04-31",
        "2026-04-00",
        "2100-02-29",
        "1969-12-31",
        "2106-01-01",
        "26-12-31",
        "2026-1-1",
        "2026-12-+1",
        "2026-12-3x",
    ] {
        assert_eq!(day(text), None, "the time of '{text}'");
    }
}

#[test]
fn a_clock_is_wrong_a_day_before_or_after_the_signature() {
    let validity = Validity {
        inception: 1_795_000_000,
        expiration: 1_796_000_000,
    };
    for (now, is_wrong) in [
        (0, true),
        (1_795_000_000 - 86_401, true),
        (1_795_000_000 - 86_400, false),
        (1_795_500_000, false),
        (1_796_000_000 + 86_400, false),
        (1_796_000_000 + 86_401, true),
    ] {
        let fault = validity.fault_of(now);
        assert_eq!(fault.is_some(), is_wrong, "at {now}: {fault:?}");
    }
    let fault = validity.fault_of(0).expect("1970 is wrong");
    insta::assert_snapshot!(fault, @"this machine's clock shows 1970-01-01, and the root's keys are signed from 2026-11-18 to 2026-11-30: until the clock is right, answers from signed zones are SERVFAIL, except for queries with CD");
}
