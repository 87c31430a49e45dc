//! Keys that stand beside others (serde's `flatten`, and what a variant holds beside its tag), found while the program is
//! compiled.

use super::{Kind, Message, Shape};

/// Refuses a flattened field whose keys can't stand beside others.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_flat(subject: &'static str, shape: &'static Shape) {
    if shape.is_closed() {
        let why = "serde refuses unknown keys there, and the others are such; drop `deny_unknown_fields`";
        panic!("{}", Message::EMPTY.and(subject).and(": ").and(why).as_str())
    }
    if let Some(why) = fault(shape.plain().kind) {
        panic!("{}", Message::EMPTY.and(subject).and(": ").and(why.at_a_field).as_str())
    }
}

/// Refuses what a variant can't hold beside the tag of its enum.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_tagged(subject: &'static str, shape: &'static Shape) {
    if let Some(why) = fault(shape.plain().kind) {
        panic!("{}", Message::EMPTY.and(subject).and(": ").and(why.at_a_variant).as_str())
    }
}

struct Why {
    at_a_field: &'static str,
    at_a_variant: &'static str,
}

const fn fault(kind: Kind) -> Option<Why> {
    match kind {
        Kind::Recursive(_) | Kind::Foreign(_) => Some(Why {
            at_a_field: "what keys there are must be known while compiling; derive `fcall::Schema` for the type",
            at_a_variant: "what keys stand beside the tag must be known while compiling; derive `fcall::Schema` for the type, or add `content = \"..\"` to the `tag`",
        }),
        Kind::Map { keys, .. } if keys.kind.is_read_from_text() => Some(Why {
            at_a_field: "serde reads the keys of what is flattened as texts only; take `String` keys",
            at_a_variant: "serde reads the keys that stand beside the tag as texts only; take `String` keys",
        }),
        kind if has_keys(kind) => None,
        _ => Some(Why {
            at_a_field: "only the keys of an object can stand beside others; flatten a struct, a map or a tagged enum",
            at_a_variant: "only the keys of an object can stand beside the tag; give the variant named fields, or add `content = \"..\"` to the `tag`",
        }),
    }
}

/// Whether some value of the kind is an object whose keys can stand beside others, or has no keys at all.
const fn has_keys(kind: Kind) -> bool {
    match kind {
        Kind::Object { .. } | Kind::Map { .. } | Kind::Any | Kind::Null | Kind::Missing(_) => true,
        // beside others the name of a variant is a key too
        Kind::Enum(_) => true,
        Kind::AnyOf(shapes) => {
            let mut at = 0;
            while at < shapes.len() {
                if has_keys(shapes[at].plain().kind) {
                    return true;
                }
                at += 1;
            }
            false
        }
        _ => false,
    }
}
