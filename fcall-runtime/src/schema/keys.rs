//! The keys of maps: texts in JSON, whatever they are in Rust.

use serde_json::Value;

use super::{Kind, Shape, problem::Problem};

const NO_TEXTS: &str = "the keys of a JSON object are texts, and these are none; take keys that are written as texts, whole \
     numbers or truth values (`String`, an enum without content), or a list of pairs: `Vec<(K, V)>`";

impl Kind {
    /// An object with any keys of this shape; what can't be a key makes a type that can't be asked for.
    pub const fn map(keys: &'static Shape, values: &'static Shape) -> Self {
        match can_be_keys(keys) {
            true => Self::Map { keys, values },
            false => Self::Missing(NO_TEXTS),
        }
    }

    /// Whether serde finds it in the text of a key only where it reads JSON itself, and not among keys that it kept.
    pub(super) const fn is_read_from_text(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Bool)
    }
}

const fn can_be_keys(shape: &Shape) -> bool {
    match shape.kind {
        Kind::Integer { .. } | Kind::Bool => true,
        // what is missing is said of the type of the keys
        _ => is_text(shape) || matches!(shape.kind, Kind::Missing(_)),
    }
}

const fn is_text(shape: &Shape) -> bool {
    match shape.kind {
        Kind::String { .. } | Kind::Enum(_) | Kind::Const(_) => true,
        Kind::AnyOf(shapes) => {
            let mut at = 0;
            while at < shapes.len() {
                if !is_text(shapes[at]) {
                    return false;
                }
                at += 1;
            }
            true
        }
        _ => false,
    }
}

/// Whether any text will do as a key.
pub(super) fn are_any(keys: &Shape) -> bool {
    keys.rules.is_none() && matches!(keys.kind, Kind::String { format: None, single: false } | Kind::Missing(_))
}

/// A key as the value that it is read to.
pub(super) fn value_of(keys: &Shape, key: &str) -> Value {
    // other spellings of a number serde does not read from a key
    let is_written_so = |value: &Value| {
        let text = value.to_string();
        text == key
    };
    let read = || serde_json::from_str(key).ok().filter(is_written_so);
    match keys.kind.is_read_from_text() {
        true => read().unwrap_or_else(|| Value::from(key)),
        false => Value::from(key),
    }
}

/// Says of problems from here on that they are those of a key, which stands where its value does.
pub(super) fn of_key(problems: &mut [Problem]) {
    for problem in problems {
        problem.what.insert_str(0, "its key: ");
    }
}
