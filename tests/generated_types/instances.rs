//! Values that a JSON schema accepts, or nearly so, drawn by chance.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Schemas inside schemas that are followed.
const DEPTH: usize = 12;

/// A value of this schema.
pub(super) fn of(root: &Value, dice: &mut Dice) -> Value {
    value(root, root, dice, 0)
}

fn value(schema: &Value, root: &Value, dice: &mut Dice, depth: usize) -> Value {
    let Value::Object(members) = schema else { return any(dice) };
    if depth > DEPTH {
        return Value::Null;
    }
    if let Some(target) = members.get("$ref").and_then(Value::as_str) {
        let inner = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer)).unwrap_or(&Value::Null);
        return beside(value(inner, root, dice, depth + 1), members, root, dice, depth);
    }
    if let Some(constant) = members.get("const") {
        return constant.clone();
    }
    if let Some(Value::Array(values)) = members.get("enum") {
        return if values.is_empty() { Value::Null } else { dice.pick(values).clone() };
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(branches)) =
            members.get(key).filter(|branches| branches.as_array().is_some_and(|b| !b.is_empty()))
        {
            // Where it is deep, what has an end is mostly written first or last.
            let branch = if depth > DEPTH / 2 { &branches[branches.len() - 1] } else { dice.pick(branches) };
            return beside(value(branch, root, dice, depth + 1), members, root, dice, depth);
        }
    }
    if let Some(Value::Array(all)) = members.get("allOf") {
        let mut whole = Value::Object(Map::new());
        for schema in all {
            merge(&mut whole, value(schema, root, dice, depth + 1));
        }
        return beside(whole, members, root, dice, depth);
    }
    plain(members, root, dice, depth)
}

/// The value, with the keys that stand beside alternatives.
fn beside(mut value: Value, members: &Map<String, Value>, root: &Value, dice: &mut Dice, depth: usize) -> Value {
    if members.contains_key("properties") && value.is_object() {
        merge(&mut value, object(members, root, dice, depth));
    }
    value
}

fn merge(whole: &mut Value, more: Value) {
    match (whole, more) {
        (Value::Object(whole), Value::Object(more)) => whole.extend(more),
        (whole, more) => *whole = more,
    }
}

fn plain(members: &Map<String, Value>, root: &Value, dice: &mut Dice, depth: usize) -> Value {
    let kinds: Vec<&str> = match members.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if members.contains_key("properties") => vec!["object"],
        _ => return any(dice),
    };
    if kinds.is_empty() {
        return any(dice);
    }
    match *dice.pick(&kinds) {
        "null" => Value::Null,
        "boolean" => Value::Bool(dice.one_in(2)),
        "integer" => integer(members, dice),
        "number" => dice.pick(&[json!(0), json!(1.5), json!(-2)]).clone(),
        "string" => text(members, dice),
        "array" => array(members, root, dice, depth),
        _ => object(members, root, dice, depth),
    }
}

fn any(dice: &mut Dice) -> Value {
    dice.pick(&[json!(null), json!(7), json!("any"), json!([1]), json!({"any": true})]).clone()
}

fn integer(members: &Map<String, Value>, dice: &mut Dice) -> Value {
    let least = members.get("minimum").and_then(Value::as_i64);
    let most = members.get("maximum").and_then(Value::as_i64);
    match (dice.below(3), least, most) {
        (0, Some(least), _) => json!(least),
        (1, _, Some(most)) => json!(most),
        _ => json!(least.unwrap_or(0).max(0).saturating_add(1)),
    }
}

fn text(members: &Map<String, Value>, dice: &mut Dice) -> Value {
    let one = members.get("maxLength").and_then(Value::as_u64) == Some(1);
    if one { json!("\u{e9}") } else { dice.pick(&[json!(""), json!("x"), json!("two words")]).clone() }
}

fn array(members: &Map<String, Value>, root: &Value, dice: &mut Dice, depth: usize) -> Value {
    let size = |key: &str| members.get(key).and_then(Value::as_u64).map(|size| size as usize);
    let first = members.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let least = size("minItems").unwrap_or(0);
    let room = if depth > DEPTH / 2 { 0 } else { 2 };
    let many = (least + dice.below(room + 1)).min(size("maxItems").unwrap_or(usize::MAX)).max(least);
    let many = if first.is_empty() { many } else { many.max(least).min(first.len()) };
    let items = members.get("items").unwrap_or(&Value::Bool(true));
    (0..many).map(|at| value(first.get(at).unwrap_or(items), root, dice, depth + 1)).collect()
}

fn object(members: &Map<String, Value>, root: &Value, dice: &mut Dice, depth: usize) -> Value {
    let required: Vec<&str> =
        members.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut made = Map::new();
    for (name, schema) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if required.contains(&name.as_str()) || (depth < DEPTH / 2 && dice.one_in(2)) {
            made.insert(name.clone(), value(schema, root, dice, depth + 1));
        }
    }
    if let Some(schema @ Value::Object(_)) = members.get("additionalProperties")
        && depth < DEPTH / 2
        && dice.one_in(2)
    {
        made.insert("more".to_owned(), value(schema, root, dice, depth + 1));
    }
    Value::Object(made)
}
