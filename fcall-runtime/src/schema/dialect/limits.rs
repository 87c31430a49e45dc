//! How large a schema of a strict form may be.

use serde_json::{Map, Value};

use super::{Illegal, Loss};

/// How many properties may be left out in all strict tools of one request to Anthropic.
pub(crate) const MOST_OPTIONAL: usize = 24;
/// How many values may have several types there.
pub(crate) const MOST_UNIONS: usize = 16;

/// How much there is in a schema of what services limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) properties: usize,
    /// Properties that may be left out.
    pub(crate) optional: usize,
    /// Values of several types.
    pub(crate) unions: usize,
    values: usize,
    characters: usize,
    /// Levels of objects inside objects.
    pub(crate) depth: usize,
    /// The longest enum of more than 250 texts: how many characters, and how many texts.
    long_enum: (usize, usize),
}

/// OpenAI's limits.
pub(super) fn openai(schema: Value, _: &mut Vec<Loss>) -> Result<Value, Illegal> {
    let totals = Totals::of(&schema);
    within(totals.properties, 5000, "properties")?;
    within(totals.values, 1000, "values of enums")?;
    within(totals.characters, 120_000, "characters of names and values")?;
    let (characters, values) = totals.long_enum;
    within(characters, 15_000, &format!("characters in one enum of {values}"))?;
    within(totals.depth, 10, "levels of objects inside objects")?;
    Ok(schema)
}

/// Anthropic's limits; they hold for all tools of a request together.
pub(super) fn anthropic(schema: Value, _: &mut Vec<Loss>) -> Result<Value, Illegal> {
    let totals = Totals::of(&schema);
    within(totals.optional, MOST_OPTIONAL, "properties that may be left out")?;
    within(totals.unions, MOST_UNIONS, "values of several types")?;
    Ok(schema)
}

impl Totals {
    /// Those of a schema in a strict form.
    pub(super) fn of(schema: &Value) -> Self {
        let mut totals = Self::default();
        count(schema, 1, &mut totals);
        totals
    }
}

fn within(count: usize, most: usize, what: &str) -> Result<(), Illegal> {
    if count <= most {
        return Ok(());
    }
    Err(Illegal::new("", format!("{count} {what}, where {most} are taken; split the tool, or make its types smaller")))
}

fn count(schema: &Value, depth: usize, totals: &mut Totals) {
    let Value::Object(members) = schema else { return };
    totals.depth = totals.depth.max(depth);
    totals.unions += usize::from(members.contains_key("anyOf") || members.get("type").is_some_and(Value::is_array));
    if let Some(properties) = members.get("properties").and_then(Value::as_object) {
        let required = members.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        totals.properties += properties.len();
        totals.optional += properties.len().saturating_sub(required);
        totals.characters += properties.keys().map(|name| name.chars().count()).sum::<usize>();
    }
    if let Some(Value::Array(values)) = members.get("enum") {
        totals.values += values.len();
        let texts = values.iter().filter_map(Value::as_str);
        let long: usize = texts.map(|text| text.chars().count()).sum();
        totals.characters += long;
        if values.len() > 250 {
            totals.long_enum = totals.long_enum.max((long, values.len()));
        }
    }
    if let Some(Value::String(text)) = members.get("const") {
        totals.characters += text.chars().count();
    }
    let deeper = |child: &Value| depth + usize::from(is_object(child));
    for (key, value) in members {
        match (key.as_str(), value) {
            ("properties", Value::Object(all)) => all.values().for_each(|child| count(child, deeper(child), totals)),
            ("$defs", Value::Object(all)) => {
                totals.characters += all.keys().map(|name| name.chars().count()).sum::<usize>();
                all.values().for_each(|child| count(child, depth, totals));
            }
            ("items", child) => count(child, deeper(child), totals),
            ("anyOf", Value::Array(all)) => all.iter().for_each(|child| count(child, depth, totals)),
            _ => {}
        }
    }
}

fn is_object(schema: &Value) -> bool {
    let Value::Object(members): &Value = schema else { return false };
    let members: &Map<String, Value> = members;
    match members.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => members.contains_key("properties"),
    }
}
