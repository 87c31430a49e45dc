//! A conversation line by line, read from messages and, by itself, from the bodies of requests: what is told of the
//! library is not told by the library.

use std::{collections::BTreeSet, fmt::Write as _};

use fcall::{
    Message, Protocol,
    message::{Part, Role},
    serde_json::{self, Value, json},
};

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    User(String),
    Model(String),
    /// The tool and its arguments, as a text where they are no JSON.
    Call(String, Value),
    /// What a call came to, and whether it is flagged as an error.
    Told(String, bool),
    /// Expected of a result: that it begins so.
    Tells(String, bool),
}

pub(crate) fn user(text: &str) -> Said {
    Said::User(text.to_owned())
}

pub(crate) fn model(text: &str) -> Said {
    Said::Model(text.to_owned())
}

pub(crate) fn call(name: &str, arguments: &str) -> Said {
    Said::Call(name.to_owned(), serde_json::from_str(arguments).unwrap_or_else(|_| arguments.into()))
}

pub(crate) fn result(text: &str) -> Said {
    Said::Told(text.to_owned(), false)
}

pub(crate) fn error(text: &str) -> Said {
    Said::Told(text.to_owned(), true)
}

pub(crate) fn error_like(beginning: &str) -> Said {
    Said::Tells(beginning.to_owned(), true)
}

pub(crate) fn result_like(beginning: &str) -> Said {
    Said::Tells(beginning.to_owned(), false)
}

impl Said {
    /// Whether this is what was expected.
    fn is(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Told(text, flag), Self::Tells(beginning, expected)) => {
                flag == expected && text.starts_with(beginning)
            }
            // No wire has a place for broken arguments: they stand in the result.
            (Self::Call(name, arguments), Self::Call(expected, Value::String(broken))) => {
                name == expected && (arguments == broken || *arguments == json!({}))
            }
            _ => self == expected,
        }
    }
}

/// The lines are what was expected, each of them, and no more.
#[track_caller]
pub(crate) fn assert_said(said: &[Said], expected: &[Said], whose: &str) {
    let is_same = said.len() == expected.len() && said.iter().zip(expected).all(|(line, expected)| line.is(expected));
    if !is_same {
        let mut told = format!("{whose} is not what was said");
        for (what, lines) in [("expected", expected), ("found", said)] {
            let _ = write!(told, "\n{what}:");
            lines.iter().for_each(|line| told += &format!("\n  {line:?}"));
        }
        panic!("{told}");
    }
}

/// The lines of messages. Every call has exactly one result, in the message behind it and in its order.
#[track_caller]
pub(crate) fn lines(messages: &[Message]) -> Vec<Said> {
    let mut said = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        let answers = message.parts.iter().filter_map(|part| match part {
            Part::ToolResult(result) => Some(result.call_id.as_str()),
            _ => None,
        });
        assert_eq!(open, answers.collect::<Vec<_>>(), "the calls, and the results behind them: {messages:#?}");
        open = message.tool_calls().map(|call| call.id.as_str()).collect();
        for part in &message.parts {
            said.push(match part {
                Part::Text(text) if message.role == Role::User => user(&text.text),
                Part::Text(text) => model(&text.text),
                Part::ToolCall(asked) => call(&asked.name, &asked.arguments),
                Part::ToolResult(result) => Said::Told(result.to_text(), result.is_error),
                other => panic!("nobody said {other:?}"),
            });
        }
    }
    assert!(open.is_empty(), "the last calls are open: {messages:#?}");
    said
}

/// The lines of a request's body. Its results have the ids of its calls, in their order, and no id stands twice.
#[track_caller]
pub(crate) fn lines_of_body(protocol: Protocol, body: &Value) -> Vec<Said> {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    ids(body, &mut asked, &mut answered);
    assert_eq!(asked, answered, "the ids of calls and of results: {body}");
    let different: BTreeSet<&str> = asked.iter().copied().collect();
    // Gemini links a result to its call by name and order alone.
    assert!(protocol == Protocol::Gemini || different.len() == asked.len(), "{asked:?}");
    match protocol {
        Protocol::OpenAiChat => list(&body["messages"]).flat_map(chat).collect(),
        Protocol::OpenAiResponses => list(&body["input"]).flat_map(responses).collect(),
        Protocol::Anthropic => list(&body["messages"]).flat_map(anthropic).collect(),
        _ => list(&body["contents"]).flat_map(gemini).collect(),
    }
}

