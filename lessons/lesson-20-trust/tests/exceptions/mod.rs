//! Negative trust anchors, until their day (RFC 7646).

use trust::calendar::day;
use trust::exceptions::{Exception, Exceptions};

fn exceptions(texts: &[&str]) -> Exceptions {
    Exceptions::new(texts.iter().map(|text| text.parse().expect(text)))
}

#[test]
fn an_exception_is_for_a_zone_and_all_below_it_until_its_day() {
    let list = exceptions(&[
        "example.com@2026-12-31",
        "com@2026-01-02",
        "example.net@2026-01-02",
        "net@2026-12-31",
    ]);
    let closest = |name: &str, date: &str| {
        let found = list.closest(&name.parse().unwrap(), day(date).unwrap());
        found.map(|(zone, left)| format!("{zone} for {left} s"))
    };
    for (name, date, expected) in [
        (
            "example.com",
            "2026-12-30",
            Some("example.com. for 86400 s"),
        ),
        (
            "a.b.example.com",
            "2026-12-30",
            Some("example.com. for 86400 s"),
        ),
        ("a.b.example.com", "2026-12-31", None),
        ("a.b.example.com", "2027-01-01", None),
        ("example.org", "2026-12-30", None),
        ("org.com", "2026-01-01", Some("com. for 86400 s")),
        ("org.com", "2026-01-02", None),
        // Below an exception that lasts, another one has ended.
        (
            "example.net",
            "2026-01-01",
            Some("example.net. for 86400 s"),
        ),
        ("www.example.net", "2026-12-30", Some("net. for 86400 s")),
        (".", "2026-01-01", None),
    ] {
        assert_eq!(closest(name, date).as_deref(), expected, "{name} on {date}");
    }
}

#[test]
fn an_exception_for_the_root_is_for_all_names() {
    let list = exceptions(&[".@2026-12-31"]);
    let now = day("2026-12-30").unwrap();
    for owner in [".", "com", "www.example.com"] {
        let found = list.closest(&owner.parse().unwrap(), now);
        let found = found.map(|(zone, left)| format!("{zone} for {left} s"));
        assert_eq!(
            found.as_deref(),
            Some(". for 86400 s"),
            "{owner}, with .@2026-12-31, on 2026-12-30"
        );
    }
}

#[test]
fn of_two_ends_the_later_counts() {
    for texts in [
        ["example.com@2026-12-31", "example.com@2026-12-30"],
        ["example.com@2026-12-30", "example.com@2026-12-31"],
    ] {
        let list = exceptions(&texts);
        let now = day("2026-12-30").unwrap();
        let closest = list.closest(&"example.com".parse().unwrap(), now);
        assert!(closest.is_some(), "{texts:?} on 2026-12-30: no exception");
    }
}

#[test]
fn an_exception_has_a_zone_and_a_day() {
    for text in [
        "example.com",
        "example.com@",
        "@",
        "a..b@2026-12-31",
        "example.com@31.12.2026",
    ] {
        let error = text.parse::<Exception>().expect_err(text);
        assert!(
            error.contains("such as example.com@2026-12-31"),
            "'{text}': {error}"
        );
    }
    let exception: Exception = ".@2026-12-31".parse().expect("the root may be excepted");
    assert_eq!(exception.to_string(), ".@2026-12-31");
}
