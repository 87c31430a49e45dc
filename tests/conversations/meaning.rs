//! What a conversation means, apart from the shape that a wire gives it.

use std::collections::VecDeque;

use fcall::{
    message::{Content, Media, Message, Origin, Part, Role, Source, ToolResult},
    protocol::Protocol,
};
use serde_json::{Value, json};

/// The turns of a conversation: neighbours of one role are one, texts that stand side by side are one.
pub(crate) fn of(protocol: Protocol, messages: &[Message]) -> Vec<Value> {
    let mut turns: Vec<(Role, Vec<Value>)> = Vec::new();
    let mut open: VecDeque<String> = VecDeque::new();
    let mut heads = true;
    for message in messages {
        heads &= message.role == Role::System;
        if message.role == Role::Assistant {
            open = message.tool_calls().map(|call| call.id.clone()).collect();
        }
        let mut parts = Vec::new();
        for part in &message.parts {
            meant(protocol, message.role, part, &mut open, &mut parts);
        }
        // A wire without a place for it says inside the conversation what the program says as if the user had.
        let role = if message.role == Role::System && !heads && protocol == Protocol::Gemini {
            Role::User
        } else {
            message.role
        };
        match turns.last_mut().filter(|(last, _)| *last == role) {
            Some((_, turn)) => turn.extend(parts),
            None => turns.push((role, parts)),
        }
    }
    let turns = turns.into_iter().map(|(role, parts)| json!([role, joined(protocol, role, parts)]));
    turns.filter(|turn| turn[1] != json!([])).collect()
}

fn meant(protocol: Protocol, role: Role, part: &Part, open: &mut VecDeque<String>, out: &mut Vec<Value>) {
    let text = |text: &str| json!({"text": text});
    let own = |origin: &Option<Origin>| {
        let own = origin.as_ref().filter(|origin| origin.protocol == protocol.name());
        own.map(|origin| serde_json::from_str::<Value>(&origin.json).unwrap_or_default())
    };
    out.push(match part {
        Part::Text(said) => match own(&said.origin) {
            // What it rests on stands with it.
            Some(origin) if role == Role::Assistant => json!({"cited": said.text, "origin": origin}),
            _ => text(&said.text),
        },
        Part::Refusal(said) if protocol == Protocol::OpenAiChat && role == Role::Assistant => {
            json!({"refusal": said.text})
        }
        Part::Refusal(said) => text(&said.text),
        Part::Reasoning(said) => {
            json!({"reasoning": said.text, "origin": own(&said.origin)})
        }
        // Ids may be others on the wire: calls are known by their place.
        Part::ToolCall(call) => {
            let arguments = serde_json::from_str::<Value>(&call.arguments);
            json!({"call": call.name, "arguments": arguments.unwrap_or_else(|_| json!(call.arguments))})
        }
        Part::ToolResult(result) => {
            let at = open.iter().position(|id| *id == result.call_id);
            if let Some(at) = at {
                // Its place stays, so that the others keep theirs.
                open[at] = "\u{0}answered".to_owned();
            }
            let media = attached(protocol, result);
            let own = result.content.iter().filter_map(|piece| match piece {
                Content::Opaque(origin) if origin.protocol == protocol.name() => Some(&origin.json),
                _ => None,
            });
            json!({"answers": at, "result": told(protocol, result), "media": media, "own": own.collect::<Vec<_>>()})
        }
        Part::Media(media) => match words(protocol, media) {
            Some(words) => text(&words),
            None => json!({"media": shown(media)}),
        },
        Part::Opaque(origin) => json!({"opaque": origin.json}),
        other => json!({"other": other}),
    });
}

/// A message has results with media.
pub(crate) fn attaches(message: &Message) -> bool {
    let is_media = |piece: &Content| matches!(piece, Content::Media(_));
    message.parts.iter().any(|part| matches!(part, Part::ToolResult(result) if result.content.iter().any(is_media)))
}

/// All media of a conversation, wherever they stand.
pub(crate) fn media(protocol: Protocol, messages: &[Message]) -> Vec<String> {
    let shown = messages.iter().flat_map(|message| &message.parts).flat_map(|part| match part {
        Part::Media(media) if words(protocol, media).is_none() => vec![shown(media)],
        Part::ToolResult(result) => attached(protocol, result),
        _ => Vec::new(),
    });
    let mut all: Vec<String> = shown.map(|media| media.to_string()).collect();
    all.sort();
    all
}

