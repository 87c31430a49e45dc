//! In how many ways one thing may be written in a request.

use serde_json::value::RawValue;

use super::super::{super::decoder::parse, NAME};
use crate::error::Result;

/// The documented spelling of a key, which protobuf's own may stand for: `top_p` is `topP`, and nothing else is.
pub(super) fn camel(key: &str) -> String {
    if key.contains(|c: char| c.is_ascii_uppercase()) {
        return key.to_owned();
    }
    let mut out = String::with_capacity(key.len());
    let mut rest = key.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.next_if(|next| c == '_' && !out.is_empty() && next.is_ascii_lowercase()) {
            Some(next) => out.push(next.to_ascii_uppercase()),
            None => out.push(c),
        }
    }
    out
}

/// One value, or a list of them.
pub(super) fn one_or_more(raw: &RawValue) -> Result<Vec<&RawValue>> {
    if raw.get().starts_with('[') { parse(NAME, raw.get()) } else { Ok(vec![raw]) }
}
