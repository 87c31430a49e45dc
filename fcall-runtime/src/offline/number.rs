//! Numbers, dates and times of day as people write them.

/// A number as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// The value where it was written as a whole number that fits.
    pub whole: Option<i64>,
    pub percent: bool,
    /// The unit that stands right behind the digits, or the currency before them.
    pub unit: String,
}

const WORDS: &[(&str, i64)] = &[
    ("zero", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("dozen", 12),
    ("hundred", 100),
    ("thousand", 1_000),
    ("million", 1_000_000),
    ("billion", 1_000_000_000),
];

const UNITS: &[&str] = &[
    "", "%", "k", "km", "m", "cm", "mm", "mi", "ft", "in", "kg", "g", "mg", "lb", "lbs", "oz", "s", "ms", "sec", "h",
    "hr", "hrs", "min", "mins", "d", "c", "f", "\u{b0}", "\u{b0}c", "\u{b0}f", "px", "gb", "mb", "kb", "tb", "w", "kw",
    "kwh", "v", "a", "hz", "khz", "mhz", "mph", "kmh", "km/h", "m/s", "usd", "eur", "gbp", "st", "nd", "rd", "th", "$",
    "\u{20ac}", "\u{a3}", "\u{a5}", "l", "ml", "x",
];

/// A number in digits: `5`, `-2.5`, `$1,500`, `20%`, `3rd`, `21°C`.
pub(super) fn read(text: &str) -> Option<Number> {
    let lower = text.to_lowercase();
    let bare = lower.trim_start_matches(['$', '\u{20ac}', '\u{a3}', '\u{a5}', '#']);
    let currency = &lower[..lower.len() - bare.len()];
    let mut end = bare.find(|c: char| !(c.is_ascii_digit() || ".,+-".contains(c))).unwrap_or(bare.len());
    let exponent = bare[end..].strip_prefix('e').is_some_and(|tail| is_digits(tail.trim_start_matches(['-', '+'])));
    if exponent {
        end = bare.len();
    }
    let (digits, unit) = bare.split_at(end);
    if !UNITS.contains(&unit) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if digits.contains(',') && !thousands(digits) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != ',').collect();
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let mut value: f64 = plain.parse().ok().filter(|v: &f64| v.is_finite())?;
    let mut whole: Option<i64> = plain.parse().ok();
    if unit == "k" {
        value *= 1000.0;
        whole = whole.and_then(|w| w.checked_mul(1000));
    }
    let unit = if unit.is_empty() { currency } else { unit };
    Some(Number { value, whole, percent: unit == "%", unit: unit.to_owned() })
}

/// A number in words: `five`, `thirty`.
pub(super) fn word(lower: &str) -> Option<i64> {
    WORDS.iter().find(|(word, _)| *word == lower).map(|(_, value)| *value)
}

/// Digits in groups of three with commas between, with anything around them.
pub(super) fn thousands(text: &str) -> bool {
    let core = text.trim_matches(|c: char| !c.is_ascii_digit());
    let (whole, fraction) = core.split_once('.').unwrap_or((core, "0"));
    let mut groups = whole.split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && is_digits(group));
    let mut more = false;
    first
        && groups.all(|group| {
            more = true;
            group.len() == 3 && is_digits(group)
        })
        && more
        && is_digits(fraction)
}

/// One digit at least, and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `2024-05-17`, `17/05/2024`, `17.5.2024`, with a time behind it or not.
pub(super) fn is_date(text: &str) -> bool {
    let date = text.split_once(['T', 't']).map_or(text, |(date, _)| date);
    ['-', '/', '.'].iter().any(|sign| {
        let parts: Vec<&str> = date.split(*sign).take(4).collect();
        parts.len() == 3
            && parts.iter().all(|part| is_digits(part) && part.len() <= 4)
            && [parts[0].len(), parts[2].len()].iter().any(|len| *len == 4 || (*sign == '/' && *len == 2))
            && parts[1].len() <= 2
    })
}

/// `10:00`, `9am`, `17:30:05`.
pub(super) fn is_time(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_suffix("am").or_else(|| lower.strip_suffix("pm"));
    let core = bare.unwrap_or(&lower);
    let mut parts = core.split(':');
    let colon = core.contains(':');
    parts.next().is_some_and(|hour| is_digits(hour) && hour.len() <= 2)
        && parts.all(|part| is_digits(part) && part.len() == 2)
        && (colon || bare.is_some())
}

/// The number of a month by its English name, whole or in three letters.
pub(super) fn month(lower: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = MONTHS.iter().position(|m| *m == lower || (lower.len() == 3 && m.starts_with(lower)));
    at.or_else(|| (lower == "sept").then_some(8)).map(|at| at + 1)
}
