//! The tools of a request, in either flavour of schema.

use serde::Deserialize;
use serde_json::{Map, Number, Value, value::RawValue};

use super::{
    super::{
        super::{
            decoder::parse,
            hosted,
            text::{Members, Str, list},
        },
        NAME,
    },
    spelling::{camel, one_or_more},
};
use crate::{
    error::Result,
    message::{Origin, ToolSpec},
};

const NO_PARAMETERS: &str = "{\"type\":\"object\",\"properties\":{}}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declared<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(borrow)]
    description: Option<Str<'a>>,
    #[serde(borrow, alias = "parameters_json_schema")]
    parameters_json_schema: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

/// The functions, and the tools that the provider runs.
pub(super) fn tools(raw: &RawValue) -> Result<(Vec<ToolSpec>, Vec<Origin>)> {
    #[derive(Deserialize)]
    struct Functions<'a>(#[serde(borrow, deserialize_with = "list")] Vec<&'a RawValue>);

    let (mut specs, mut others) = (Vec::new(), Vec::new());
    for tool in one_or_more(raw)? {
        for (key, value) in parse::<Members<'_>>(NAME, tool.get())?.0 {
            if camel(&key) == "functionDeclarations" {
                for function in parse::<Functions<'_>>(NAME, value.get())?.0 {
                    specs.push(spec(function)?);
                }
            }
        }
        others.extend(hosted::more(NAME, tool, &["functionDeclarations", "function_declarations"]));
    }
    Ok((specs, others))
}

fn spec(raw: &RawValue) -> Result<ToolSpec> {
    let function: Declared<'_> = parse(NAME, raw.get())?;
    let schema = match (function.parameters_json_schema, function.parameters) {
        (Some(schema), _) => schema.get().to_owned(),
        (None, Some(schema)) => plain(parse(NAME, schema.get())?).to_string(),
        (None, None) => NO_PARAMETERS.to_owned(),
    };
    let description = function.description.map(Str::into_string).unwrap_or_default();
    let mut spec = ToolSpec::new(function.name.into_string(), description, schema);
    let known = ["name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema"];
    spec.origin = hosted::more(NAME, raw, &known);
    Ok(spec)
}

/// The service's own flavour of schema as plain JSON Schema: types in lower case, `nullable` as a type.
pub(super) fn plain(schema: Value) -> Value {
    let Value::Object(members) = schema else { return schema };
    let mut out = Map::new();
    let mut nullable = false;
    for (key, value) in members {
        let key = camel(&key);
        let value = match (key.as_str(), value) {
            ("type", Value::String(kind)) => Value::String(kind.to_ascii_lowercase()),
            ("properties" | "defs", Value::Object(each)) => {
                Value::Object(each.into_iter().map(|(name, schema)| (name, plain(schema))).collect())
            }
            ("anyOf", Value::Array(each)) => Value::Array(each.into_iter().map(plain).collect()),
            ("items" | "additionalProperties", value) => plain(value),
            // Counts are texts in this flavour.
            ("minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties", value) => {
                count(value)
            }
            ("nullable", value) => {
                nullable = value == Value::Bool(true);
                continue;
            }
            ("propertyOrdering", _) => continue,
            (_, value) => value,
        };
        let key = match key.as_str() {
            "ref" => "$ref".to_owned(),
            "defs" => "$defs".to_owned(),
            _ => key,
        };
        out.insert(key, value);
    }
    numbered(&mut out);
    if nullable {
        let null = || Value::String("null".to_owned());
        if let Some(kind) = out.get_mut("type") {
            *kind = Value::Array(vec![kind.take(), null()]);
        } else if let Some(Value::Array(each)) = out.get_mut("anyOf") {
            each.push(Value::Object([("type".to_owned(), null())].into_iter().collect()));
        }
        if let Some(Value::Array(values)) = out.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    Value::Object(out)
}

/// Values are texts in this flavour, of numbers too.
fn numbered(members: &mut Map<String, Value>) {
    if !matches!(members.get("type").and_then(Value::as_str), Some("integer" | "number")) {
        return;
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        for value in values {
            if let Some(number) = value.as_str().and_then(|text| serde_json::from_str::<Number>(text).ok()) {
                *value = Value::Number(number);
            }
        }
    }
}

fn count(value: Value) -> Value {
    let number = value.as_str().and_then(|text| text.parse::<u64>().ok());
    number.map_or(value, Value::from)
}
