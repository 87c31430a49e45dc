//! Schemas and values made by rule: what a schema accepts, its forms accept, and services find nothing to refuse.

use fcall::{
    schema::Form,
    serde_json::{self, Map, Value, json},
};

use super::rules::broken;

/// Numbers that look random and are the same on every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    pub(crate) fn one_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

/// A schema, and values that were made by it (not all of them fit).
fn schema(dice: &mut Dice, depth: usize) -> (Value, Vec<Value>) {
    let sides = if depth == 0 { 10 } else { 20 };
    let (mut schema, values) = match dice.roll(sides) {
        0 => (json!({"type": "string"}), vec![json!("a"), json!("")]),
        1 => (json!({"type": "integer", "minimum": 1, "maximum": 10}), vec![json!(1), json!(10)]),
        2 => (json!({"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5}), vec![json!(0.5), json!(2)]),
        3 => (json!({"type": "boolean"}), vec![json!(true)]),
        4 => (json!({"type": "string", "enum": ["a", "b"]}), vec![json!("a"), json!("b")]),
        5 => (json!({"const": "only"}), vec![json!("only")]),
        6 => (json!({"type": ["string", "null"], "minLength": 1, "maxLength": 3}), vec![json!("abc"), Value::Null]),
        7 => (json!({"enum": [1, 2, "three"]}), vec![json!(1), json!("three")]),
        8 => (json!({"type": "string", "pattern": "^(?!x)[a-z]+$", "format": "slug"}), vec![json!("abc")]),
        9 => (json!({"$ref": "#/$defs/Place"}), vec![json!({"city": "a"}), json!({"city": "a", "zip": "b"})]),
        16 => {
            let (mut base, mut values) = object(dice, depth - 1);
            let [(a, more), (b, still)] = [object(dice, depth - 1), object(dice, depth - 1)];
            base[if dice.one_in(2) { "anyOf" } else { "oneOf" }] = json!([a, b]);
            values.extend(more.into_iter().chain(still));
            (base, values)
        }
        17 => {
            let place = json!({"city": "a", "extra": 1});
            let more = json!({"type": "object", "properties": {"extra": {"type": "integer"}}, "required": ["extra"]});
            (json!({"allOf": [{"$ref": "#/$defs/Place"}, more]}), vec![place])
        }
        18 => {
            let chain = json!({"below": [{"below": []}], "value": 1});
            (json!({"$ref": "#/$defs/Tree", "description": "a tree"}), vec![chain])
        }
        19 => match dice.roll(3) {
            0 => (json!(true), vec![json!([1])]),
            1 => (json!({"type": "object", "additionalProperties": {"type": "integer"}}), vec![json!({"a": 1})]),
            _ => (json!({"type": "array"}), vec![json!([1, "a"])]),
        },
        10 => {
            let (items, values) = self::schema(dice, depth - 1);
            let (least, most) = (dice.roll(3), 2 + dice.roll(3));
            let list = values.iter().cycle().take(least.max(2)).cloned().collect();
            (json!({"type": "array", "items": items, "minItems": least, "maxItems": most}), vec![list, json!([])])
        }
        11 => {
            let pair = [self::schema(dice, depth - 1), self::schema(dice, depth - 1)];
            let [(a, va), (b, vb)] = pair;
            let value = Value::Array(va.first().into_iter().chain(vb.first()).cloned().collect());
            (json!({"type": "array", "prefixItems": [a, b], "minItems": 2, "maxItems": 2}), vec![value])
        }
        12 | 13 => object(dice, depth - 1),
        14 => {
            let [(a, mut values), (b, more)] = [self::schema(dice, depth - 1), self::schema(dice, depth - 1)];
            values.extend(more);
            let key = if dice.one_in(2) { "anyOf" } else { "oneOf" };
            (json!({key: [a, b]}), values)
        }
        15 => {
            let (inner, mut values) = self::schema(dice, depth - 1);
            values.push(Value::Null);
            (json!({"anyOf": [inner, {"type": "null"}], "description": "or nothing"}), values)
        }
        _ => {
            let [(a, mut values), (b, more)] = [object(dice, depth - 1), object(dice, depth - 1)];
            values.extend(more);
            (json!({"allOf": [a, b]}), values)
        }
    };
    if schema.is_object() && dice.one_in(4) {
        schema["description"] = json!("words");
    }
    if schema.is_object() && dice.one_in(6) {
        schema["default"] = json!(null);
    }
    (schema, values)
}

/// The types that the schemas refer to.
pub(crate) fn definitions() -> Value {
    json!({
        "Place": {
            "type": "object",
            "properties": {"city": {"type": "string", "minLength": 1}, "zip": {"type": "string"}},
            "required": ["city"],
        },
        "Tree": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
            "required": ["below"],
        },
    })
}

pub(crate) fn object(dice: &mut Dice, depth: usize) -> (Value, Vec<Value>) {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let mut values = vec![Map::new(), Map::new()];
    for name in ["a", "b", "c"].iter().take(1 + dice.roll(3)) {
        let (schema, own) = schema(dice, depth);
        let must = dice.one_in(2);
        if must {
            required.push(*name);
        }
        for (at, value) in values.iter_mut().enumerate() {
            if must || at == 0 {
                value.insert((*name).to_owned(), own.get(at % own.len().max(1)).cloned().unwrap_or_default());
            }
        }
        properties.insert((*name).to_owned(), schema);
    }
    let mut schema = json!({"type": "object", "properties": properties, "required": required});
    if dice.one_in(3) {
        schema["additionalProperties"] = Value::Bool(false);
    }
    (schema, values.into_iter().map(Value::Object).collect())
}

/// The value as a model writes it that knows no key to leave out, and none that is not declared: by the strict form.
fn as_strict(root: &Value, schema: &Value, value: &Value) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#')).expect("a reference that leads somewhere");
        return as_strict(root, target, value);
    }
    let alternatives = schema["anyOf"].as_array();
    if let Some(branches) = alternatives {
        let made = branches.iter().map(|branch| as_strict(root, branch, value));
        let fitting = branches.iter().zip(made).find(|(branch, made)| fits(root, branch, made));
        return fitting.map_or_else(|| value.clone(), |(_, made)| made);
    }
    match value {
        Value::Object(members) => {
            let declared = schema["properties"].as_object().into_iter().flatten();
            let own = declared.map(|(name, property)| {
                let value = members.get(name).map_or(Value::Null, |value| as_strict(root, property, value));
                (name.clone(), value)
            });
            Value::Object(own.collect())
        }
        Value::Array(items) => items.iter().map(|item| as_strict(root, &schema["items"], item)).collect(),
        other => other.clone(),
    }
}

fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut schema = schema.clone();
    if let (Some(members), Some(defs)) = (schema.as_object_mut(), root.get("$defs")) {
        members.insert("$defs".to_owned(), defs.clone());
    }
    jsonschema::validator_for(&schema).expect("a schema").is_valid(value)
}

/// A form in plain JSON Schema, for the validator.
fn readable(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let mut out: Map<String, Value> =
                members.iter().map(|(key, value)| (key.clone(), readable(value))).collect();
            if let Some(Value::String(kind)) = out.get("type").cloned() {
                out.insert("type".to_owned(), kind.to_lowercase().into());
            }
            match out.remove("nullable") {
                Some(Value::Bool(true)) => json!({"anyOf": [out, {"type": "null"}]}),
                _ => Value::Object(out),
            }
        }
        Value::Array(items) => items.iter().map(readable).collect(),
        other => other.clone(),
    }
}

#[test]
fn what_a_schema_accepts_its_forms_accept() {
    let mut dice = Dice(7);
    let (mut fitted_schemas, mut values_checked, mut illegal) = (0, 0, 0);
    for _ in 0..250 {
        let (mut original, values) = object(&mut dice, 3);
        original["$defs"] = definitions();
        let text = original.to_string();
        for form in Form::ALL {
            let fitted = match form.fit(&text) {
                Ok(fitted) => fitted,
                Err(fault) => {
                    assert!(form.is_strict(), "{form}: {fault}: {text}");
                    illegal += 1;
                    continue;
                }
            };
            assert_eq!(form.fit(&text).expect("as before").json, fitted.json, "not the same twice");
            let sent: Value = serde_json::from_str(&fitted.json).expect("JSON");
            assert_eq!(broken(form, &sent), [""; 0], "{form}: {text}\n{sent}");
            let plain = if form == Form::Gemini { readable(&sent) } else { sent.clone() };
            for value in values.iter().filter(|value| fits(&original, &original, value)) {
                let value = match form {
                    Form::OpenAiStrict => as_strict(&sent, &sent, value),
                    _ => value.clone(),
                };
                assert!(fits(&plain, &plain, &value), "{form} refuses {value}\nof {text}\nsent {sent}");
                values_checked += 1;
            }
            fitted_schemas += 1;
        }
    }
    println!("{fitted_schemas} forms took {values_checked} values; {illegal} have no strict form");
    assert!(fitted_schemas > 1000 && values_checked > 1000, "{fitted_schemas} forms, {values_checked} values");
}
