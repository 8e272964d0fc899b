//! Dates and times in text, and as seconds since 1970: the form of the times in RRSIG records (RFC
//! 4034 section 3.1.5).

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
