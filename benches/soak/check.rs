//! Whether a conversation is one that a provider takes: looked at once more, without the library's own check.

use fcall::{
    Message, Protocol,
    agent::check_history,
    message::{Part, Request, RequestOptions, Role, ToolSpecs},
    protocol::Dialect,
    serde_json::{self, Value},
};

/// What matters of a conversation, in order.
#[derive(Debug, PartialEq)]
enum Token {
    Call(String),
    Result(String),
    /// Something else that somebody says.
    Said,
}
use Token::{Call, Result as Answer, Said};

/// # Errors
/// What is wrong with it.
pub(crate) fn check(protocol: Protocol, messages: &[Message]) -> Result<usize, String> {
    let (told, faults) = (tokens_of(messages), check_history(messages));
    match (ordered(&told), faults.is_empty()) {
        (Ok(()), true) => {}
        (Ok(()), false) => return Err(format!("by check_history alone: {faults:?}")),
        (Err(why), true) => return Err(format!("{why}, and check_history finds nothing")),
        (Err(why), false) => return Err(format!("{why}, and by check_history: {faults:?}")),
    }
    let mut ids: Vec<_> =
        told.iter().filter(|token| matches!(token, Call(_))).map(|token| format!("{token:?}")).collect();
    let calls = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < calls {
        return Err("an id stands for two calls".to_owned());
    }
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let dialect = Dialect::official(protocol, "soak");
    let encoded = protocol.encode("soak", &dialect, &Request::new(messages, &tools, &options));
    let encoded = encoded.map_err(|error| format!("{protocol} can't say it: {error}"))?;
    let body: Value = serde_json::from_slice(&encoded.body).map_err(|error| format!("{protocol}: {error}"))?;
    let sent = match protocol {
        Protocol::OpenAiChat => chat(&body),
        Protocol::OpenAiResponses => responses(&body),
        Protocol::Anthropic => anthropic(&body),
        _ => gemini(&body),
    };
    ordered(&sent).map_err(|why| format!("{protocol}: {why}"))?;
    let count = |tokens: &[Token]| tokens.iter().filter(|token| matches!(token, Answer(_))).count();
    match (count(&told), count(&sent)) {
        (a, b) if a == b && a == calls => Ok(calls),
        (a, b) => Err(format!("{calls} calls, {a} results, {b} results as {protocol} has them")),
    }
}

/// Each call is answered once, in its turn, in order, before anybody says anything else.
fn ordered(tokens: &[Token]) -> Result<(), String> {
    let (mut open, mut answering) = (std::collections::VecDeque::new(), false);
    for token in tokens {
        match token {
            Call(id) if answering && !open.is_empty() => {
                return Err(format!("{id} is called between results: {tokens:?}"));
            }
            Call(id) => {
                answering = false;
                open.push_back(id);
            }
            Answer(id) if open.pop_front() == Some(id) => answering = true,
            Answer(id) => return Err(format!("{id} is answered, and was not next: {tokens:?}")),
            Said if open.is_empty() => {}
            Said => return Err(format!("{open:?} are not answered: {tokens:?}")),
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not answered: {tokens:?}")) }
}

fn tokens_of(messages: &[Message]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for message in messages {
        if message.role != Role::Tool {
            tokens.push(Said);
        }
        tokens.extend(message.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(Call(call.id.clone())),
            Part::ToolResult(result) => Some(Answer(result.call_id.clone())),
            _ => None,
        }));
    }
    tokens
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("(not a text)").to_owned()
}

fn chat(body: &Value) -> Vec<Token> {
    let mut tokens = Vec::new();
    for message in list(body, "messages") {
        match message["role"].as_str() {
            Some("tool") => tokens.push(Answer(text(&message["tool_call_id"]))),
            _ => tokens.push(Said),
        }
        tokens.extend(list(message, "tool_calls").iter().map(|call| Call(text(&call["id"]))));
    }
    tokens
}

fn responses(body: &Value) -> Vec<Token> {
    let token = |item: &Value| match item["type"].as_str() {
        Some("function_call") => Call(text(&item["call_id"])),
        Some("function_call_output") => Answer(text(&item["call_id"])),
        _ => Said,
    };
    list(body, "input").iter().map(token).collect()
}

fn anthropic(body: &Value) -> Vec<Token> {
    let token = |block: &Value| match block["type"].as_str() {
        Some("tool_use") => Call(text(&block["id"])),
        Some("tool_result") => Answer(text(&block["tool_use_id"])),
        _ => Said,
    };
    list(body, "messages").iter().flat_map(|message| list(message, "content")).map(token).collect()
}

/// Gemini pairs calls and results by their order and their names.
fn gemini(body: &Value) -> Vec<Token> {
    let token = |part: &Value| match (part.get("functionCall"), part.get("functionResponse")) {
        (Some(call), _) => Call(text(&call["name"])),
        (_, Some(result)) => Answer(text(&result["name"])),
        _ => Said,
    };
    list(body, "contents").iter().flat_map(|content| list(content, "parts")).map(token).collect()
}
