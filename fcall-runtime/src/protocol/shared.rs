//! Keys of a request that have no neutral form: which of them two wires have alike, and what is told of the others.

use Protocol::{Anthropic, Gemini, OpenAiChat, OpenAiResponses};
use serde_json::{Map, Value};

use super::{Incoming, Protocol};
use crate::{
    message::{Effort, ToolChoice},
    schema::Loss,
};

/// A wire, the object of the body that a key stands in (none where it is the body itself), and the key.
type Place = (Protocol, &'static str, &'static str);

/// Where each wire has the same thing.
const ALIKE: &[&[Place]] = &[
    &[(OpenAiChat, "", "metadata"), (OpenAiResponses, "", "metadata")],
    &[
        (OpenAiChat, "", "safety_identifier"),
        (OpenAiResponses, "", "safety_identifier"),
        (Anthropic, "metadata", "user_id"),
    ],
    &[(OpenAiChat, "", "user"), (OpenAiResponses, "", "user"), (Anthropic, "metadata", "user_id")],
    &[(OpenAiChat, "", "service_tier"), (OpenAiResponses, "", "service_tier")],
    &[(OpenAiChat, "", "prompt_cache_key"), (OpenAiResponses, "", "prompt_cache_key")],
    &[(OpenAiChat, "", "prompt_cache_retention"), (OpenAiResponses, "", "prompt_cache_retention")],
    &[(OpenAiChat, "", "prompt_cache_options"), (OpenAiResponses, "", "prompt_cache_options")],
    &[(OpenAiChat, "", "verbosity"), (OpenAiResponses, "text", "verbosity")],
    &[(OpenAiChat, "", "reasoning_effort"), (OpenAiResponses, "reasoning", "effort")],
    &[(OpenAiChat, "", "presence_penalty"), (Gemini, "generationConfig", "presencePenalty")],
    &[(OpenAiChat, "", "frequency_penalty"), (Gemini, "generationConfig", "frequencyPenalty")],
    &[(OpenAiChat, "", "top_k"), (Anthropic, "", "top_k"), (Gemini, "generationConfig", "topK")],
];

/// Objects of a body that hold keys of their own, some of which have a neutral form.
const OBJECTS: &[(Protocol, &str)] = &[
    (OpenAiResponses, "text"),
    (OpenAiResponses, "reasoning"),
    (Anthropic, "output_config"),
    (Anthropic, "metadata"),
    (Gemini, "generationConfig"),
    (Gemini, "toolConfig"),
];

/// The longest that OpenAI takes as an identifier of a user.
const LONGEST_ID: usize = 64;

/// Puts what the client says beside the neutral request where the service has it, and tells by its key what it has not.
pub(super) fn translate(client: Protocol, service: Protocol, incoming: &mut Incoming, losses: &mut Vec<Loss>) {
    for (key, value) in std::mem::take(&mut incoming.options.extra) {
        match value {
            _ if is_own_matter(&key) => {}
            Value::Object(members) if OBJECTS.contains(&(client, key.as_str())) => {
                for (inner, value) in members {
                    one(client, service, &key, &inner, value, incoming, losses);
                }
            }
            value => one(client, service, "", &key, value, incoming, losses),
        }
    }
}

fn one(
    client: Protocol,
    service: Protocol,
    object: &str,
    key: &str,
    value: Value,
    incoming: &mut Incoming,
    losses: &mut Vec<Loss>,
) {
    let options = &mut incoming.options;
    let is_said = match (object, key) {
        ("output_config", "effort") if options.reasoning.is_none() => {
            options.reasoning = serde_json::from_value::<Effort>(value.clone()).ok();
            options.reasoning.is_some()
        }
        ("reasoning" | "output_config", "effort") => options.reasoning.is_some(),
        ("toolConfig", "functionCallingConfig") => true,
        // What of it other protocols have is in the choice itself.
        ("", "tool_choice") => incoming.tool_choice != ToolChoice::Auto,
        _ => false,
    };
    if is_said || says_nothing(key, &value) {
        return;
    }
    let there = place(client, service, object, key).filter(|place| is_taken(*place, &value));
    let taken = there.is_some_and(|(_, outer, there)| {
        let target = match outer {
            "" => &mut options.extra,
            outer => match options.extra.entry(outer).or_insert_with(|| Value::Object(Map::new())) {
                Value::Object(inner) => inner,
                _ => return false,
            },
        };
        // What was said first stays.
        let is_free = !target.contains_key(there);
        if is_free {
            target.insert(there.to_owned(), value);
        }
        is_free
    });
    if !taken {
        let dot = if object.is_empty() { "" } else { "." };
        let why = "only the client's protocol has this key; left out";
        losses.push(Loss::new(format!("{object}{dot}{key}"), key, why));
    }
}

/// Where the service has what the client says there.
fn place(client: Protocol, service: Protocol, object: &str, key: &str) -> Option<Place> {
    let is_here = |place: &&Place| place.0 == client && place.1 == object && place.2 == key;
    let rows = ALIKE.iter().filter(|row| row.iter().any(|place| is_here(&place)));
    let mut there = rows.filter_map(|row| row.iter().find(|place| place.0 == service)).filter(|place| {
        // Compatible servers alone have it there.
        !matches!(place, (OpenAiChat, _, "top_k"))
    });
    there.next().copied()
}

fn is_taken(place: Place, value: &Value) -> bool {
    match place {
        (OpenAiChat | OpenAiResponses, _, "safety_identifier" | "user") => {
            value.as_str().is_some_and(|id| id.len() <= LONGEST_ID)
        }
        _ => true,
    }
}

/// What a protocol asks of its service and what no other needs to hear.
fn is_own_matter(key: &str) -> bool {
    matches!(key, "store" | "include" | "stream_options")
}

/// Asks for what happens anyhow.
fn says_nothing(key: &str, value: &Value) -> bool {
    match (key, value) {
        (_, Value::Null) | ("logprobs" | "background", Value::Bool(false)) => true,
        (_, Value::Object(members)) => members.is_empty(),
        ("n" | "candidateCount", Value::Number(count)) => count.as_u64() == Some(1),
        ("presence_penalty" | "frequency_penalty", Value::Number(penalty)) => penalty.as_f64() == Some(0.0),
        ("truncation", Value::String(word)) => word == "disabled",
        _ => false,
    }
}
