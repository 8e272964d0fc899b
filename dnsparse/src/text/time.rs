//! [`Time`]: a point in time, in the two forms of RRSIG records.

use core::fmt;

/// Seconds since 1970, shown as `YYYYMMDDHHmmSS` in UTC (RFC 4034 section 3.2). The 32 bits are
/// taken to mean 1970 to 2106; they wrap after that, and only a clock could say how often they
/// have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) u32);

const DAY: u32 = 24 * 60 * 60;

impl Time {
    /// Parses either form: a date has 14 digits, seconds have at most ten.
    pub(crate) fn from_text(text: &str) -> Option<Time> {
        if !text.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        if text.len() != 14 {
            return text.parse().ok().map(Time);
        }
        let part = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
        let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days =
            days_before_year(year)? + days_before_month(year, month)? + day.checked_sub(1)?;
        if day > days_in(year, month) {
            return None;
        }
        let of_day = hour * 3600 + minute * 60 + second;
        days.checked_mul(DAY)?.checked_add(of_day).map(Time)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut days, of_day) = (self.0 / DAY, self.0 % DAY);
        let mut year = 1970;
        while days >= 365 + u32::from(is_leap(year)) {
            days -= 365 + u32::from(is_leap(year));
            year += 1;
        }
        let mut month = 1;
        while days >= days_in(year, month) {
            days -= days_in(year, month);
            month += 1;
        }
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year:04}{month:02}{:02}{hour:02}{minute:02}{second:02}",
            days + 1
        )
    }
}

/// Counts the days from the start of 1970 to that of a year, if 32 bits of seconds reach it.
fn days_before_year(year: u32) -> Option<u32> {
    let years = (1970..=2106).contains(&year).then_some(1970..year)?;
    Some(years.map(|year| 365 + u32::from(is_leap(year))).sum())
}

fn days_before_month(year: u32, month: u32) -> Option<u32> {
    let months = (1..=12).contains(&month).then_some(1..month)?;
    Some(months.map(|month| days_in(year, month)).sum())
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 => 28 + u32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_either_form() {
        for (text, seconds) in [
            ("0", 0),
            ("19700101000000", 0),
            ("4294967295", u32::MAX),
            ("21060207062815", u32::MAX),
            ("20000229120000", 951_825_600),
            ("951825600", 951_825_600),
        ] {
            assert_eq!(Time::from_text(text), Some(Time(seconds)), "{text}");
        }
    }

    #[test]
    fn only_times_are_accepted() {
        for text in [
            "",
            "-1",
            "4294967296",
            "21060207062816",
            "19691231235959",
            "20230229000000",
            "21000229000000",
            "20240431000000",
            "20240100000000",
            "20240001000000",
            "20241301000000",
            "20240101240000",
            "20240101006000",
            "20240101000060",
            "2024010100000é",
        ] {
            assert_eq!(Time::from_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_time_parses_back_from_its_text(seconds: u32) {
            prop_assert_eq!(Time::from_text(&Time(seconds).to_string()), Some(Time(seconds)));
        }
    }
}
