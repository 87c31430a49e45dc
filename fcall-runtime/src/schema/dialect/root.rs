//! The root of a tool's parameters: an object that says so, without a reference or alternatives.

use serde_json::{Map, Value};

use super::{
    Form, Illegal, Loss,
    merge::{both, disjoint},
    pointer::{reference, resolve},
};

/// References and alternatives at the root that are followed; a root that refers to itself ends here.
const STEPS: u32 = 100;

const COMBINED: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The schema with such a root; where it has one already, it is unchanged.
pub(super) fn object(schema: &Value, form: Form, losses: &mut Vec<Loss>) -> Result<Value, Illegal> {
    let mut root = match schema {
        Value::Bool(true) => Map::new(),
        Value::Object(root) => flat(schema, root, form, losses, &mut { STEPS })?,
        _ => return Err(Illegal::new("", "expected JSON Schema, an object")),
    };
    match root.get("type") {
        Some(Value::String(kind)) if kind == "object" => {}
        Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "object") => {
            root.insert("type".to_owned(), "object".into());
        }
        Some(other) => {
            let why = format!("the root must be `\"type\": \"object\"`, not {other}; put the value into a property");
            return Err(Illegal::new("", why));
        }
        None if root.contains_key("enum") || root.contains_key("const") => {
            return Err(Illegal::new("", "the root must be `\"type\": \"object\"`; put the value into a property"));
        }
        None => root = with_first("type", "object".into(), root),
    }
    // OpenAI refuses an object that does not list its properties.
    if !root.contains_key("properties") && !COMBINED.iter().any(|key| root.contains_key(*key)) {
        root.insert("properties".to_owned(), Value::Object(Map::new()));
    }
    Ok(Value::Object(root))
}

fn with_first(key: &str, value: Value, rest: Map<String, Value>) -> Map<String, Value> {
    std::iter::once((key.to_owned(), value)).chain(rest).collect()
}

/// Takes references and alternatives off the root; `doc` is what references point into.
fn flat(
    doc: &Value,
    schema: &Map<String, Value>,
    form: Form,
    losses: &mut Vec<Loss>,
    steps: &mut u32,
) -> Result<Map<String, Value>, Illegal> {
    *steps -= 1;
    if *steps == 0 {
        return Err(Illegal::new("", "the root refers to itself, or to too much; write the object out"));
    }
    let mut schema = schema.clone();
    if let Some(target) = reference(&schema).map(str::to_owned) {
        let Value::Object(target) = resolve(doc, &target, "")? else {
            schema.remove("$ref");
            return Ok(schema);
        };
        let target = flat(doc, target, form, losses, steps)?;
        schema.remove("$ref");
        schema = both(schema, &target, "", losses);
    }
    if form == Form::GeminiJson {
        return Ok(schema);
    }
    if let Some(Value::Array(all)) = schema.remove("allOf") {
        for branch in &all {
            let Value::Object(branch) = branch else { continue };
            let branch = flat(doc, branch, form, losses, steps)?;
            schema = both(schema, &branch, "", losses);
        }
    }
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(branches)) = schema.remove(key) else { continue };
        let mut flats = Vec::new();
        for branch in &branches {
            match branch {
                Value::Object(branch) => flats.push(flat(doc, branch, form, losses, steps)?),
                Value::Bool(true) => flats.push(Map::new()),
                _ => {}
            }
        }
        // what is no object can't be sent as arguments
        flats.retain(|branch| branch.get("type").is_none_or(|kind| kind == "object" || kind.is_array()));
        if flats.is_empty() {
            return Err(Illegal::new("", format!("no branch of `{key}` is an object; write one")));
        }
        let exact = flats.len() == 1;
        if !exact {
            let why = "refused at the root of a tool's parameters; the properties of its branches stand side by side";
            losses.push(Loss::new("", key, why));
            let note = forms(&flats);
            let words = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let text = if words.is_empty() { note } else { format!("{words}\n\n{note}") };
            schema.insert("description".to_owned(), text.into());
        }
        schema = both(schema, &either(&flats), "", losses);
    }
    Ok(schema)
}

/// One object that takes what any of these take.
fn either(branches: &[Map<String, Value>]) -> Map<String, Value> {
    let mut properties: Map<String, Value> = Map::new();
    let mut open = false;
    let mut required: Option<Vec<Value>> = None;
    for branch in branches {
        open |= branch.get("additionalProperties") != Some(&Value::Bool(false));
        for (name, schema) in branch.get("properties").and_then(Value::as_object).into_iter().flatten() {
            match properties.get_mut(name) {
                None => {
                    properties.insert(name.clone(), schema.clone());
                }
                Some(known) => add_alternative(known, schema),
            }
        }
        let names = branch.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        required = Some(match required {
            None => names,
            Some(all) => all.into_iter().filter(|name| names.contains(name)).collect(),
        });
    }
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    object.insert("properties".to_owned(), Value::Object(properties));
    if let Some(required) = required.filter(|names| !names.is_empty()) {
        object.insert("required".to_owned(), Value::Array(required));
    }
    if !open {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let [only] = branches {
        for (key, value) in only {
            object.entry(key.as_str()).or_insert_with(|| value.clone());
        }
    }
    object
}

fn add_alternative(known: &mut Value, schema: &Value) {
    if known == schema {
        return;
    }
    let alone = known.as_object().is_some_and(|known| known.keys().all(|key| key == "anyOf"));
    match known.get_mut("anyOf") {
        Some(Value::Array(all)) if alone => {
            if !all.contains(schema) {
                all.push(schema.clone());
            }
        }
        _ => {
            let all = vec![std::mem::take(known), schema.clone()];
            *known = Value::Object(Map::from_iter([("anyOf".to_owned(), Value::Array(all))]));
        }
    }
}

/// Tells the model which properties go together.
fn forms(branches: &[Map<String, Value>]) -> String {
    let form = |branch: &Map<String, Value>| {
        let properties = branch.get("properties").and_then(Value::as_object);
        let told = |(name, schema): (&String, &Value)| match schema.get("const") {
            Some(only) => format!("`{name}`: {only}"),
            None => format!("`{name}`"),
        };
        let names: Vec<String> = properties.into_iter().flatten().map(told).collect();
        match names.as_slice() {
            [] => "none of them".to_owned(),
            names => names.join(", "),
        }
    };
    let forms: Vec<String> = branches.iter().map(form).collect();
    let values: Vec<Value> = branches.iter().cloned().map(Value::Object).collect();
    let which = if disjoint(&values) { "exactly one" } else { "one" };
    format!("Send {which} of these groups of properties: {}.", forms.join("; or "))
}
