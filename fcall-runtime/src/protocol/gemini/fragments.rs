//! The arguments of a call that come in fragments, each with the place in the JSON where it belongs.

use serde_json::{Map, Value, value::RawValue};

use super::{NAME, response::Fragment};
use crate::{
    error::{Error, Kind, Result},
    protocol::Limits,
};

/// The most levels of the arguments: as many as are read of any JSON.
const DEPTH: usize = 128;

/// Arguments that are being put together.
#[derive(Debug)]
pub(super) struct Arguments {
    value: Value,
    /// What the fragments have cost so far, places included.
    bytes: usize,
}

/// A step of a place: into an object, or into a list.
#[derive(Debug, PartialEq, Eq)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl Arguments {
    /// Begun with what came whole.
    pub(super) fn new(args: Option<&RawValue>) -> Self {
        let whole = args.and_then(|raw| serde_json::from_str(raw.get()).ok()).filter(Value::is_object);
        Self { value: whole.unwrap_or_else(|| Value::Object(Map::new())), bytes: args.map_or(0, |raw| raw.get().len()) }
    }

    /// Puts a fragment in its place; texts of one place are joined.
    pub(super) fn put(&mut self, fragment: &Fragment<'_>, limits: &Limits) -> Result<()> {
        let path = fragment.json_path.as_deref().unwrap_or("$");
        let text = fragment.string_value.as_deref();
        self.spend(path.len() + text.map_or(8, str::len), limits)?;
        let steps = steps(path).ok_or_else(|| Error::decode(NAME, "no JSON path where a call's argument belongs"))?;
        if steps.len() > DEPTH {
            return Err(Error::new(Kind::TooMany { what: "levels in the reply's JSON", limit: DEPTH }));
        }
        // The arguments as a whole stay an object.
        if steps.is_empty() {
            return Ok(());
        }
        let mut at = &mut self.value;
        let mut holes = 0;
        for step in steps {
            at = match step {
                Step::Key(key) => {
                    if !at.is_object() {
                        *at = Value::Object(Map::new());
                    }
                    let Value::Object(object) = at else { return Ok(()) };
                    object.entry(key).or_insert(Value::Null)
                }
                Step::Index(index) => {
                    if !at.is_array() {
                        *at = Value::Array(Vec::new());
                    }
                    let Value::Array(list) = at else { return Ok(()) };
                    if index >= list.len() {
                        holes += index - list.len();
                        // Each stands as `null,` in the text.
                        if holes > limits.arguments / 5 {
                            return Err(too_large(limits));
                        }
                        list.resize(index + 1, Value::Null);
                    }
                    &mut list[index]
                }
            };
        }
        match (text, &fragment.number_value, fragment.bool_value) {
            (Some(more), ..) => match at {
                Value::String(text) => text.push_str(more),
                _ => *at = Value::String(more.to_owned()),
            },
            (_, Some(number), _) => *at = Value::Number(number.clone()),
            (.., Some(bool)) => *at = Value::Bool(bool),
            _ if fragment.null_value.is_some() => *at = Value::Null,
            _ => {}
        }
        self.spend(holes * 5, limits)
    }

    fn spend(&mut self, bytes: usize, limits: &Limits) -> Result<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limits.arguments { Err(too_large(limits)) } else { Ok(()) }
    }

    /// The arguments so far, as JSON text.
    pub(super) fn json(&self) -> String {
        self.value.to_string()
    }
}

fn too_large(limits: &Limits) -> Error {
    Error::new(Kind::TooLarge { what: "the arguments of a call", limit: limits.arguments })
}

/// The steps of a path such as `$.a[0]['b c']`.
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let (step, after) = match quote {
                Some(quote) => {
                    let (key, after) = inner[1..].split_once(quote)?;
                    (Step::Key(key), after.strip_prefix(']')?)
                }
                None => {
                    let (index, after) = inner.split_once(']')?;
                    (Step::Index(index.trim().parse().ok()?), after)
                }
            };
            steps.push(step);
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Key(&name[..end]));
            rest = &name[end..];
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        use Step::{Index, Key};
        assert_eq!(steps("$"), Some(vec![]));
        assert_eq!(steps("$.a[0].b"), Some(vec![Key("a"), Index(0), Key("b")]));
        assert_eq!(steps("$['a.b'][\"c d\"]"), Some(vec![Key("a.b"), Key("c d")]));
        for broken in ["$.", "$..a", "$[", "$[x]", "$['a", "$[-1]"] {
            assert_eq!(steps(broken), None, "{broken}");
        }
    }
}
