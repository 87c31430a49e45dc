//! What each service refuses, written down apart from the code that keeps to it.

use fcall::{schema::Form, serde_json::Value};

const NOT_STRICT_OPENAI: &[&str] = &[
    "allOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "minLength",
    "maxLength",
    "patternProperties",
    "unevaluatedProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "default",
    "prefixItems",
    "nullable",
];
const NOT_STRICT_ANTHROPIC: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "contains",
    "minContains",
    "maxContains",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "if",
    "then",
    "else",
    "not",
    "oneOf",
    "prefixItems",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
];
const GEMINI: &[&str] = &[
    "type",
    "format",
    "title",
    "description",
    "nullable",
    "default",
    "enum",
    "items",
    "minItems",
    "maxItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "anyOf",
];

/// What the service would refuse of a schema in this form.
pub(crate) fn broken(form: Form, schema: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = schema["type"].as_str().unwrap_or_default();
    if !kind.eq_ignore_ascii_case("object") {
        faults.push(format!("the root is {}", schema["type"]));
    }
    let combined: &[&str] = match form {
        Form::GeminiJson => &[],
        _ => &["anyOf", "oneOf", "allOf"],
    };
    faults.extend(combined.iter().filter(|key| schema.get(**key).is_some()).map(|key| format!("{key} at the root")));
    if !matches!(form, Form::OpenAi | Form::Anthropic | Form::GeminiJson) {
        walk(form, schema, schema, &mut faults);
    }
    faults
}

fn walk(form: Form, root: &Value, schema: &Value, faults: &mut Vec<String>) {
    let Some(members) = schema.as_object() else {
        faults.push(format!("{schema} as a schema"));
        return;
    };
    for (key, value) in members {
        let refused = match form {
            Form::OpenAiStrict => NOT_STRICT_OPENAI.contains(&key.as_str()),
            Form::AnthropicStrict => NOT_STRICT_ANTHROPIC.contains(&key.as_str()),
            _ => !GEMINI.contains(&key.as_str()),
        };
        if refused {
            faults.push(format!("{key}: {value}"));
        }
        match key.as_str() {
            "properties" | "$defs" => {
                value.as_object().into_iter().flatten().for_each(|(_, child)| walk(form, root, child, faults));
            }
            "anyOf" => value.as_array().into_iter().flatten().for_each(|child| walk(form, root, child, faults)),
            "items" => walk(form, root, value, faults),
            "$ref" => {
                let target = value.as_str().and_then(|target| root.pointer(target.strip_prefix('#')?));
                if target.is_none() || members.len() > 1 {
                    faults.push(format!("reference {schema}"));
                }
            }
            _ => {}
        }
    }
    let is =
        |word: &str| schema["type"] == word || schema["type"].as_array().is_some_and(|all| all.contains(&word.into()));
    let typed =
        |schema: &Value| ["type", "$ref", "anyOf", "enum", "const"].iter().any(|key| schema.get(*key).is_some());
    let names = || members.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|known| known == name));
    match form {
        Form::Gemini => {
            let kind = &schema["type"];
            if !kind.is_null() && kind.as_str().is_none_or(|word| word != word.to_uppercase()) {
                faults.push(format!("type {kind}"));
            }
            if schema["type"] == "ARRAY" && schema.get("items").is_none() {
                faults.push("a list without items".to_owned());
            }
            if schema["enum"].as_array().is_some_and(|all| all.iter().any(|value| !value.is_string())) {
                faults.push(format!("enum {}", schema["enum"]));
            }
        }
        _ => {
            if is("object") && schema["additionalProperties"] != Value::Bool(false) {
                faults.push("an open object".to_owned());
            }
            if is("array") && !typed(&schema["items"]) {
                faults.push("a list of anything".to_owned());
            }
            if !typed(schema) {
                faults.push(format!("no type: {schema}"));
            }
        }
    }
    if form == Form::OpenAiStrict {
        faults.extend(names().filter(|name| !required(name)).map(|name| format!("`{name}` may be left out")));
    }
    if form == Form::AnthropicStrict && schema["minItems"].as_u64().is_some_and(|least| least > 1) {
        faults.push(format!("minItems {}", schema["minItems"]));
    }
    let unknown =
        schema["required"].as_array().into_iter().flatten().filter(|name| !names().any(|known| known == *name));
    faults.extend(unknown.map(|name| format!("required {name} is no property")));
}
