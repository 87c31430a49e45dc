//! What makes a schema illegal, found while the program is compiled.
//!
//! The macros call these from constants that carry the span of the user's own token, so the panic's text *is* the
//! compiler's error. The rules of the strict form stand in `strict`, those of keys beside others in `flat` and `keys`.

mod flat;
mod keys;
mod message;
mod rules;
mod sizes;
mod strict;

pub use flat::{check_flat, check_tagged};
pub use keys::check_keys;
pub(crate) use message::Message;
pub use rules::{check_example, check_field, check_rules};
pub use strict::check_strict_argument;

use super::{Kind, Shape, Variant};

/// Deeper shapes are refused: no provider takes them, and the compiler's own recursion ends not far beyond.
const DEPTH: usize = 64;

/// A default that was written as a literal.
#[derive(Clone, Copy, Debug)]
pub enum Literal {
    /// `"text"` or `'c'`.
    Text(&'static str),
    /// `-1`
    Integer(i128),
    /// `0.5`
    Float(f64),
    /// `true`
    Bool,
}

enum Fault {
    Missing(&'static str),
    NoVariants(Option<&'static str>),
    TooDeep,
}

/// Refuses a type that no model can be asked for.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_argument(tool: &'static str, parameter: &'static str, shape: &'static Shape) {
    let Some(fault) = fault(shape) else { return };
    let message = Message::at(tool, parameter);
    let message = match fault {
        Fault::Missing(why) => message.and(why),
        Fault::NoVariants(name) => {
            let message = message.and("the enum ");
            let message = match name {
                Some(name) => message.and("`").and(name).and("` "),
                None => message,
            };
            message.and("has no variants, so there is nothing a model could send; add one, or take another type")
        }
        Fault::TooDeep => {
            message.and("the type is nested deeper than 64 levels, which no provider takes; make it flatter")
        }
    };
    panic!("{}", message.as_str())
}

/// Refuses a type that no model can answer with.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub(crate) const fn check_answer(shape: &'static Shape) {
    match fault(shape) {
        None => {}
        Some(Fault::Missing(why)) => panic!("{}", why),
        Some(Fault::NoVariants(_)) => panic!("an enum without variants can't be answered with; add one"),
        Some(Fault::TooDeep) => panic!("the answer is nested deeper than 64 levels, which no provider takes"),
    }
}

/// Refuses a default literal that is not a value of the parameter's type.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_default(tool: &'static str, parameter: &'static str, shape: &'static Shape, literal: Literal) {
    check_optional(tool, parameter, shape);
    if fits(shape, literal) {
        return;
    }
    let message = Message::at(tool, parameter).and("the default is ");
    let message = match literal {
        Literal::Text(text) => message.and("`\"").and(text).and("\"`"),
        Literal::Integer(value) => message.and_integer(value),
        Literal::Float(value) => message.and_float(value, "a number with a fraction"),
        Literal::Bool => message.and("`true` or `false`"),
    };
    let message = rules::bounds(expected(message.and(", but the model sends "), &shape.kind), shape);
    panic!("{}", message.and("; write such a value").as_str())
}

/// Refuses a default on a parameter that may be left out as it is.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_optional(tool: &'static str, parameter: &'static str, shape: &'static Shape) {
    if shape.optional {
        let message = Message::at(tool, parameter)
            .and("an `Option` is `None` when it is left out; drop the default, or take the type without `Option`");
        panic!("{}", message.as_str())
    }
}

const fn fault(shape: &Shape) -> Option<Fault> {
    if let Some(why) = shape.holds.missing {
        return Some(Fault::Missing(why));
    }
    if shape.holds.impossible {
        return Some(Fault::NoVariants(without_variants(shape)));
    }
    if shape.holds.height as usize > DEPTH { Some(Fault::TooDeep) } else { None }
}

/// The name of the enum, followed to it and nowhere else.
const fn without_variants(shape: &Shape) -> Option<&'static str> {
    match shape.kind {
        Kind::Array { items: inner, .. } | Kind::Nullable(inner) => without_variants(inner),
        Kind::Map { keys, .. } if keys.holds.impossible => without_variants(keys),
        Kind::Map { values, .. } => without_variants(values),
        Kind::Tuple { items: shapes, .. } | Kind::AnyOf(shapes) => {
            let mut at = 0;
            while at < shapes.len() {
                if shapes[at].holds.impossible {
                    return without_variants(shapes[at]);
                }
                at += 1;
            }
            shape.name
        }
        Kind::Object { fields, .. } => {
            let mut at = 0;
            while at < fields.len() {
                if fields[at].shape.holds.impossible {
                    return without_variants(fields[at].shape);
                }
                at += 1;
            }
            shape.name
        }
        _ => shape.name,
    }
}

const fn fits(shape: &Shape, literal: Literal) -> bool {
    rules::kept(shape.rules, literal) && is(shape, literal)
}

const fn is(shape: &Shape, literal: Literal) -> bool {
    match (shape.kind, literal) {
        (Kind::Any | Kind::Foreign(_) | Kind::Recursive(_) | Kind::Missing(_), _) => true,
        (Kind::Bool, Literal::Bool) | (Kind::Number, Literal::Integer(_) | Literal::Float(_)) => true,
        (Kind::Integer { min, max, zero }, Literal::Integer(value)) => {
            min <= value && value <= max && (zero || value != 0)
        }
        (Kind::String { single, .. }, Literal::Text(text)) => !single || rules::chars(text) == 1,
        (Kind::Const(only), Literal::Text(text)) => equal(only, text),
        (Kind::Enum(variants), Literal::Text(text)) => {
            let mut at = 0;
            while at < variants.len() {
                if is_variant(&variants[at], text) {
                    return true;
                }
                at += 1;
            }
            false
        }
        (Kind::Nullable(inner), literal) => fits(inner, literal),
        (Kind::AnyOf(shapes), literal) => {
            let mut at = 0;
            while at < shapes.len() {
                if fits(shapes[at], literal) {
                    return true;
                }
                at += 1;
            }
            false
        }
        _ => false,
    }
}

const fn expected(message: Message, kind: &Kind) -> Message {
    match *kind {
        Kind::Bool => message.and("`true` or `false`"),
        Kind::Integer { min, max, zero } => {
            let message = message.and("a whole number from ").and_integer(min).and(" to ").and_integer(max);
            if zero || min > 0 { message } else { message.and(", not 0") }
        }
        Kind::Number => message.and("a number"),
        Kind::String { single: true, .. } => message.and("a single character"),
        Kind::String { .. } => message.and("a text"),
        Kind::Enum(variants) => {
            let mut message = message.and("one of ");
            let mut at = 0;
            while at < variants.len() {
                let comma = if at == 0 { "`\"" } else { ", `\"" };
                message = message.and(comma).and(variants[at].name).and("\"`");
                at += 1;
            }
            message
        }
        Kind::Array { .. } | Kind::Tuple { .. } => message.and("a list"),
        Kind::Map { .. } | Kind::Object { .. } => message.and("an object"),
        Kind::Null => message.and("`null`"),
        Kind::Nullable(inner) => expected(message, &inner.kind),
        _ => message.and("something else"),
    }
}

const fn is_variant(variant: &Variant, text: &str) -> bool {
    if equal(variant.name, text) {
        return true;
    }
    let mut at = 0;
    while at < variant.aliases.len() {
        if equal(variant.aliases[at], text) {
            return true;
        }
        at += 1;
    }
    false
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
