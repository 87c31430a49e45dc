//! Whether a value keeps what the place where it stands asks of it, and nothing of what is inside.

use serde_json::{Number, Value};

use super::{
    Kind, Shape,
    problem::{Problem, number_in_words, shown},
    rules::{Asked, Bound},
    secret::HIDDEN,
};

/// What stands there if it is not `null`, and all that is asked of it.
pub(super) fn inmost(mut shape: &Shape) -> (&Shape, Asked) {
    let mut asked = Asked::of(shape.rules);
    while let Kind::Nullable(inner) = shape.kind {
        shape = inner;
        asked = asked.and(inner.rules);
    }
    (shape, asked)
}

/// What is asked of a value, and it does not keep.
pub(super) fn keeps(shape: &Shape, asked: &Asked, value: &Value, path: &str, problems: &mut Vec<Problem>) {
    let mut refuse = |what: String| problems.push(Problem { rule: true, ..Problem::new(path, what) });
    let got = || if asked.secret { HIDDEN.to_owned() } else { shown(value) };
    match value {
        Value::Number(number) if !within(number, asked.min, asked.max) => {
            refuse(format!("expected {}, got {}", number_in_words(shape, asked), got()));
        }
        Value::String(text) => {
            if let Some(length) = asked.length {
                let count = text.chars().count();
                if !length.takes(count) {
                    let expected = length.of("character", "characters");
                    refuse(format!("expected a text of {expected}, got one of {count}: {}", got()));
                }
            }
            for pattern in asked.patterns.iter().filter(|pattern| !(pattern.matches)(text)) {
                refuse(format!(
                    "expected a text that matches the regular expression `{}`, got {}",
                    pattern.text,
                    got()
                ));
            }
        }
        Value::Array(values) => {
            if let Some(items) = asked.items.filter(|items| !items.takes(values.len())) {
                refuse(format!("expected a list of {}, got {}", items.of("item", "items"), values.len()));
            }
        }
        _ => {}
    }
}

fn within(number: &Number, min: Option<Bound>, max: Option<Bound>) -> bool {
    above(number, min)
        && max.is_none_or(|bound| match number.as_i128().filter(|_| bound.is_whole()) {
            Some(whole) => whole < bound.whole || bound.included && whole == bound.whole,
            None => number.as_f64().is_some_and(|float| float < bound.float || bound.included && float == bound.float),
        })
}

fn above(number: &Number, min: Option<Bound>) -> bool {
    min.is_none_or(|bound| match number.as_i128().filter(|_| bound.is_whole()) {
        Some(whole) => whole > bound.whole || bound.included && whole == bound.whole,
        None => number.as_f64().is_some_and(|float| float > bound.float || bound.included && float == bound.float),
    })
}
