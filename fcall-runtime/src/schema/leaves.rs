//! What hidden values would look like in a text that was made of them.

use serde_json::{Number, Value};

use super::{Field, Kind, Shape};

/// What is shorter is no secret, and would be found in every text.
const SHORTEST: usize = 4;

/// The texts and numbers of hidden values, as they would stand in a text: those too that are read out of a text.
pub(super) fn leaves(hidden: Vec<Value>) -> Vec<String> {
    let (mut words, mut rest) = (Vec::new(), hidden);
    // no recursion: a text in a text may go deeper than the JSON of either
    while let Some(value) = rest.pop() {
        match value {
            Value::String(text) => {
                let written = Value::from(text.as_str()).to_string();
                let inside = written.trim_matches('"');
                if inside != text {
                    words.push(inside.to_owned());
                }
                rest.extend(serde_json::from_str::<Value>(&text));
                words.push(text);
            }
            Value::Number(number) => spellings(&number, &mut words),
            Value::Array(values) => rest.extend(values),
            Value::Object(members) => rest.extend(members.into_iter().map(|(_, value)| value)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    words.retain(|word| word.len() >= SHORTEST);
    words
}

/// A number as any of Rust's types that it may be read to writes it: `7.0` is read to 7, and 7 to `7.0`.
fn spellings(number: &Number, words: &mut Vec<String>) {
    words.push(number.to_string());
    if let Some(float) = number.as_f64() {
        let short = float as f32;
        words.extend([float.to_string(), format!("{float:?}"), short.to_string(), format!("{short:?}")]);
    }
}

/// How deep keys are looked for, through texts of JSON and lists that were sent as their only item: a value that is
/// put right goes no deeper.
const DEEPEST: u32 = 400;

/// The keys of maps in a hidden value: those of structs are no secret.
pub(super) fn map_keys(shape: &'static Shape, value: &Value, fuel: &mut u32) -> Vec<Value> {
    let mut found = Keys { found: Vec::new(), fuel, deeper: DEEPEST };
    found.of(shape, value);
    found.found
}

struct Keys<'f> {
    found: Vec<Value>,
    fuel: &'f mut u32,
    deeper: u32,
}

impl Keys<'_> {
    fn of(&mut self, shape: &'static Shape, value: &Value) {
        if *self.fuel == 0 || self.deeper == 0 {
            return;
        }
        *self.fuel -= 1;
        self.deeper -= 1;
        self.inside(shape, value);
        self.deeper += 1;
    }

    fn inside(&mut self, shape: &'static Shape, value: &Value) {
        match (shape.kind, value) {
            (Kind::Nullable(inner), value) => self.of(inner, value),
            (Kind::Recursive(later), value) => self.of(later(), value),
            (_, Value::String(text)) => {
                if let Ok(inner) = serde_json::from_str::<Value>(text) {
                    self.of(shape, &inner);
                }
            }
            (Kind::AnyOf(shapes), value) => shapes.iter().for_each(|shape| self.of(shape, value)),
            (Kind::Array { items, .. }, Value::Array(values)) => values.iter().for_each(|value| self.of(items, value)),
            // a single item for a list
            (Kind::Array { items, .. }, value) => self.of(items, value),
            (Kind::Tuple { items, .. }, Value::Array(values)) => {
                items.iter().zip(values).for_each(|(shape, value)| self.of(shape, value));
            }
            (Kind::Map { values, .. }, Value::Object(members)) => {
                for (key, value) in members {
                    self.found.push(Value::from(key.as_str()));
                    self.of(values, value);
                }
            }
            (Kind::Object { fields, .. }, Value::Object(members)) => {
                for (key, value) in members {
                    match Field::find(fields, key) {
                        Some(field) => self.of(field.shape, value),
                        None => self.found.push(Value::from(key.as_str())),
                    }
                }
            }
            _ => {}
        }
    }
}
