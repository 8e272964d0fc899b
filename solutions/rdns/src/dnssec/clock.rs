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

/// Returns a time from the form that RRSIG records have: `20261231235959`, or the seconds since 1970
/// (RFC 4034 section 3.2); none if it is in neither.
pub fn time(text: &str) -> Option<u32> {
    if !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    if text.len() != 14 {
        return text.parse().ok();
    }
    let (date, time) = text.split_at_checked(8)?;
    let (year, day_of_year) = date.split_at_checked(4)?;
    let (month, day_of_month) = day_of_year.split_at_checked(2)?;
    let two = |at: usize| time.get(at..at + 2)?.parse::<u8>().ok().map(u32::from);
    let (hour, minute, second) = (two(0)?, two(2)?, two(4)?);
    let is_time = hour < 24 && minute < 60 && second < 60;
    let midnight = day(&format!("{year}-{month}-{day_of_month}")).filter(|_| is_time)?;
    Some(midnight + hour * 3_600 + minute * 60 + second)
}

/// Returns the time at which a day of the calendar begins, from a date such as `2026-12-31`; none if
/// there is no such day.
pub fn day(text: &str) -> Option<u32> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_date = parts.next().is_none() && (year.len(), month.len(), day.len()) == (4, 2, 2);
    let has_digits_alone = |text: &&str| text.bytes().all(|octet| octet.is_ascii_digit());
    let number = |text| Some(text).filter(has_digits_alone)?.parse::<u16>().ok();
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let lengths = month_lengths(year);
    let length = *lengths.get(usize::from(month).checked_sub(1)?)?;
    if !is_date || !(1970..2106).contains(&year) || day == 0 || day > length {
        return None;
    }
    let years: u32 = (1970..year)
        .map(|year| month_lengths(year).map(u32::from).iter().sum::<u32>())
        .sum();
    let months: u32 = lengths
        .iter()
        .take(usize::from(month) - 1)
        .copied()
        .map(u32::from)
        .sum();
    Some((years + months + u32::from(day) - 1) * 86_400)
}

/// Returns a time as a day of the calendar.
pub fn date(time: u32) -> String {
    let (mut year, mut days) = (1970, time / 86_400);
    let length_of = |year| month_lengths(year).map(u32::from).iter().sum::<u32>();
    while days >= length_of(year) {
        days -= length_of(year);
        year += 1;
    }
    let mut month = 1;
    for length in month_lengths(year).map(u32::from) {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", days + 1)
}

/// Returns the numbers of days of the months.
fn month_lengths(year: u16) -> [u16; 12] {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if is_leap { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_was_set_goes_on() {
        let clock = Clock::set_to(u32::MAX);
        assert_eq!(clock.now(), u32::MAX, "at once");
        tokio::time::advance(std::time::Duration::from_secs(3)).await;
        assert_eq!(clock.now(), 2, "three seconds later");
    }
}
