//! What a form has no words for, written where a model reads it.

use serde_json::Value;

/// A description with notes behind it.
pub(super) fn described(words: Option<&Value>, notes: &[String]) -> Option<String> {
    let words = words.and_then(Value::as_str).unwrap_or_default();
    match (words.is_empty(), notes) {
        (true, []) => None,
        (false, []) => Some(words.to_owned()),
        (true, notes) => Some(format!("{{{}}}", notes.join(", "))),
        (false, notes) => Some(format!("{words}\n\n{{{}}}", notes.join(", "))),
    }
}