/// The ids of calls and of results, wherever they stand; names where calls have no ids.
fn ids<'a>(value: &'a Value, asked: &mut Vec<&'a str>, answered: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, asked, answered)),
        Value::Object(members) => {
            let has = |key: &str| members.contains_key(key);
            match members.get("type").and_then(Value::as_str) {
                Some("function_call") => asked.push(text(&value["call_id"])),
                Some("function_call_output") => answered.push(text(&value["call_id"])),
                Some("tool_use") => asked.push(text(&value["id"])),
                Some("tool_result") => answered.push(text(&value["tool_use_id"])),
                Some("function") if has("id") => asked.push(text(&value["id"])),
                None if has("tool_call_id") => answered.push(text(&value["tool_call_id"])),
                None if has("functionCall") => asked.push(text(&value["functionCall"]["name"])),
                None if has("functionResponse") => answered.push(text(&value["functionResponse"]["name"])),
                _ => members.values().for_each(|value| ids(value, asked, answered)),
            }
        }
        _ => {}
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap_or_else(|| panic!("a list, not {value}")).iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

/// A text, or the texts of the blocks that stand for it.
fn texts(value: &Value) -> String {
    match value {
        Value::Array(blocks) => blocks.iter().map(|block| text(&block["text"])).collect(),
        value => text(value).to_owned(),
    }
}

/// The two protocols without a flag say it in words.
fn told(value: &Value) -> Said {
    let text = texts(value);
    match text.strip_prefix("Error: ") {
        Some(text) => Said::Told(text.to_owned(), true),
        None => Said::Told(text, false),
    }
}

fn spoken(role: &Value, content: &Value) -> Said {
    match text(role) {
        "user" => Said::User(texts(content)),
        "assistant" | "model" => Said::Model(texts(content)),
        role => panic!("nobody is {role}"),
    }
}

fn chat(message: &Value) -> Vec<Said> {
    if message["role"] == "tool" {
        return vec![told(&message["content"])];
    }
    let content = &message["content"];
    let has_content = !content.is_null() && content != "";
    let mut said: Vec<Said> = has_content.then(|| spoken(&message["role"], content)).into_iter().collect();
    for made in message["tool_calls"].as_array().into_iter().flatten() {
        said.push(call(text(&made["function"]["name"]), text(&made["function"]["arguments"])));
    }
    said
}

fn responses(item: &Value) -> Option<Said> {
    Some(match item["type"].as_str() {
        Some("function_call") => call(text(&item["name"]), text(&item["arguments"])),
        Some("function_call_output") => told(&item["output"]),
        _ => spoken(&item["role"], &item["content"]),
    })
}

fn anthropic(message: &Value) -> Vec<Said> {
    let role = &message["role"];
    let Value::Array(blocks) = &message["content"] else { return vec![spoken(role, &message["content"])] };
    let block = |block: &Value| match text(&block["type"]) {
        "text" => spoken(role, &block["text"]),
        "tool_use" => Said::Call(text(&block["name"]).to_owned(), block["input"].clone()),
        "tool_result" => Said::Told(texts(&block["content"]), block["is_error"] == true),
        other => panic!("nobody said {other}"),
    };
    blocks.iter().map(block).collect()
}

fn gemini(content: &Value) -> Vec<Said> {
    let part = |part: &Value| {
        if let Some(made) = part.get("functionCall") {
            return Said::Call(text(&made["name"]).to_owned(), made["args"].clone());
        }
        let Some(answer) = part.get("functionResponse") else { return spoken(&content["role"], &part["text"]) };
        let (error, output) = (&answer["response"]["error"], &answer["response"]["output"]);
        let (told, is_error) = if error.is_null() { (output, false) } else { (error, true) };
        Said::Told(told.as_str().map_or_else(|| told.to_string(), str::to_owned), is_error)
    };
    list(&content["parts"]).map(part).collect()
}
