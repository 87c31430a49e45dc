//! What all sides of the comparison offer: one tool that is called, and others that are not.

use fcall::{
    Tool,
    serde_json::{Value, json},
    tool,
};

pub(crate) const QUESTION: &str = "How is the weather?";
pub(crate) const DESCRIPTION: &str = "Get the weather forecast for a given city";

/// Get the weather forecast for a given city
#[tool]
pub(crate) async fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
    /// Temperature unit
    unit: &str,
    /// How many days to look ahead
    days: u32,
    /// Whether to tell the details
    detailed: bool,
) -> String {
    forecast(city, unit, days.into(), detailed)
}

pub(crate) fn forecast(city: &str, unit: &str, days: u64, detailed: bool) -> String {
    format!("{city}: 18 degrees {unit} for {days} days, sunny{}", if detailed { ", no wind" } else { "" })
}

pub(crate) fn schema() -> Value {
    json!({"type": "object", "properties": {
        "city": {"type": "string", "description": "City name, e.g. New York, London"},
        "unit": {"type": "string", "description": "Temperature unit"},
        "days": {"type": "integer", "description": "How many days to look ahead"},
        "detailed": {"type": "boolean", "description": "Whether to tell the details"},
    }, "required": ["city", "unit", "days", "detailed"]})
}

/// The names of all but the first of so many tools.
pub(crate) fn names(tools: usize) -> impl Iterator<Item = String> {
    (1..tools).map(|n| format!("get_weather_of_planet_{n}"))
}

/// So many tools, the annotated function among them.
pub(crate) fn tools(tools: usize) -> Vec<Tool> {
    let others = names(tools)
        .map(|name| Tool::new(name, DESCRIPTION, schema(), |_: Value| async { "none" }).expect("a valid tool"));
    std::iter::once(Tool::of::<get_weather>()).chain(others).collect()
}
