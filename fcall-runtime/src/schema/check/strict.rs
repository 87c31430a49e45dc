//! What OpenAI's strict form can't express, found while the program is compiled.
//!
//! The same rules hold at start-up, on the schema itself, for what the compiler can't see: see `dialect`.

use super::{Kind, Message, Shape, check_argument, sizes::excess};

/// How many objects may stand inside each other; the arguments themselves are the first.
const DEPTH: usize = 10;
enum Fault {
    Any,
    Map,
    Deep,
}

/// A fault, and the nearest field that it stands in.
struct Found {
    fault: Fault,
    field: Option<&'static str>,
}

/// Refuses a type that no model can be asked for, and one that OpenAI's strict form can't express.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_strict_argument(tool: &'static str, parameter: &'static str, shape: &'static Shape) {
    check_argument(tool, parameter, shape);
    let found = find(shape, 2, None);
    if let Some(Found { fault, field }) = found {
        let message = Message::at(tool, parameter).and("`strict` ");
        let message = match fault {
            Fault::Any => message.and("can't take any JSON value at all"),
            Fault::Map => message.and("can't take an object with any keys"),
            Fault::Deep => message.and("takes objects up to 10 levels deep"),
        };
        let message = match field {
            Some(field) => message.and(" (in the field `").and(field).and("`)"),
            None => message,
        };
        let message = message.and("; ").and(match fault {
            Fault::Any => "say what it is: a text, a number, a struct with fields",
            Fault::Map => "take a list of structs with a key and a value, or a struct with fields",
            Fault::Deep => "make the type flatter",
        });
        panic!("{}", message.and(", or drop `strict`").as_str())
    }
    if let Some(excess) = excess(shape) {
        let message = Message::at(tool, parameter).and("`strict` takes at most ").and_integer(excess.most as i128);
        let message = message.and(" ").and(excess.what).and(", and there are ").and_integer(excess.count as i128);
        panic!("{}", message.and("; ").and(excess.remedy).and(", or drop `strict`").as_str())
    }
}

/// Follows the shapes that hold something wrong, and no others.
const fn find(shape: &Shape, depth: usize, field: Option<&'static str>) -> Option<Found> {
    if !shape.holds.free && depth + shape.holds.levels as usize <= DEPTH + 1 {
        return None;
    }
    match shape.kind {
        Kind::Any => Some(Found { fault: Fault::Any, field }),
        Kind::Map { .. } => Some(Found { fault: Fault::Map, field }),
        Kind::Array { items: inner, .. } | Kind::Nullable(inner) => find(inner, depth, field),
        Kind::Tuple { items: shapes, .. } | Kind::AnyOf(shapes) => {
            let mut at = 0;
            while at < shapes.len() {
                if let Some(found) = find(shapes[at], depth, field) {
                    return Some(found);
                }
                at += 1;
            }
            None
        }
        Kind::Object { .. } if depth > DEPTH => Some(Found { fault: Fault::Deep, field }),
        Kind::Object { fields, .. } => {
            let mut at = 0;
            while at < fields.len() {
                // what is flattened stands on the same level, and has no name there
                let (depth, field) = if fields[at].flat { (depth, field) } else { (depth + 1, Some(fields[at].name)) };
                if let Some(found) = find(fields[at].shape, depth, field) {
                    return Some(found);
                }
                at += 1;
            }
            None
        }
        _ => None,
    }
}
