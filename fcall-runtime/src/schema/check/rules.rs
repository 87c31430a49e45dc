//! Constraints and examples that don't fit their type, found while the program is compiled.

use super::{Kind, Literal, Message, Shape, expected, fits};
use crate::schema::{Bound, Count, Range, Rules};

/// Refuses rules that do not fit the type, or that no value keeps. `inner` is the type as it is without them.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_rules(subject: &'static str, inner: &'static Shape, rules: &'static Rules) {
    // evaluating constants is slow, so the text is put together only where there is a fault
    if fault(Message::EMPTY, inner, rules).is_some()
        && let Some(message) = fault(Message::EMPTY.and(subject).and(": "), inner, rules)
    {
        panic!("{}", message.as_str())
    }
}

const fn fault(message: Message, inner: &'static Shape, rules: &Rules) -> Option<Message> {
    let kind = plain(&inner.kind);
    if let Kind::Missing(_) = kind {
        None
    } else if let Some(range) = rules.range {
        match range_fault(message, kind, range) {
            None if leaves_no_number(inner, kind, range) => Some(message.and(TOGETHER)),
            fault => fault,
        }
    } else if let Some(length) = rules.length {
        match length_fault(message, kind, length) {
            None if is_empty(among(inner, length, true)) => Some(message.and(TOGETHER)),
            fault => fault,
        }
    } else if let Some(items) = rules.items {
        match items_fault(message, kind, items) {
            None if is_empty(among(inner, items, false)) => Some(message.and(TOGETHER)),
            fault => fault,
        }
    } else if rules.pattern.is_some() && !matches!(kind, Kind::String { single: false, .. }) {
        Some(misfit(message.and("`pattern` is for a text"), kind).and("; drop it"))
    } else {
        None
    }
}

/// Refuses an example that is not a value of the type, or breaks its rules.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_example(subject: &'static str, shape: &'static Shape, literal: Literal) {
    if !fits(shape, literal) {
        let message = Message::EMPTY.and(subject).and(": the example is not what the model may send, ");
        let message = bounds(expected(message, &shape.kind), shape);
        panic!("{}", message.and("; write such a value").as_str())
    }
}

/// Refuses a field whose type has no schema.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_field(subject: &'static str, shape: &'static Shape) {
    if let Some(why) = shape.holds.missing {
        let message = Message::EMPTY.and(subject).and(": ").and(why);
        panic!("{}", message.as_str())
    }
}

/// Whether a literal keeps what is asked, as far as that can be told while compiling.
pub(super) const fn kept(mut rules: Option<&'static Rules>, literal: Literal) -> bool {
    while let Some(asked) = rules {
        let good = match literal {
            Literal::Integer(value) => in_range(asked.range, value as f64),
            Literal::Float(value) => in_range(asked.range, value),
            Literal::Text(text) => counts(asked.length, chars(text)),
            Literal::Bool => true,
        };
        if !good {
            return false;
        }
        rules = asked.next;
    }
    true
}

/// Says what the rules ask, behind what the type asks.
pub(super) const fn bounds(mut message: Message, shape: &Shape) -> Message {
    let mut rules = shape.rules;
    while let Some(asked) = rules {
        if let Some(Range { min, max }) = asked.range {
            if let Some(min) = min {
                message = bound(message.and(if min.included { ", at least " } else { ", above " }), min);
            }
            if let Some(max) = max {
                message = bound(message.and(if max.included { ", at most " } else { ", below " }), max);
            }
        }
        if let Some(length) = asked.length {
            message = message.and(" of at least ").and_integer(length.min as i128);
            if let Some(max) = length.max {
                message = message.and(" and at most ").and_integer(max as i128);
            }
            message = message.and(" characters");
        }
        rules = asked.next;
    }
    message
}

const fn bound(message: Message, bound: Bound) -> Message {
    if bound.is_whole() { message.and_integer(bound.whole) } else { message.and_float(bound.float, "the bound") }
}

const fn in_range(range: Option<Range>, value: f64) -> bool {
    let Some(Range { min, max }) = range else { return true };
    let above = match min {
        Some(min) => value > min.float || min.included && value == min.float,
        None => true,
    };
    let below = match max {
        Some(max) => value < max.float || max.included && value == max.float,
        None => true,
    };
    above && below
}

const fn counts(count: Option<Count>, given: usize) -> bool {
    let Some(Count { min, max, .. }) = count else { return true };
    min <= given
        && match max {
            Some(max) => given <= max,
            None => true,
        }
}

/// How many characters a text has: the bytes that begin one.
pub(super) const fn chars(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut chars) = (0, 0);
    while at < bytes.len() {
        if bytes[at] & 0xC0 != 0x80 {
            chars += 1;
        }
        at += 1;
    }
    chars
}

const fn plain(kind: &Kind) -> &Kind {
    match kind {
        Kind::Nullable(inner) => plain(&inner.kind),
        other => other,
    }
}

const fn misfit(message: Message, kind: &Kind) -> Message {
    match kind {
        Kind::Foreign(_) | Kind::Recursive(_) => {
            message.and(", but what the model sends here is not known while compiling")
        }
        Kind::Any => message.and(", but the model may send any JSON here"),
        Kind::Enum(_) | Kind::Const(_) | Kind::AnyOf(_) => message.and(", but the model chooses one of several here"),
        kind => expected(message.and(", but the model sends "), kind),
    }
}

