//! When a call is the same as one before, and has come to the same.

use crate::message::Content;

pub(super) const WARNING: &str =
    "\n(The same call has given the same result several times. Use the result, or do something else.)";

pub(super) fn unwarned(content: &[Content]) -> &[Content] {
    match content {
        [content @ .., Content::Text(text)] if text == WARNING => content,
        content => content,
    }
}

/// The same JSON, however it is written: spaces and the order of keys don't count.
pub(super) fn same_arguments(a: &str, b: &str) -> bool {
    let parse = |text| serde_json::from_str::<serde_json::Value>(text);
    a == b || matches!((parse(a), parse(b)), (Ok(a), Ok(b)) if a == b)
}