/// Media without what a wire has no room for: names, and the type of what is only an address.
fn shown(media: &Media) -> Value {
    match &media.source {
        Source::Base64(data) => json!([media.mime, data, media.origin]),
        other => json!([other, media.origin]),
    }
}

/// The text that a file is, as the wires say it that have no form for such a file.
fn words(protocol: Protocol, media: &Media) -> Option<String> {
    let Source::Text(text) = &media.source else { return None };
    let name = media.name.as_ref().map(|name| format!("[{name}]\n")).unwrap_or_default();
    (protocol != Protocol::Anthropic).then(|| format!("{name}{text}"))
}

fn attached(protocol: Protocol, result: &ToolResult) -> Vec<Value> {
    let media = result.content.iter().filter_map(|piece| match piece {
        Content::Media(media) if words(protocol, media).is_none() => Some(shown(media)),
        _ => None,
    });
    media.collect()
}

/// What the model reads of a result: wires without a flag for errors say it in words.
fn told(protocol: Protocol, result: &ToolResult) -> Value {
    let texts = result.content.iter().filter_map(|piece| match piece {
        Content::Media(media) => words(protocol, media),
        piece => piece.as_text().map(str::to_owned),
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    let flagged = matches!(protocol, Protocol::Anthropic | Protocol::Gemini);
    match (flagged, result.is_error) {
        (true, is_error) => json!([is_error, json_or_text(&text)]),
        (false, true) if text.is_empty() => json!("Error:"),
        (false, true) if !text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("error")) => {
            json!(format!("Error: {text}"))
        }
        (false, _) if text == "Error: " => json!("Error:"),
        (false, _) => json!(text.replacen("Error:\n", "Error: ", 1)),
    }
}

/// JSON is the same however it is spaced.
fn json_or_text(text: &str) -> Value {
    let json = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
    json.unwrap_or_else(|| json!(text))
}

/// Joins texts that stand side by side; an assistant's of Chat Completions all stand in one place.
fn joined(protocol: Protocol, role: Role, parts: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut apart = if role == Role::System { "\n\n" } else { "" };
    if protocol == Protocol::Anthropic || protocol == Protocol::Gemini {
        apart = if role == Role::System { "\n\n" } else { "\u{0}" };
    }
    for part in parts {
        let Some(text) = part["text"].as_str() else {
            out.push(part);
            continue;
        };
        if text.is_empty() {
            continue;
        }
        let known = out.last_mut().filter(|last| last["text"].is_string());
        match known {
            Some(last) => last["text"] = json!(format!("{}{apart}{text}", last["text"].as_str().unwrap_or_default())),
            None => out.push(part),
        }
    }
    out
}

/// What both of two protocols keep of a conversation.
pub(crate) fn both(a: Protocol, b: Protocol, messages: &[Message]) -> Vec<Value> {
    if a == b {
        return of(a, messages);
    }
    let mut messages = messages.to_vec();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        let text = match part {
            Part::Refusal(said) => Some(said.text.clone()),
            Part::Media(media) => words(a, media).or_else(|| words(b, media)),
            _ => None,
        };
        if let Some(text) = text {
            *part = Part::text(text);
        }
    }
    let mut turns = of(a, &messages);
    turns.iter_mut().for_each(plain);
    turns
}

/// Whether a result was an error is a flag here and a word there; texts side by side may have become one.
fn plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain),
        Value::Object(members) => {
            if let Some(result) = members.get_mut("result") {
                let text = match &*result {
                    Value::Array(flagged) => flagged[1].as_str().map_or_else(|| flagged[1].to_string(), str::to_owned),
                    other => other.as_str().unwrap_or_default().to_owned(),
                };
                let said = text.strip_prefix("Error: ").unwrap_or(&text);
                let json = serde_json::from_str::<Value>(said).unwrap_or_else(|_| json!(said));
                *result = json;
            }
            if let Some(text) = members.get("text").and_then(Value::as_str) {
                let together = text.replace('\u{0}', "");
                members.insert("text".to_owned(), json!(together));
            }
            members.remove("origin");
        }
        _ => {}
    }
}
