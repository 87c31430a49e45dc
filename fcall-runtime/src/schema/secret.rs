//! Which values must not be shown to anybody.

use std::{collections::HashSet, ptr};

use super::{Field, Kind, Shape, rules::Asked};

/// What stands in for a value that must not be shown.
pub(super) const HIDDEN: &str = "a value that is not shown";

/// Whether a value of this shape may hold what must not be shown.
pub(super) fn is_secret(shape: &Shape) -> bool {
    holds(shape, &mut HashSet::new())
}

/// Whether one of these parameters may.
pub(super) fn have_secrets(fields: &[Field]) -> bool {
    let mut seen = HashSet::new();
    fields.iter().any(|field| holds(field.shape, &mut seen))
}

fn holds(shape: &Shape, seen: &mut HashSet<*const Shape>) -> bool {
    // what is asked behind a recursion counts as asked here
    if !shape.holds.ruled || !seen.insert(ptr::from_ref(shape)) {
        return false;
    }
    if Asked::of(shape.rules).secret {
        return true;
    }
    match shape.kind {
        Kind::Array { items: inner, .. } | Kind::Nullable(inner) => holds(inner, seen),
        Kind::Map { keys, values } => holds(keys, seen) || holds(values, seen),
        Kind::Tuple { items: shapes, .. } | Kind::AnyOf(shapes) => shapes.iter().any(|shape| holds(shape, seen)),
        Kind::Object { fields, .. } => fields.iter().any(|field| holds(field.shape, seen)),
        Kind::Recursive(later) => holds(later(), seen),
        _ => false,
    }
}
