//! LOC: a location on Earth (RFC 1876).

use alloc::format;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::layout::{Kind, Row, number};
use super::text::write_generic;
use crate::codes::RecordType;
use crate::error::{ParseErrorKind, WriteError};
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter, be_u8, be_u32, failure};

/// A location on Earth, with its size (RFC 1876 section 2).
///
/// ```text
///     |  version: 0  |  size  |  horizontal precision  |  vertical precision  |
///     |  latitude (u32)  |  longitude (u32)  |  altitude (u32)  |
/// ```
///
/// ```
/// use dnsparse::{Rdata, RecordType};
///
/// let text = "42 21 54 N 71 06 18 W -24m 30m";
/// let rdata = Rdata::from_text(RecordType::LOC, text)?;
/// let Rdata::Loc(loc) = &rdata else { panic!("a LOC") };
/// assert_eq!((loc.size, loc.altitude), (0x33, 10_000_000 - 2_400));
/// assert_eq!(rdata.to_string(), "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m");
/// # Ok::<(), dnsparse::ZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loc {
    /// The diameter of a sphere around the place: the upper four bits times ten to the power of the
    /// lower four bits, in centimetres. Each is at most 9.
    pub size: u8,
    /// The diameter of the circle of error, in the same form.
    pub horizontal_precision: u8,
    /// The possible vertical error, above and below together, in the same form.
    pub vertical_precision: u8,
    /// Thousandths of a second of arc north of the equator, plus 2^31.
    pub latitude: u32,
    /// Thousandths of a second of arc east of the prime meridian, plus 2^31.
    pub longitude: u32,
    /// Centimetres above 100 km below the reference spheroid.
    pub altitude: u32,
}

/// The equator and the prime meridian.
const MIDDLE: u32 = 1 << 31;
/// Thousandths of a second in a degree.
const DEGREE: u32 = 60 * 60 * 1_000;
/// The altitude of the reference spheroid, in centimetres.
const SPHEROID: u32 = 100_000 * 100;
/// The sizes that a line may leave out: 1 m, 10,000 m and 10 m (RFC 1876 section 3).
const DEFAULTS: [u8; 3] = [0x12, 0x16, 0x13];

/// The rule of the numbers.
const BAD_LOC: ParseErrorKind = ParseErrorKind::BadValue {
    rule: "a LOC record has version 0, sizes of two digits, and degrees up to 90 and 180 (RFC 1876 section 2)",
};

impl Loc {
    fn sizes(&self) -> [u8; 3] {
        [
            self.size,
            self.horizontal_precision,
            self.vertical_precision,
        ]
    }

    fn check(&self) -> Result<(), ParseErrorKind> {
        self.sizes().into_iter().try_for_each(check_size)?;
        check_angle(self.latitude, 90)?;
        check_angle(self.longitude, 180)
    }
}

fn rule(is_kept: bool) -> Result<(), ParseErrorKind> {
    if is_kept { Ok(()) } else { Err(BAD_LOC) }
}

fn check_version(version: u8) -> Result<(), ParseErrorKind> {
    rule(version == 0)
}

fn check_size(size: u8) -> Result<(), ParseErrorKind> {
    rule(size >> 4 <= 9 && size & 0xf <= 9)
}

fn check_angle(angle: u32, most: u32) -> Result<(), ParseErrorKind> {
    rule(angle.abs_diff(MIDDLE) <= most * DEGREE)
}

/// Parses a field, and checks it.
fn checked<'m, T: Copy>(
    field: &'static str,
    parse: fn(&'m [u8]) -> PResult<'m, T>,
    check: impl Fn(T) -> Result<(), ParseErrorKind>,
    input: &'m [u8],
) -> PResult<'m, T> {
    let (rest, value) = context(field, parse).parse(input)?;
    match check(value) {
        Ok(()) => Ok((rest, value)),
        Err(kind) => Err(failure(input, 0, field, kind)),
    }
}

/// Shows a field of one octet in a dissection.
fn octet_text(
    octets: &[u8],
    check: fn(u8) -> Result<(), ParseErrorKind>,
) -> Result<u8, ParseErrorKind> {
    let octet = number(octets) as u8;
    check(octet).map(|()| octet)
}

impl RdataFormat for Loc {
    type Value = Loc;

