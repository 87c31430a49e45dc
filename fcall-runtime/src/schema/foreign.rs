//! Schemas of schemars, for types that have none of ours.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::ForeignSchema;

/// Where references look for definitions.
pub(super) const DEFS: &str = "#/$defs/";

/// What schemars says of `T`; other types it refers to stand under `$defs`.
pub(super) fn schema_of<T: JsonSchema>() -> ForeignSchema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    let mut generator = settings.into_generator();
    let schema = generator.subschema_for::<T>().into();
    let schema = assemble(schema, generator.take_definitions(true));
    // schemars' own derive asks this for its list of required fields
    ForeignSchema { schema, optional: T::_schemars_private_is_option() }
}

/// Puts the type itself in place of the reference to it, unless it is reached again.
fn assemble(schema: Value, mut defs: Map<String, Value>) -> Value {
    let own = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(DEFS));
    let mut schema = match own {
        Some(name) if !defs.values().any(|def| refers_to(def, name)) => defs.remove(name).unwrap_or(schema),
        _ => schema,
    };
    if let (Value::Object(members), false) = (&mut schema, defs.is_empty()) {
        members.insert("$defs".to_owned(), Value::Object(defs));
    }
    schema
}

fn refers_to(schema: &Value, name: &str) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(key, value)| match value {
            Value::String(target) if key == "$ref" => target.strip_prefix(DEFS) == Some(name),
            other => refers_to(other, name),
        }),
        Value::Array(items) => items.iter().any(|item| refers_to(item, name)),
        _ => false,
    }
}

/// Takes the definitions off a schema.
pub(super) fn take_definitions(schema: &mut Value) -> Map<String, Value> {
    match schema.as_object_mut().and_then(|members| members.remove("$defs")) {
        Some(Value::Object(defs)) => defs,
        _ => Map::new(),
    }
}

/// Lets the references of a schema follow definitions that got new names.
pub(super) fn rename(schema: &mut Value, renamed: &[(String, String)]) {
    match schema {
        _ if renamed.is_empty() => {}
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" => {
                        let new = renamed.iter().find(|(old, _)| target.strip_prefix(DEFS) == Some(old));
                        if let Some((_, new)) = new {
                            *target = format!("{DEFS}{new}");
                        }
                    }
                    other => rename(other, renamed),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        _ => {}
    }
}
