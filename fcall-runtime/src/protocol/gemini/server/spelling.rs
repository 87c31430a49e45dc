//! In how many ways one thing may be written in a request.

use serde_json::value::RawValue;

use super::super::{super::decoder::parse, NAME};
use crate::error::Result;

/// The documented spelling of a key.
pub(super) fn camel(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        match c {
            '_' if !out.is_empty() => upper = true,
            c if upper => {
                upper = false;
                out.extend(c.to_uppercase());
            }
            c => out.push(c),
        }
    }
    out
}

/// One value, or a list of them.
pub(super) fn one_or_more(raw: &RawValue) -> Result<Vec<&RawValue>> {
    if raw.get().starts_with('[') { parse(NAME, raw.get()) } else { Ok(vec![raw]) }
}
