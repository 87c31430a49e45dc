//! What is no JSON Schema at all: a keyword whose value has not the form that every reader of schemas asks for.
//!
//! Only what no service takes is refused. What an older draft had in another form (`exclusiveMinimum: true`, a list
//! under `items`) is left to `judge/doubts`, and `null` is taken for nothing, as Gemini does.

use serde_json::{Map, Value};

use super::{
    Illegal,
    pointer::{children, join},
};
use crate::schema::problem::shown;

/// Deeper ones are refused elsewhere.
const DEPTH: usize = 128;

/// The form that the value of a keyword has.
#[derive(Clone, Copy)]
enum Wanted {
    Types,
    Schema,
    /// A schema, or several in older drafts.
    Items,
    /// Schemas by name.
    ByName,
    Schemas,
    Texts,
    Values,
    Text,
    Number,
    /// A number, or `true` in an older draft.
    Bound,
    Count,
    Bool,
}

const KEYWORDS: &[(&str, Wanted)] = &[
    ("type", Wanted::Types),
    ("description", Wanted::Text),
    ("title", Wanted::Text),
    ("$ref", Wanted::Text),
    ("enum", Wanted::Values),
    ("properties", Wanted::ByName),
    ("patternProperties", Wanted::ByName),
    ("$defs", Wanted::ByName),
    ("definitions", Wanted::ByName),
    ("required", Wanted::Texts),
    ("additionalProperties", Wanted::Schema),
    ("propertyNames", Wanted::Schema),
    ("minProperties", Wanted::Count),
    ("maxProperties", Wanted::Count),
    ("items", Wanted::Items),
    ("prefixItems", Wanted::Schemas),
    ("contains", Wanted::Schema),
    ("minItems", Wanted::Count),
    ("maxItems", Wanted::Count),
    ("uniqueItems", Wanted::Bool),
    ("anyOf", Wanted::Schemas),
    ("oneOf", Wanted::Schemas),
    ("allOf", Wanted::Schemas),
    ("not", Wanted::Schema),
    ("format", Wanted::Text),
    ("pattern", Wanted::Text),
    ("minLength", Wanted::Count),
    ("maxLength", Wanted::Count),
    ("minimum", Wanted::Number),
    ("maximum", Wanted::Number),
    ("exclusiveMinimum", Wanted::Bound),
    ("exclusiveMaximum", Wanted::Bound),
    ("multipleOf", Wanted::Number),
];

const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/// Refuses the first such keyword; in Gemini's own spelling numbers may be written as texts.
pub(super) fn check(root: &Value, numbers_as_texts: bool) -> Result<(), Illegal> {
    let mut waiting = vec![(String::new(), root, 0)];
    while let Some((path, schema, depth)) = waiting.pop() {
        let Value::Object(members) = schema else {
            if schema.is_boolean() || schema.is_null() || path.is_empty() {
                continue;
            }
            return Err(Illegal::new(&path, format!("expected {}, got {}", Wanted::Schema.words(), shown(schema))));
        };
        keywords(members, &path, numbers_as_texts)?;
        if depth == DEPTH {
            continue;
        }
        let defs = ["$defs", "definitions"].into_iter().filter_map(|key| members.get(key)?.as_object());
        let defs = defs.flatten().map(|(name, def)| (format!(".$defs.{name}"), def));
        // the first to be looked at stands last
        let inner: Vec<_> = children(members).chain(defs).collect();
        waiting.extend(inner.into_iter().rev().map(|(piece, child)| (join(&path, &piece), child, depth + 1)));
    }
    Ok(())
}

fn keywords(members: &Map<String, Value>, path: &str, numbers_as_texts: bool) -> Result<(), Illegal> {
    for (key, wanted) in KEYWORDS {
        let Some(value) = members.get(*key).filter(|value| !value.is_null()) else { continue };
        let as_text = || match (wanted, value) {
            (Wanted::Number | Wanted::Count, Value::String(text)) => numbers_as_texts && text.parse::<f64>().is_ok(),
            _ => false,
        };
        if !wanted.takes(value) && !as_text() {
            return Err(Illegal::new(path, format!("`{key}` has to be {}, got {}", wanted.words(), shown(value))));
        }
    }
    Ok(())
}

impl Wanted {
    fn takes(self, value: &Value) -> bool {
        let is_type = |value: &Value| value.as_str().is_some_and(|word| TYPES.contains(&word));
        match (self, value) {
            (Self::Types, Value::Array(words)) => words.iter().all(is_type),
            (Self::Types, word) => is_type(word),
            (Self::Schema | Self::Items, Value::Object(_) | Value::Bool(_)) | (Self::Items, Value::Array(_)) => true,
            (Self::ByName, value) => value.is_object(),
            (Self::Schemas | Self::Values, value) => value.is_array(),
            (Self::Texts, Value::Array(values)) => values.iter().all(Value::is_string),
            (Self::Text, value) => value.is_string(),
            (Self::Number, value) => value.is_number(),
            (Self::Bound, value) => value.is_number() || value.is_boolean(),
            (Self::Count, value) => value.as_f64().is_some_and(|count| count >= 0.0 && count.fract() == 0.0),
            (Self::Bool, value) => value.is_boolean(),
            _ => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Types => {
                "one of \"string\", \"number\", \"integer\", \"boolean\", \"object\", \"array\", \"null\", or a list of these"
            }
            Self::Schema | Self::Items => "a schema, which is an object",
            Self::ByName => "an object with a schema under each name",
            Self::Schemas => "a list of schemas",
            Self::Texts => "a list of texts",
            Self::Values => "a list of values",
            Self::Text => "a text",
            Self::Number | Self::Bound => "a number",
            Self::Count => "a whole number from 0 on",
            Self::Bool => "true or false",
        }
    }
}