    const LAYOUT: &'static [Row] = &[
        (
            "version",
            Kind::Checked(1, |octets| {
                octet_text(octets, check_version).map(|it| it.to_string())
            }),
        ),
        ("size", Kind::Checked(1, size_text)),
        ("horizontal_precision", Kind::Checked(1, size_text)),
        ("vertical_precision", Kind::Checked(1, size_text)),
        (
            "latitude",
            Kind::Checked(4, |octets| angle_text(octets, 90, ["N", "S"])),
        ),
        (
            "longitude",
            Kind::Checked(4, |octets| angle_text(octets, 180, ["E", "W"])),
        ),
        (
            "altitude",
            Kind::Shown(4, |octets| altitude_text(number(octets))),
        ),
    ];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m",
        "52 14 5.000 N 0 8 50.000 E 10.00m 1m 10000m 10m",
        "90 0 0.000 S 179 59 59.999 W 42849672.95m 0.00m 0.05m 90000000m",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Loc> {
        let (input, _) = checked("version", be_u8, check_version, input)?;
        let (input, size) = checked("size", be_u8, check_size, input)?;
        let (input, horizontal_precision) =
            checked("horizontal_precision", be_u8, check_size, input)?;
        let (input, vertical_precision) = checked("vertical_precision", be_u8, check_size, input)?;
        let (input, latitude) = checked("latitude", be_u32, |it| check_angle(it, 90), input)?;
        let (input, longitude) = checked("longitude", be_u32, |it| check_angle(it, 180), input)?;
        let (input, altitude) = context("altitude", be_u32).parse(input)?;
        let loc = Loc {
            size,
            horizontal_precision,
            vertical_precision,
            latitude,
            longitude,
            altitude,
        };
        Ok((input, loc))
    }

    fn write(loc: &Loc, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        loc.check().map_err(|kind| {
            let rtype = RecordType::LOC;
            WriteError::BadRdata { rtype, kind }
        })?;
        out.octets(&[0]);
        out.octets(&loc.sizes());
        for number in [loc.latitude, loc.longitude, loc.altitude] {
            out.u32(number);
        }
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Loc, TextFault> {
        let latitude = read_angle(fields, ["N", "S"], 90, "a latitude")?;
        let longitude = read_angle(fields, ["E", "W"], 180, "a longitude")?;
        let altitude = fields.value_by(altitude, "an altitude", "-24.00m")?;
        let mut sizes = DEFAULTS;
        for size in &mut sizes {
            if !fields.is_empty() {
                *size = fields.value_by(|text| size_of(centimetres(text)?), "a size", "10m")?;
            }
        }
        let [size, horizontal_precision, vertical_precision] = sizes;
        Ok(Loc {
            size,
            horizontal_precision,
            vertical_precision,
            latitude,
            longitude,
            altitude,
        })
    }
}

/// Reads degrees, minutes and seconds, of which the last two may be left out, and the direction.
fn read_angle(
    fields: &mut Fields<'_, '_>,
    [up, down]: [&str; 2],
    most: u32,
    what: &'static str,
) -> Result<u32, TextFault> {
    let mut angle = 0;
    for unit in [DEGREE, DEGREE / 60, DEGREE / 3_600] {
        let limit = if unit == DEGREE { most } else { 59 };
        let part = |text: &str| {
            let digits = if unit == 1_000 { 3 } else { 0 };
            let value = decimal(text, digits)?;
            let value = if digits == 0 { value * 1_000 } else { value };
            (value < u64::from(limit + 1) * 1_000).then_some(value)
        };
        let value = fields.value_by(part, what, "42 21 54.000 N")?;
        angle += (value * u64::from(unit) / 1_000) as u32;
        let example = if up == "N" {
            "42 21 54.000 N"
        } else {
            "71 6 18.000 W"
        };
        match (fields.skip_word(up), fields.skip_word(down), unit) {
            _ if angle > most * DEGREE => return fields.value_by(|_| None, what, example),
            (true, ..) => return Ok(MIDDLE + angle),
            (_, true, _) => return Ok(MIDDLE - angle),
            (_, _, 1_000) => return fields.value_by(|_| None, what, example),
            _ => {}
        }
    }
    Ok(MIDDLE)
}