const fn range_fault(message: Message, kind: &Kind, range: Range) -> Option<Message> {
    let message = match *kind {
        Kind::String { .. } => {
            return Some(misfit(message.and("`range` is for a number"), kind).and("; write `length = ..`"));
        }
        Kind::Array { .. } => {
            return Some(misfit(message.and("`range` is for a number"), kind).and("; write `items = ..`"));
        }
        Kind::Integer { .. } | Kind::Number => message,
        _ => return Some(misfit(message.and("`range` is for a number"), kind).and("; drop it")),
    };
    if let Kind::Integer { min: least, max: greatest, zero } = *kind {
        let low = match range.min {
            Some(bound) if !bound.is_whole() => return Some(message.and(FRACTION)),
            Some(bound) => bound.least(),
            None => least,
        };
        let high = match range.max {
            Some(bound) if !bound.is_whole() => return Some(message.and(FRACTION)),
            Some(bound) => bound.greatest(),
            None => greatest,
        };
        if low < least || high > greatest {
            let message = message.and("the range goes beyond the type, whose values are ").and_integer(least);
            return Some(message.and(" to ").and_integer(greatest).and("; make it narrower, or take a wider type"));
        }
        if !zero && low == 0 && high == 0 {
            return Some(message.and("the type has no 0, so no number is in the range; make it wider"));
        }
        return if low > high { Some(message.and(EMPTY)) } else { None };
    }
    if !is_finite(range.min) || !is_finite(range.max) {
        return Some(message.and(ENDLESS));
    }
    match (range.min, range.max) {
        (Some(min), Some(max)) if min.float < max.float => None,
        (Some(min), Some(max)) if min.float == max.float && min.included && max.included => None,
        (Some(_), Some(_)) => Some(message.and(EMPTY)),
        _ => None,
    }
}

/// Whether a range and what the type itself asks have no number in common.
const fn leaves_no_number(mut shape: &Shape, kind: &Kind, mut range: Range) -> bool {
    loop {
        let mut rules = shape.rules;
        while let Some(asked) = rules {
            if let Some(other) = asked.range {
                range.min = match (range.min, other.min) {
                    (Some(a), Some(b)) if b.float > a.float || b.float == a.float && !b.included => Some(b),
                    (None, b) => b,
                    (a, _) => a,
                };
                range.max = match (range.max, other.max) {
                    (Some(a), Some(b)) if b.float < a.float || b.float == a.float && !b.included => Some(b),
                    (None, b) => b,
                    (a, _) => a,
                };
            }
            rules = asked.next;
        }
        match shape.kind {
            Kind::Nullable(inner) => shape = inner,
            _ => break,
        }
    }
    match (range.min, range.max) {
        (Some(min), Some(max)) if let Kind::Integer { zero, .. } = *kind => {
            min.least() > max.greatest() || !zero && min.least() == 0 && max.greatest() == 0
        }
        (Some(min), Some(max)) => min.float > max.float || min.float == max.float && !(min.included && max.included),
        _ => false,
    }
}

/// What a count and those that the type itself asks leave: of characters, or of items.
const fn among(mut shape: &Shape, mut count: Count, characters: bool) -> Count {
    loop {
        let mut rules = shape.rules;
        while let Some(asked) = rules {
            if let Some(other) = if characters { asked.length } else { asked.items } {
                if other.min > count.min {
                    count.min = other.min;
                }
                count.max = match (count.max, other.max) {
                    (Some(a), Some(b)) if b < a => Some(b),
                    (None, b) => b,
                    (a, _) => a,
                };
            }
            rules = asked.next;
        }
        match shape.kind {
            Kind::Nullable(inner) => shape = inner,
            _ => return count,
        }
    }
}

const TOGETHER: &str =
    "together with what the type itself asks no value is left; drop this, or ask for less in one of them";

const fn is_finite(bound: Option<Bound>) -> bool {
    match bound {
        Some(bound) => bound.float.is_finite(),
        None => true,
    }
}

const ENDLESS: &str = "JSON has no number for this bound; leave that side open: `0.0..`, `..1.0`";
const EMPTY: &str = "the range is empty: no number is in it; write the lesser bound first";
const FRACTION: &str = "the model sends a whole number, so the bounds are whole too; write `1..=14`";
const FEWER: &str = "the bounds are empty: the first is greater than the second; write the lesser first";

const fn length_fault(message: Message, kind: &Kind, length: Count) -> Option<Message> {
    match kind {
        Kind::String { single: false, .. } if is_empty(length) => Some(message.and(FEWER)),
        Kind::String { single: false, .. } => None,
        Kind::String { .. } => Some(message.and("a `char` is always one character long; drop `length`")),
        Kind::Array { .. } => Some(misfit(message.and("`length` is for a text"), kind).and("; write `items = ..`")),
        Kind::Integer { .. } | Kind::Number => {
            Some(misfit(message.and("`length` is for a text"), kind).and("; write `range = ..`"))
        }
        kind => Some(misfit(message.and("`length` is for a text"), kind).and("; drop it")),
    }
}

const fn items_fault(message: Message, kind: &Kind, items: Count) -> Option<Message> {
    match kind {
        Kind::Array { min, max, .. } => {
            if is_empty(items) {
                return Some(message.and(FEWER));
            }
            let too_few = match *max {
                Some(max) => items.min > max,
                None => false,
            };
            let too_many = match items.max {
                Some(most) => most < *min,
                None => false,
            };
            if too_few || too_many { Some(message.and("the type never has so many items; drop `items`")) } else { None }
        }
        Kind::String { .. } => Some(misfit(message.and("`items` is for a list"), kind).and("; write `length = ..`")),
        kind => Some(misfit(message.and("`items` is for a list"), kind).and("; drop it")),
    }
}

const fn is_empty(count: Count) -> bool {
    match count.max {
        Some(max) => max < count.min,
        None => false,
    }
}
