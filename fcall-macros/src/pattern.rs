//! Regular expressions as JSON Schema, this library and the providers all read them alike.

use regex_lite::Regex;
use syn::LitStr;

use crate::errors::Errors;

/// Refuses what is no regular expression, or means different things to different readers.
pub(crate) fn check(pattern: &LitStr, errors: &mut Errors) {
    let text = pattern.value();
    if let Some((found, instead)) = odd(&text) {
        errors.at(pattern, format!("not every provider reads `{found}` in a pattern; {instead}"));
    } else if let Err(error) = Regex::new(&text) {
        errors.at(pattern, format!("this is no regular expression: {error}; write one, and for a character that means something a `\\` before it"));
    }
}

/// Whether it matches somewhere in the text; nothing where it is no regular expression.
pub(crate) fn matches(pattern: &LitStr, text: &str) -> Option<bool> {
    Regex::new(&pattern.value()).ok().map(|regex| regex.is_match(text))
}

/// What JSON Schema's regular expressions have in another form or not at all.
fn odd(pattern: &str) -> Option<(&'static str, &'static str)> {
    const AROUND: &str = "look-around is not supported; write what is there, and check the rest in the function";
    const BACK: &str = "back-references are not supported; write the text out, or check it in the function";
    const ESCAPES: &[(char, &str, &str)] = &[
        ('A', "\\A", "write `^`"),
        ('z', "\\z", "write `$`"),
        ('Z', "\\Z", "write `$`"),
        ('p', "\\p", "write the characters out: `[a-zA-Z]`"),
        ('P', "\\P", "write the characters out: `[^a-zA-Z]`"),
    ];
    let mut rest = pattern;
    while let Some(at) = rest.find(['\\', '(', '[']) {
        let after = rest.get(at..).unwrap_or("");
        let next = after.chars().nth(1);
        if after.starts_with('\\') {
            if let Some('1'..='9') = next {
                return Some(("\\1", BACK));
            }
            if let Some((_, found, instead)) = ESCAPES.iter().find(|(letter, ..)| next == Some(*letter)) {
                return Some((found, instead));
            }
            rest = after.get(1 + next.map_or(0, char::len_utf8)..).unwrap_or("");
            continue;
        }
        for (found, why) in [("(?=", AROUND), ("(?!", AROUND), ("(?<=", AROUND), ("(?<!", AROUND)] {
            if after.starts_with(found) {
                return Some((found, why));
            }
        }
        if after.starts_with("(?") && !after.starts_with("(?:") {
            return Some(("(?", "write groups as `(..)` or `(?:..)`, and without flags, e.g. `[Rr]ome`"));
        }
        if after.starts_with("[[:") {
            return Some(("[[:", "write the characters out: `[a-zA-Z]`"));
        }
        rest = after.get(1..).unwrap_or("");
    }
    None
}
