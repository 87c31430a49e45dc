//! Conversations as they may be shown: what a call came to without the secrets among its arguments.
//!
//! Which arguments are secret only their tool knows; here it is read off what a call shows of them. In doubt too much is
//! taken out.

use std::{collections::HashMap, fmt};

use serde_json::Value;

use super::{Content, Message, Part, ToolCall, ToolResult};
use crate::schema::Secrets;

/// Messages, for `Debug`.
pub(crate) struct Shown<'a> {
    messages: &'a [Message],
    /// The arguments that calls were carried out with instead of their own, by message and part.
    changed: Vec<((usize, usize), &'a str)>,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(messages: &'a [Message]) -> Self {
        Self::with(messages, [])
    }

    pub(crate) fn with(messages: &'a [Message], changed: impl IntoIterator<Item = ((usize, usize), &'a str)>) -> Self {
        Self { messages, changed: changed.into_iter().collect() }
    }

    fn changed(&self, at: (usize, usize)) -> Option<&'a str> {
        self.changed.iter().find(|(place, _)| *place == at).map(|(_, arguments)| *arguments)
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut calls: HashMap<&str, (&ToolCall, Option<&str>)> = HashMap::new();
        let mut list = f.debug_list();
        for (at, message) in self.messages.iter().enumerate() {
            let answers =
                |part: &Part| matches!(part, Part::ToolResult(result) if calls.contains_key(&*result.call_id));
            if message.parts.iter().any(answers) {
                let mut message = message.clone();
                for part in &mut message.parts {
                    if let Part::ToolResult(result) = part
                        && let Some((call, changed)) = calls.get(&*result.call_id)
                    {
                        *result = shown(result, call, *changed);
                    }
                }
                list.entry(&message);
            } else {
                list.entry(message);
            }
            for (part, call) in message.parts.iter().enumerate() {
                let Part::ToolCall(call) = call else { continue };
                match call.shown {
                    Some(_) => calls.insert(&call.id, (call, self.changed((at, part)))),
                    None => calls.remove(&*call.id),
                };
            }
        }
        list.finish()
    }
}

/// What a call came to, without the secrets of its arguments and of those that it was carried out with instead.
pub(crate) fn shown(result: &ToolResult, call: &ToolCall, changed: Option<&str>) -> ToolResult {
    let mut result = result.clone();
    let Some(shown) = &call.shown else { return result };
    let hidden = hidden(&call.arguments, shown);
    for piece in &mut result.content {
        // Of other arguments it is not known which are secret.
        for secrets in [Some(&*hidden), changed].into_iter().flatten() {
            if let Content::Text(text) | Content::Json(text) = piece
                && let Some(scrubbed) = Secrets::All.scrub(secrets, text)
            {
                *text = scrubbed;
            }
        }
    }
    result
}

/// What stands in these arguments and not in what is shown of them, as a JSON list.
fn hidden(arguments: &str, shown: &str) -> String {
    let read = |json: &str| match serde_json::from_str(json) {
        Ok(Value::String(inside)) => serde_json::from_str(&inside).unwrap_or(Value::String(inside)),
        Ok(value) => value,
        Err(_) => Value::from(json),
    };
    let mark = Secrets::All.hide("").map_or(Value::Null, |mark| read(&mark));
    let mut hidden = Vec::new();
    compare(read(arguments), &read(shown), &mark, &mut hidden);
    Value::Array(hidden).to_string()
}

fn compare(value: Value, shown: &Value, mark: &Value, hidden: &mut Vec<Value>) {
    match (value, shown) {
        (value, shown) if value == *shown => {}
        (Value::Object(members), Value::Object(shown)) => {
            for (key, value) in members {
                compare(value, shown.get(&key).unwrap_or(mark), mark, hidden);
            }
        }
        (Value::Array(values), Value::Array(shown)) => {
            for (at, value) in values.into_iter().enumerate() {
                compare(value, shown.get(at).unwrap_or(mark), mark, hidden);
            }
        }
        (value, _) => {
            keys(&value, hidden);
            hidden.push(value);
        }
    }
}

/// The keys of what is hidden may be secret too.
fn keys(value: &Value, hidden: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                hidden.push(Value::from(key.as_str()));
                keys(value, hidden);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, hidden)),
        _ => {}
    }
}
