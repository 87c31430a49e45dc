//! The `format`s of texts: which texts fit, and one that fits where any has to do.

use super::number;

/// Whether a text has the form that the format asks for; unknown formats ask for nothing.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "date" => is_iso_date(text),
        "date-time" => text.split_once(['T', 't']).is_some_and(|(date, time)| is_iso_date(date) && is_zoned_time(time)),
        "time" => is_zoned_time(text),
        "email" | "idn-email" => {
            let simple = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
            text.split_once('@').is_some_and(|(name, host)| simple(name) && simple(host) && host.contains('.'))
        }
        "uri" | "url" => text.split_once("://").is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric())
                && !rest.is_empty()
                && rest.is_ascii()
                && !rest.contains(|c: char| c.is_whitespace() || "<>\"{}|\\^`".contains(c))
        }),
        "uuid" => {
            let lengths = text.split('-').map(str::len);
            lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        }
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        _ => true,
    }
}

/// A text of the format that stands for "not known".
pub(super) fn placeholder(format: &str) -> Option<&'static str> {
    Some(match format {
        "date" => "1970-01-01",
        "date-time" => "1970-01-01T00:00:00Z",
        "time" => "00:00:00Z",
        "email" | "idn-email" => "nobody@example.com",
        "uri" | "url" => "https://example.com/",
        "uuid" => "00000000-0000-0000-0000-000000000000",
        "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "duration" => "PT0S",
        "hostname" => "example.com",
        _ => return None,
    })
}

fn is_iso_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').take(4).collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, len: usize| part.len() == len && number::is_digits(part);
    let (Ok(y), Ok(m), Ok(d)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>()) else { return false };
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let days = match m {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    digits(year, 4) && digits(month, 2) && digits(day, 2) && (1..=days).contains(&d)
}

fn is_zoned_time(text: &str) -> bool {
    let zone = text.trim_end_matches(['Z', 'z']);
    let (time, offset) = match zone.rfind(['+', '-']) {
        Some(at) if zone.len() == text.len() => (&zone[..at], Some(&zone[at + 1..])),
        _ => (zone, None),
    };
    let below =
        |part: &str, max: u32| part.len() == 2 && number::is_digits(part) && part.parse::<u32>().is_ok_and(|n| n < max);
    let parts: Vec<&str> = time.split(':').take(4).collect();
    let [hour, minute, second] = parts[..] else { return false };
    let second =
        second.split_once('.').map_or(second, |(whole, fraction)| if number::is_digits(fraction) { whole } else { "" });
    let zoned = match offset {
        None => zone.len() + 1 == text.len(),
        Some(offset) => offset.split_once(':').is_some_and(|(h, m)| below(h, 24) && below(m, 60)),
    };
    below(hour, 24) && below(minute, 60) && below(second, 60) && zoned
}
