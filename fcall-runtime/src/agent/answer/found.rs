//! Finds the JSON in a text: inside a code fence, between words.

use serde::de::IgnoredAny;

/// More places are not looked at: each may be read to the end of the text.
const MOST: usize = 16;

/// The pieces of a text that may be what is sought, the likeliest first: all of it, what fences hold, the objects and
/// lists in it.
pub(super) fn candidates(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut found: Vec<&str> = vec![text];
    // Every other piece stands inside a fence; the first line of one names a language.
    found.extend(text.split("```").skip(1).step_by(2).take(MOST).map(|inside| {
        let (first, rest) = inside.split_once('\n').unwrap_or(("", inside));
        if first.chars().all(char::is_alphanumeric) { rest.trim() } else { inside.trim() }
    }));
    let mut rest = text;
    for _ in 0..MOST {
        let Some(begin) = rest.find(['{', '[']) else { break };
        let from = rest.get(begin..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<IgnoredAny>();
        let end = match values.next() {
            Some(Ok(_)) => {
                let end = values.byte_offset();
                found.extend(from.get(..end));
                end
            }
            _ => 1,
        };
        rest = from.get(end..).unwrap_or_default();
    }
    found
}
