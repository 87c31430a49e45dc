//! Arguments as they may be shown: without what `#[arg(secret)]` marks.
//!
//! In doubt a value is hidden: where it does not have the form it should have, where its key is not known, and where
//! one of several alternatives has a secret under that key.

use std::{collections::HashMap, ptr};

use serde_json::{Map, Value};

use super::{
    Field, Kind, Shape,
    diagnose::{diagnose, fits},
    enforce::enforce,
    leaves::{leaves, map_keys},
    problem::{FUEL, Problem, again, missing, refused},
    repair::repair,
    rules::Asked,
    secret::{HIDDEN, have_secrets, is_secret},
};

/// What stands in for a hidden value in JSON.
const MARK: &str = "[secret]";

/// Which arguments of a tool must not be shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Secrets {
    /// None is secret.
    #[default]
    None,
    /// Some of these.
    Of(&'static [Field]),
    /// It is not known which.
    All,
}

impl Secrets {
    /// Those of a tool with these parameters.
    pub(crate) fn of(fields: &'static [Field]) -> Self {
        match have_secrets(fields) {
            true => Self::Of(fields),
            false => Self::None,
        }
    }

    /// Those of a tool whose parameters are the fields of this type.
    pub(crate) fn of_type(mut shape: &'static Shape) -> Self {
        // a type that only leads back to itself has no value
        for _ in 0..64 {
            match shape.kind {
                _ if Asked::of(shape.rules).secret => return Self::All,
                Kind::Object { fields, .. } => return Self::of(fields),
                Kind::Nullable(inner) => shape = inner,
                Kind::Recursive(later) => shape = later(),
                _ => break,
            }
        }
        if is_secret(shape) { Self::All } else { Self::None }
    }

    pub(crate) fn is_none(self) -> bool {
        matches!(self, Self::None)
    }

    /// The arguments of a call without what is secret; `None` where nothing is.
    pub(crate) fn hide(self, json: &str) -> Option<String> {
        match self {
            Self::None => None,
            Self::Of(fields) => Some(self.split(fields, json).0.to_string()),
            Self::All => Some(Value::from(MARK).to_string()),
        }
    }

    /// A text without the secrets that stand in these arguments, where it has any.
    pub(crate) fn scrub(self, json: &str, text: &str) -> Option<String> {
        let hidden = match self {
            Self::None => return None,
            Self::Of(fields) => self.split(fields, json).1,
            Self::All => vec![read(json).unwrap_or_else(|| Value::from(json))],
        };
        let mut words = leaves(hidden);
        // the longest first, since it may hold others
        words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        words.dedup();
        let mut scrubbed: Option<String> = None;
        for word in words {
            let now = scrubbed.as_deref().unwrap_or(text);
            if now.contains(&word) {
                scrubbed = Some(now.replace(&word, MARK));
            }
        }
        scrubbed
    }

    /// What the model is told of arguments that were refused in words that may quote them; `None` where they may.
    pub(crate) fn refusal(self, tool: &str, json: &str) -> Option<String> {
        let fields = match self {
            Self::None => return None,
            Self::Of(fields) => fields,
            Self::All => &[],
        };
        let Some(Value::Object(members)) = read(json) else {
            return Some(again("The arguments are no JSON object", tool));
        };
        let (mut problems, mut fuel) = (Vec::new(), FUEL);
        for field in fields.iter().filter(|field| !field.flat) {
            match members.iter().find(|(key, _)| field.answers_to(key)) {
                Some((_, value)) => {
                    let before = problems.len();
                    let value = repair(field.shape, value.clone(), field.name, &mut Vec::new());
                    diagnose(field.shape, &value, field.name, &mut problems, &mut fuel);
                    if problems.len() == before {
                        enforce(field.shape, &value, field.name, &mut problems, &mut fuel);
                    }
                }
                None if field.is_required() => problems.push(missing(field, field.name)),
                None => {}
            }
        }
        if problems.is_empty() {
            problems.push(Problem::new("$", format!("can't be read; got {HIDDEN}")));
        }
        Some(refused(tool, &problems, &[]))
    }

    /// The arguments without what is secret, and what was.
    fn split(self, fields: &'static [Field], json: &str) -> (Value, Vec<Value>) {
        let mut hiding = Hiding { known: HashMap::new(), fuel: FUEL, hidden: Vec::new() };
        let mut value = match read(json) {
            Some(value) => value,
            None => Value::from(json),
        };
        match &mut value {
            Value::Object(members) => hiding.members(fields, members),
            Value::Null => {}
            value => hiding.take(value),
        }
        (value, hiding.hidden)
    }
}

/// Arguments as a model writes them: JSON, JSON inside a JSON text, or nothing.
fn read(json: &str) -> Option<Value> {
    match json.trim_ascii() {
        "" => Some(Value::Null),
        json => match serde_json::from_str(json).ok()? {
            Value::String(inner) => serde_json::from_str(&inner).ok(),
            value => Some(value),
        },
    }
}

/// A value whose secrets are taken out.
struct Hiding {
    /// Shapes of which it is known whether they hold secrets: each is asked once.
    known: HashMap<*const Shape, bool>,
    fuel: u32,
    hidden: Vec<Value>,
}

