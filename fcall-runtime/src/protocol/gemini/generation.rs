//! The options of a request: `generationConfig`.

use serde_json::{Map, Value};

use super::super::{
    Dialect, Thinking,
    body::{Body, Object},
    structured::Answer,
};
use crate::{
    message::{Effort, RequestOptions},
    schema::Loss,
};

/// The most texts that may end a reply.
const STOPS: usize = 5;

/// The options as JSON, the caller's own among them; none where there are none.
pub(super) fn config(
    model: &str,
    dialect: &Dialect,
    options: &RequestOptions,
    answer: &Answer<'_>,
    own: Option<&Map<String, Value>>,
    losses: &mut Vec<Loss>,
) -> Option<Vec<u8>> {
    let none = Map::new();
    let mut out = Vec::new();
    let mut body = Body::begin(&mut out, own.unwrap_or(&none));
    if let Some(limit) = options.max_tokens {
        body.field("maxOutputTokens", &limit);
    }
    for (name, key, value) in [("temperature", "temperature", options.temperature), ("top_p", "topP", options.top_p)] {
        match value {
            Some(value) if !value.is_finite() => losses.push(lost(name, "not a number")),
            Some(value) => body.field(key, &value),
            None => {}
        }
    }
    if !options.stop.is_empty() {
        if options.stop.len() > STOPS {
            losses.push(lost("stop", "at most five are taken; the others were left out"));
        }
        body.field("stopSequences", &options.stop[..options.stop.len().min(STOPS)]);
    }
    match options.seed.map(i32::try_from) {
        Some(Ok(seed)) => body.field("seed", &seed),
        Some(Err(_)) => losses.push(lost("seed", "the service takes none above 2147483647; left out")),
        None => {}
    }
    if !matches!(answer, Answer::Free) && body.lacks("responseMimeType") {
        body.field("responseMimeType", "application/json");
        let key = if dialect.json_schema { "responseJsonSchema" } else { "responseSchema" };
        if let (Answer::Schema { json, .. }, Some(object)) = (answer, body.open(key)) {
            object.json(key, json);
        }
    }
    if let Some(effort) = options.reasoning
        && body.lacks("thinkingConfig")
    {
        match (dialect.thinking, effort) {
            (Thinking::Unknown, Effort::None) => {}
            (Thinking::Unknown, _) => {
                losses.push(lost("reasoning", "the model does not think, as far as known; left out"));
            }
            (Thinking::Budget, effort) => think(&mut body, |config| {
                config.field("thinkingBudget", &budget(model, effort, losses));
            }),
            (Thinking::Effort, effort) => think(&mut body, |config| {
                config.field("thinkingLevel", level(model, effort, losses));
            }),
        }
    }
    body.end();
    (out != b"{}").then_some(out)
}

fn think(body: &mut Body<'_>, fill: impl FnOnce(&mut Object<'_>)) {
    if let Some(object) = body.open("thinkingConfig") {
        let mut config = object.object("thinkingConfig");
        fill(&mut config);
        config.end();
    }
}

/// As the service's own OpenAI interface has it.
fn budget(model: &str, effort: Effort, losses: &mut Vec<Loss>) -> u32 {
    match effort {
        // The largest models always think.
        Effort::None if model.contains("pro") => {
            losses.push(lost("reasoning", "the model can't do without; asked for the least"));
            128
        }
        Effort::None => 0,
        Effort::Minimal => 512,
        Effort::Low => 1024,
        Effort::Medium => 8192,
        // The most that all models take.
        Effort::High | Effort::ExtraHigh | Effort::Max => 24_576,
    }
}

fn level(model: &str, effort: Effort, losses: &mut Vec<Loss>) -> &'static str {
    if effort == Effort::None {
        losses.push(lost("reasoning", "the model can't do without; asked for the least"));
    }
    match effort {
        Effort::None | Effort::Minimal if !model.contains("pro") => "MINIMAL",
        Effort::None | Effort::Minimal | Effort::Low => "LOW",
        Effort::Medium => "MEDIUM",
        Effort::High => "HIGH",
        Effort::ExtraHigh | Effort::Max => "XHIGH",
    }
}

fn lost(option: &str, why: &str) -> Loss {
    Loss::new(option, option, why)
}