/// Reads digits, and at most that many more after a point; returns the number without the point.
fn decimal(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if places > 0 => (whole, fraction),
        Some(_) => return None,
        None => (text, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    let is_short = whole.len() <= 10 && fraction.len() <= places;
    if whole.is_empty() || !is_short || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

/// Reads metres, with `m` or without, as centimetres.
fn centimetres(text: &str) -> Option<u64> {
    decimal(text.strip_suffix(['m', 'M']).unwrap_or(text), 2)
}

/// Reads an altitude, from 100 km below the spheroid on.
fn altitude(text: &str) -> Option<u32> {
    let altitude = match text.strip_prefix('-') {
        Some(depth) => u64::from(SPHEROID).checked_sub(centimetres(depth)?)?,
        None => u64::from(SPHEROID) + centimetres(text)?,
    };
    altitude.try_into().ok()
}

/// Returns the size with one digit that is the largest up to this one.
fn size_of(mut centimetres: u64) -> Option<u8> {
    let mut exponent = 0;
    while centimetres > 9 {
        (centimetres, exponent) = (centimetres / 10, exponent + 1);
    }
    (exponent <= 9).then_some((centimetres as u8) << 4 | exponent)
}

/// Shows `42 21 54.000 N`.
fn shown_angle(angle: u32, [up, down]: [&str; 2]) -> String {
    let direction = if angle >= MIDDLE { up } else { down };
    let angle = angle.abs_diff(MIDDLE);
    let (degrees, minutes) = (angle / DEGREE, angle / 60_000 % 60);
    let (seconds, thousandths) = (angle / 1_000 % 60, angle % 1_000);
    format!("{degrees} {minutes} {seconds}.{thousandths:03} {direction}")
}

/// Shows an angle in a dissection.
fn angle_text(octets: &[u8], most: u32, directions: [&str; 2]) -> Result<String, ParseErrorKind> {
    let angle = number(octets);
    check_angle(angle, most).map(|()| shown_angle(angle, directions))
}

/// Shows `-24.00m`.
fn altitude_text(altitude: u32) -> String {
    let sign = if altitude < SPHEROID { "-" } else { "" };
    let height = altitude.abs_diff(SPHEROID);
    format!("{sign}{}.{:02}m", height / 100, height % 100)
}

/// Shows `10m`, or `0.05m`.
fn shown_size(size: u8) -> String {
    let centimetres = u64::from(size >> 4) * 10_u64.pow(u32::from(size & 0xf));
    match size & 0xf {
        0 | 1 => format!("0.{centimetres:02}m"),
        _ => format!("{}m", centimetres / 100),
    }
}

/// Shows a size in a dissection.
fn size_text(octets: &[u8]) -> Result<String, ParseErrorKind> {
    octet_text(octets, check_size).map(shown_size)
}

/// A size of zero with another exponent than zero has no text of its own: then the whole RDATA has
/// the generic form.
impl fmt::Display for Loc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sizes().iter().any(|size| (1..=9).contains(size)) {
            let mut octets = Vec::new();
            let written = Loc::write(self, &mut RdataWriter::uncompressed(&mut octets));
            return written.map_or(Err(fmt::Error), |()| write_generic(f, &octets));
        }
        let latitude = shown_angle(self.latitude, ["N", "S"]);
        let longitude = shown_angle(self.longitude, ["E", "W"]);
        write!(f, "{latitude} {longitude} {}", altitude_text(self.altitude))?;
        let mut sizes = self.sizes().into_iter();
        sizes.try_for_each(|size| write!(f, " {}", shown_size(size)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault, read_line};
    use super::*;

    /// The examples of RFC 1876 section 4 and its appendix.
    #[test]
    fn the_lines_of_the_rfc_are_read() {
        let octets = "00 33 16 13 89172dd0 70be15f0 00988d20";
        let text = "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m";
        assert_same(RecordType::LOC, text, octets);
        assert_needs(RecordType::LOC, octets, 16);
        for (line, shown) in [
            ("42 21 54 N 71 06 18 W -24m 30m", text),
            (
                "42 21 43.952 N 71 5 6.344 W -24m 1m 200m",
                "42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m",
            ),
            (
                "52 14 05 N 00 08 50 E 10m",
                "52 14 5.000 N 0 8 50.000 E 10.00m 1m 10000m 10m",
            ),
            (
                "32 7 19 S 116 2 25 E 10m",
                "32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m",
            ),
            (
                "42 21 28.764 N 71 00 51.617 W -44m 2000m",
                "42 21 28.764 N 71 0 51.617 W -44.00m 2000m 10000m 10m",
            ),
            (
                "90 s 180 w 0 0",
                "90 0 0.000 S 180 0 0.000 W 0.00m 0.00m 10000m 10m",
            ),
        ] {
            assert_eq!(read_line(RecordType::LOC, line), format!("LOC {shown}"));
        }
    }

    #[test]
    fn places_that_are_not_on_earth_are_refused() {
        for line in [
            "91 N 0 E 0",
            "90 1 N 0 E 0",
            "1 60 N 0 E 0",
            "1 1 60 N 0 E 0",
            "1 1 1.2345 N 0 E 0",
            "1.5 N 0 E 0",
            "1 N 180 0 0.001 E 0",
            "1 2 3 4 N 0 E 0",
            "1 E 0 N 0",
            "1 N 1 E -100000.01",
            "1 N 1 E 42849672.96",
            "1 N 1 E 0 100000000m",
            "1 N 1 E +1",
        ] {
            assert!(
                read_line(RecordType::LOC, line).contains("' is not a"),
                "{line}"
            );
        }
        let tail = "89172dd0 70be15f0 00988d20";
        for octets in [
            format!("01 12 16 13 {tail}"),
            format!("00 a2 16 13 {tail}"),
            format!("00 12 1a 13 {tail}"),
            "00 12 16 13 934fd901 80000000 00000000".to_owned(),
            "00 12 16 13 80000000 a69fb201 00000000".to_owned(),
        ] {
            assert!(
                fault(RecordType::LOC, &octets).contains("a LOC record has version 0"),
                "{octets}"
            );
        }
    }

    #[test]
    fn a_size_of_zero_with_an_exponent_has_the_generic_form() {
        let octets = "00021613 89172dd0 70be15f0 00988d20"
            .replace(' ', "")
            .to_uppercase();
        assert_same(RecordType::LOC, &format!(r"\# 16 {octets}"), &octets);
    }
}