impl Hiding {
    fn holds(&mut self, shape: &'static Shape) -> bool {
        shape.holds.ruled && *self.known.entry(ptr::from_ref(shape)).or_insert_with(|| is_secret(shape))
    }

    fn take(&mut self, value: &mut Value) {
        if !value.is_null() && value.as_str() != Some(MARK) {
            self.hidden.push(std::mem::replace(value, Value::from(MARK)));
        }
    }

    fn value(&mut self, shape: &'static Shape, value: &mut Value) {
        if !self.holds(shape) {
            return;
        }
        if self.fuel == 0 || Asked::of(shape.rules).secret {
            self.hidden.extend(map_keys(shape, value, &mut self.fuel));
            return self.take(value);
        }
        self.fuel -= 1;
        match (shape.kind, value) {
            (_, Value::Null) => {}
            (Kind::Nullable(inner), value) => self.value(inner, value),
            (Kind::Recursive(later), value) => self.value(later(), value),
            (Kind::Array { items, .. }, Value::Array(values)) => {
                values.iter_mut().for_each(|value| self.value(items, value));
            }
            (Kind::Tuple { items, .. }, Value::Array(values)) => {
                for (at, value) in values.iter_mut().enumerate() {
                    match items.get(at) {
                        Some(shape) => self.value(shape, value),
                        None => self.take(value),
                    }
                }
            }
            (Kind::Map { keys, .. }, value) if self.holds(keys) => {
                self.hidden.extend(map_keys(shape, value, &mut self.fuel));
                self.take(value);
            }
            (Kind::Map { values, .. }, Value::Object(members)) => {
                members.values_mut().for_each(|value| self.value(values, value));
            }
            (Kind::Object { fields, .. }, Value::Object(members)) => self.members(fields, members),
            (Kind::AnyOf(shapes), Value::Object(members)) => self.among(shapes, members),
            (Kind::AnyOf(shapes), value) => self.one_of(shapes, value),
            (_, value) => self.take(value),
        }
    }

    fn members(&mut self, fields: &'static [Field], members: &mut Map<String, Value>) {
        for (key, value) in members.iter_mut() {
            let mut places = Vec::new();
            self.find(fields, key, &mut places);
            self.each(&places, value);
        }
    }

    /// An object that one of these describes: what any of them calls secret is.
    fn among(&mut self, shapes: &'static [&'static Shape], members: &mut Map<String, Value>) {
        for (key, value) in members.iter_mut() {
            let mut places = Vec::new();
            shapes.iter().for_each(|shape| self.find_in(shape, key, &mut places));
            self.each(&places, value);
        }
    }

    fn each(&mut self, places: &[&'static Shape], value: &mut Value) {
        if places.is_empty() || self.fuel == 0 {
            self.take(value);
        }
        for shape in places {
            self.value(shape, value);
        }
    }

    /// No object, and one of these: shown only where an alternative without secrets describes it.
    fn one_of(&mut self, shapes: &'static [&'static Shape], value: &mut Value) {
        let list = value.is_array();
        let lists: Vec<&'static Shape> = shapes
            .iter()
            .copied()
            .filter(|shape| list && matches!(shape.plain().kind, Kind::Array { .. } | Kind::Tuple { .. }))
            .collect();
        if !lists.is_empty() {
            return lists.iter().for_each(|shape| self.value(shape, value));
        }
        let plain = shapes.iter().any(|shape| !self.holds(shape) && fits(shape, value));
        let secret = shapes.iter().any(|shape| is_scalar(shape) && self.holds(shape));
        if secret || !plain {
            self.take(value);
        }
    }

    /// The places of a key among these fields, and among those that are flattened into them.
    fn find(&mut self, fields: &'static [Field], key: &str, places: &mut Vec<&'static Shape>) {
        places.extend(fields.iter().filter(|field| field.answers_to(key)).map(|field| field.shape));
        for field in fields.iter().filter(|field| field.flat) {
            // a secret that is flattened hides whatever may be its own
            match Asked::of(field.shape.rules).secret {
                true if places.is_empty() => places.push(field.shape),
                true => {}
                false => self.find_in(field.shape, key, places),
            }
        }
    }

    fn find_in(&mut self, shape: &'static Shape, key: &str, places: &mut Vec<&'static Shape>) {
        if self.fuel == 0 || Asked::of(shape.rules).secret {
            return places.push(shape);
        }
        self.fuel -= 1;
        match shape.kind {
            Kind::Object { fields, .. } => self.find(fields, key, places),
            Kind::AnyOf(shapes) => shapes.iter().for_each(|shape| self.find_in(shape, key, places)),
            Kind::Nullable(inner) => self.find_in(inner, key, places),
            Kind::Recursive(later) => self.find_in(later(), key, places),
            Kind::Map { values, .. } => places.push(values),
            Kind::Any | Kind::Foreign(_) => places.push(shape),
            _ => {}
        }
    }
}

fn is_scalar(shape: &Shape) -> bool {
    !matches!(shape.plain().kind, Kind::Object { .. } | Kind::Array { .. } | Kind::Tuple { .. } | Kind::Map { .. })
}
