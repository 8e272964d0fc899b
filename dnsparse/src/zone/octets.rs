//! Zone files whose octets are not UTF-8.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;

/// Makes text of a zone file's octets: those that are not UTF-8 become escapes (`\\233`), which
/// mean the same. RFC 1035 section 5.1 knows only ASCII and escapes; old files have other octets in
/// comments and in character strings. Columns of errors count an escape as four characters.
///
/// ```
/// use dnsparse::{Zone, zone};
///
/// let file = b"$TTL 60\n@ TXT caf\xe9 ; fa\xe7ade\n";
/// let zone = Zone::parse(&zone::to_text(file), &"example.com".parse()?)?;
/// assert_eq!(zone.records[0].rdata.to_string(), r#""caf\233""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn to_text(octets: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(octets) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        for octet in chunk.invalid() {
            // A backslash before the octet is the backslash of its escape.
            let is_escaped = text
                .bytes()
                .rev()
                .take_while(|octet| *octet == b'\\')
                .count()
                % 2
                == 1;
            let backslash = if is_escaped { "" } else { "\\" };
            text.push_str(&format!("{backslash}{octet:03}"));
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_that_are_not_utf8_become_escapes() {
        assert!(matches!(
            to_text("naïve".as_bytes()),
            Cow::Borrowed("naïve")
        ));
        assert_eq!(to_text(b"caf\xe9 \xc3\xa9"), r"caf\233 é");
        assert_eq!(to_text(b"\\\xe9"), r"\233");
        assert_eq!(to_text(b"\\\\\xe9"), r"\\\233");
        assert_eq!(to_text(b"\xff\xfe"), r"\255\254");
    }

    #[test]
    fn a_megabyte_of_backslashes_and_octets_takes_linear_time() {
        let backslashes = [&b"\\".repeat(1 << 20)[..], b"\xe9"].concat();
        assert!(to_text(&backslashes).ends_with(r"\233"));
        assert_eq!(to_text(&b"\\\xe9".repeat(1 << 18)).len(), 4 << 18);
    }
}
