//! What of a JSON Schema the planner understands.
//!
//! A schema is read level by level and only as deep as needed, so one that refers to itself, or is nested without end,
//! costs no more than its first levels. What is malformed is read as "anything".

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// How deep objects are filled.
pub(super) const MAX_DEPTH: usize = 6;
/// How deep the values are that a question may hold as JSON.
const MAX_VALUE_DEPTH: usize = 16;
/// How many references in a row are followed.
const MAX_REFS: usize = 8;

/// What a value has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Any,
    Null,
    Bool,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// One level of a schema.
#[derive(Clone, Debug)]
pub(super) struct Node<'s> {
    pub kind: Type,
    pub description: String,
    /// `enum` or `const`.
    pub choices: Option<Vec<Value>>,
    pub default: Option<Value>,
    pub format: String,
    pub properties: Vec<(String, &'s str)>,
    pub required: Vec<String>,
    pub items: Option<&'s str>,
    /// What keys that are not among the properties hold; `false` where there may be none.
    pub others: Option<&'s str>,
    /// Where its references point into.
    root: &'s str,
    pub bounds: Bounds,
}

/// The limits of a value.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub above: Option<f64>,
    pub below: Option<f64>,
    pub multiple_of: Option<f64>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub min_items: Option<usize>,
    pub max_items: Option<usize>,
    pub unique: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wire<'s> {
    #[serde(borrow, rename = "$ref")]
    reference: Option<&'s RawValue>,
    #[serde(borrow, rename = "type")]
    kind: Option<&'s RawValue>,
    #[serde(borrow)]
    description: Option<&'s RawValue>,
    #[serde(borrow, rename = "enum")]
    choices: Option<&'s RawValue>,
    #[serde(borrow, rename = "const")]
    constant: Option<&'s RawValue>,
    #[serde(borrow)]
    default: Option<&'s RawValue>,
    #[serde(borrow)]
    format: Option<&'s RawValue>,
    #[serde(borrow)]
    properties: Option<&'s RawValue>,
    #[serde(borrow)]
    required: Option<&'s RawValue>,
    #[serde(borrow)]
    items: Option<&'s RawValue>,
    #[serde(borrow)]
    additional_properties: Option<&'s RawValue>,
    #[serde(borrow)]
    any_of: Option<&'s RawValue>,
    #[serde(borrow)]
    one_of: Option<&'s RawValue>,
    #[serde(borrow)]
    all_of: Option<&'s RawValue>,
    #[serde(borrow)]
    minimum: Option<&'s RawValue>,
    #[serde(borrow)]
    maximum: Option<&'s RawValue>,
    #[serde(borrow)]
    exclusive_minimum: Option<&'s RawValue>,
    #[serde(borrow)]
    exclusive_maximum: Option<&'s RawValue>,
    #[serde(borrow)]
    multiple_of: Option<&'s RawValue>,
    #[serde(borrow)]
    min_length: Option<&'s RawValue>,
    #[serde(borrow)]
    max_length: Option<&'s RawValue>,
    #[serde(borrow)]
    min_items: Option<&'s RawValue>,
    #[serde(borrow)]
    max_items: Option<&'s RawValue>,
    #[serde(borrow)]
    unique_items: Option<&'s RawValue>,
}

impl<'s> Node<'s> {
    /// Reads the schema `text`, whose references point into `root`.
    pub(super) fn read(root: &'s str, text: &'s str) -> Self {
        let mut description = None;
        let mut text = text;
        for _ in 0..MAX_REFS {
            let wire: Wire<'s> = serde_json::from_str(text).unwrap_or_default();
            description = description.or(parse::<String>(wire.description));
            let next = match parse::<String>(wire.reference) {
                Some(reference) => resolve(root, &reference),
                None => Self::variant(&wire),
            };
            match next {
                Some(next) => text = next,
                None => return Self::of(root, &wire, description.unwrap_or_default()),
            }
        }
        Self::of(root, &Wire::default(), description.unwrap_or_default())
    }

    /// The first variant of a schema of alternatives that is not `null`.
    fn variant(wire: &Wire<'s>) -> Option<&'s str> {
        if wire.properties.is_some() {
            return None;
        }
        let of = wire.any_of.or(wire.one_of).or(wire.all_of)?;
        let variants: Vec<&'s RawValue> = serde_json::from_str(of.get()).ok()?;
        let null = |variant: &&&RawValue| {
            let wire: Wire<'_> = serde_json::from_str(variant.get()).unwrap_or_default();
            parse::<String>(wire.kind).is_some_and(|kind| kind == "null")
        };
        variants.iter().find(|variant| !null(variant)).map(|variant| variant.get())
    }

    fn of(root: &'s str, wire: &Wire<'s>, description: String) -> Self {
        let choices =
            parse::<Vec<Value>>(wire.choices).or_else(|| parse::<Value>(wire.constant).map(|only| vec![only]));
        let properties = wire.properties.and_then(|raw| serde_json::from_str::<Ordered<'s>>(raw.get()).ok());
        let properties = properties.map(|Ordered(list)| list).unwrap_or_default();
        let kind = kind(wire.kind).unwrap_or(match &choices {
            Some(choices) if choices.iter().all(Value::is_string) => Type::String,
            _ if !properties.is_empty() => Type::Object,
            _ if wire.items.is_some() => Type::Array,
            _ => Type::Any,
        });
        // In the oldest drafts `exclusiveMinimum` is a flag; then the bound itself is excluded.
        let strict = |raw| parse::<bool>(raw).unwrap_or(false);
        let (minimum, maximum) = (parse(wire.minimum), parse(wire.maximum));
        let bounds = Bounds {
            above: parse(wire.exclusive_minimum).or(minimum.filter(|_| strict(wire.exclusive_minimum))),
            below: parse(wire.exclusive_maximum).or(maximum.filter(|_| strict(wire.exclusive_maximum))),
            minimum,
            maximum,
            multiple_of: parse(wire.multiple_of).filter(|step| *step > 0.0),
            min_length: parse(wire.min_length),
            max_length: parse(wire.max_length),
            min_items: parse(wire.min_items),
            max_items: parse(wire.max_items),
            unique: parse(wire.unique_items).unwrap_or(false),
        };
        Self {
            kind,
            description,
            choices,
            default: parse(wire.default),
            format: parse(wire.format).unwrap_or_default(),
            properties,
            required: parse(wire.required).unwrap_or_default(),
            items: wire.items.map(RawValue::get),
            others: wire.additional_properties.map(RawValue::get),
            root,
            bounds,
        }
    }

    /// Whether the value is one that the schema takes, with all that is in it.
    pub(super) fn takes_all(&self, value: &Value) -> bool {
        self.takes_within(value, MAX_VALUE_DEPTH)
    }

    fn takes_within(&self, value: &Value, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        if !self.takes(value) {
            return false;
        }
        match value {
            Value::Array(items) => self.items.is_none_or(|schema| {
                let node = Self::read(self.root, schema);
                items.iter().all(|item| node.takes_within(item, depth))
            }),
            Value::Object(map) => {
                let known: HashMap<&str, &'s str> =
                    self.properties.iter().map(|(key, text)| (key.as_str(), *text)).collect();
                let each = |(key, value): (&String, &Value)| match known.get(key.as_str()).copied().or(self.others) {
                    Some("false") => false,
                    Some(schema) => Self::read(self.root, schema).takes_within(value, depth),
                    None => true,
                };
                self.required.iter().all(|key| map.contains_key(key)) && map.iter().all(each)
            }
            _ => true,
        }
    }

    /// Whether the value is one that this level of the schema takes, whatever is in it.
    pub(super) fn takes(&self, value: &Value) -> bool {
        if let Some(choices) = &self.choices
            && !choices.contains(value)
        {
            return false;
        }
        match (self.kind, value) {
            (Type::Any, _)
            | (Type::Null, Value::Null)
            | (Type::Bool, Value::Bool(_))
            | (Type::Object, Value::Object(_)) => true,
            (Type::Integer, Value::Number(n)) => !n.is_f64() && self.bounds.take_number(n.as_f64()),
            (Type::Number, Value::Number(n)) => self.bounds.take_number(n.as_f64()),
            (Type::String, Value::String(text)) => self.takes_text(text),
            (Type::Array, Value::Array(items)) => {
                let mut seen = HashSet::new();
                let mut twice = || items.iter().any(|item| !seen.insert(item.to_string()));
                items.len() >= self.bounds.min_items.unwrap_or(0)
                    && items.len() <= self.bounds.max_items.unwrap_or(usize::MAX)
                    && !(self.bounds.unique && twice())
            }
            _ => false,
        }
    }

    fn takes_text(&self, text: &str) -> bool {
        let count = || text.chars().count();
        let long = self.bounds.min_length.is_none_or(|min| count() >= min);
        let short = self.bounds.max_length.is_none_or(|max| count() <= max);
        long && short && super::format::fits(&self.format, text)
    }
}

impl Bounds {
    fn take_number(&self, value: Option<f64>) -> bool {
        let Some(value) = value else { return false };
        self.minimum.is_none_or(|min| value >= min)
            && self.maximum.is_none_or(|max| value <= max)
            && self.above.is_none_or(|above| value > above)
            && self.below.is_none_or(|below| value < below)
            && self.multiple_of.is_none_or(|step| (value / step).fract() == 0.0)
    }
}

fn kind(raw: Option<&RawValue>) -> Option<Type> {
    let names = parse::<String>(raw).map(|one| vec![one]).or_else(|| parse::<Vec<String>>(raw))?;
    let of = |name: &String| match name.as_str() {
        "boolean" => Type::Bool,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "string" => Type::String,
        "array" => Type::Array,
        "object" => Type::Object,
        "null" => Type::Null,
        _ => Type::Any,
    };
    names.iter().map(of).find(|kind| *kind != Type::Null).or_else(|| names.first().map(of))
}

fn parse<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// What a reference such as `#/$defs/Unit` points to.
fn resolve<'s>(root: &'s str, reference: &str) -> Option<&'s str> {
    let mut text = root;
    for step in reference.strip_prefix('#')?.split('/').skip(1).take(MAX_DEPTH) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let Ordered(list) = serde_json::from_str::<Ordered<'s>>(text).ok()?;
        text = list.into_iter().find(|(key, _)| *key == step)?.1;
    }
    Some(text)
}

/// The entries of an object in their order, unread; of two with one key, the first.
pub(super) struct Ordered<'s>(pub(super) Vec<(String, &'s str)>);

impl<'de> Deserialize<'de> for Ordered<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Ordered<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list: Vec<(String, &'de str)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if seen.insert(key.clone()) {
                        list.push((key, value.get()));
                    }
                }
                Ok(Ordered(list))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}
