//! Reads providers' replies and writes requests, one JSON object a line: the wire formats without any network.
//!
//! `{"id":..,"protocol":"anthropic","kind":"stream","status":200,"body":"event: ..","chop":3}` is answered with the text,
//! the calls, the finish reason and the usage of that reply, `"kind":"request"` with the body that would be sent, `"kind":"native"`
//! with the conversation in a provider's own request and that request written again, `"kind":"schema"` with a schema as
//! the protocol takes it.

use std::io::{self, BufRead, Write};

use fcall::{
    message::{
        Assembler, FinishReason, Message, Part, Request, RequestOptions, Response, Role, ToolCall, ToolChoice,
        ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Incoming, Protocol},
    schema::Form,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    protocol: String,
    kind: String,
    status: Option<u16>,
    body: Box<RawValue>,
    chop: Option<usize>,
    strict: Option<bool>,
}

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = match serde_json::from_slice::<Line>(&line) {
            Ok(line) => answer(&line),
            Err(error) => {
                let id = serde_json::from_slice::<Value>(&line).map_or(Value::Null, |line| line["id"].clone());
                json!({"id": id, "error": {"message": format!("not a line of the contract: {error}")}})
            }
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}

fn answer(line: &Line) -> Value {
    if line.kind == "schema" {
        return schema(line);
    }
    let protocol = match line.protocol.parse::<Protocol>() {
        Ok(protocol) => protocol,
        Err(error) => return failed(line, &error.to_string()),
    };
    match line.kind.as_str() {
        "response" | "stream" => reply(protocol, line),
        "request" => request(protocol, line),
        "native" => native(protocol, line),
        kind => failed(line, &format!("kind `{kind}`: expected `response`, `stream`, `request`, `native` or `schema`")),
    }
}

fn failed(line: &Line, message: &str) -> Value {
    match line.kind.as_str() {
        "response" | "stream" => json!({"id": line.id, "error": {"message": message}}),
        _ => json!({"id": line.id, "error": message}),
    }
}

/// A reply's bytes to what they say.
fn reply(protocol: Protocol, line: &Line) -> Value {
    let text = serde_json::from_str::<String>(line.body.get());
    let body = text.as_deref().unwrap_or(line.body.get()).as_bytes();
    let mut reply = Assembler::new(1);
    let status = line.status.unwrap_or(200);
    let error = if status >= 400 {
        Some(protocol.decode_error(status, body))
    } else if line.kind == "response" {
        protocol.decode(body, &mut reply).err()
    } else {
        let mut decoder = protocol.decoder();
        let mut pieces = body.chunks(line.chop.unwrap_or(body.len()).max(1));
        let fed = pieces.try_for_each(|piece| decoder.feed(piece, &mut reply));
        fed.and_then(|()| decoder.finish(&mut reply)).err()
    };
    // Calls that the reply broke off in are never carried out, but they were made.
    let half: Vec<ToolCall> = reply.unfinished_calls().cloned().collect();
    let response = reply.finish();
    let mut calls: Vec<ToolCall> = response.message.tool_calls().cloned().collect();
    for mut half in half {
        if half.id.is_empty() {
            half.id = format!("half_{}", calls.len());
        }
        if !calls.iter().any(|call| call.id == half.id) {
            calls.push(half);
        }
    }
    json!({
        "id": line.id,
        "text": response.message.text(),
        "reasoning": reasoning(&response),
        "tool_calls": calls.iter().map(call).collect::<Vec<_>>(),
        "finish": response.finish.as_ref().map(finish),
        "usage": response.usage.map(|usage| json!({
            "input": usage.input, "output": usage.output, "cached": usage.cached, "reasoning": usage.reasoning,
        })),
        "error": error.map(|error| json!({"message": error.to_string()})),
    })
}

fn reasoning(response: &Response) -> Option<String> {
    let thoughts = response.message.parts.iter().filter_map(|part| match part {
        Part::Reasoning(text) => Some(text.text.as_str()),
        _ => None,
    });
    Some(thoughts.collect::<String>()).filter(|text| !text.is_empty())
}

fn call(call: &ToolCall) -> Value {
    let text = &call.arguments;
    let arguments =
        if text.trim().is_empty() { json!({}) } else { serde_json::from_str(text).unwrap_or_else(|_| json!(text)) };
    json!({"id": call.id, "name": call.name, "arguments": arguments})
}

fn finish(reason: &FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter | FinishReason::Refusal => "content_filter",
        _ => "other",
    }
}

#[derive(Deserialize)]
struct Conversation {
    model: Option<String>,
    system: Option<String>,
    messages: Vec<Turn>,
    #[serde(default)]
    tools: Vec<Tool>,
    tool_choice: Option<Choice>,
    max_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Turn {
    role: Role,
    content: Vec<Content>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content {
    Text { text: String },
    ToolCall { id: String, name: String, arguments: Value },
    ToolResult { id: String, name: String, output: Value },
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    #[serde(default)]
    description: String,
    parameters: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Choice {
    Word(String),
    Named { name: String },
}

/// A JSON Schema as the protocol takes it.
fn schema(line: &Line) -> Value {
    let strict = line.strict.unwrap_or(false);
    let form = match (line.protocol.as_str(), strict) {
        ("openai-chat" | "openai-responses", false) => Form::OpenAi,
        ("openai-chat" | "openai-responses", true) => Form::OpenAiStrict,
        ("anthropic", false) => Form::Anthropic,
        ("anthropic", true) => Form::AnthropicStrict,
        ("gemini", _) => Form::GeminiJson,
        (protocol, _) => return failed(line, &format!("no protocol is named `{protocol}`")),
    };
    let fitted = form.fit(line.body.get()).map_err(|error| error.to_string());
    let sent = fitted.and_then(|fitted| serde_json::from_str::<Value>(&fitted.json).map_err(|error| error.to_string()));
    match sent {
        Ok(sent) if form == Form::GeminiJson => {
            json!({"id": line.id, "schema": sent, "strict": false, "place": "parametersJsonSchema"})
        }
        Ok(sent) => json!({"id": line.id, "schema": sent, "strict": strict}),
        Err(error) => failed(line, &error),
    }
}

/// A neutral conversation to the body that would be sent to the protocol's own service.
fn request(protocol: Protocol, line: &Line) -> Value {
    let conversation = match serde_json::from_str::<Conversation>(line.body.get()) {
        Ok(conversation) => conversation,
        Err(error) => return failed(line, &format!("not a neutral conversation: {error}")),
    };
    match encode(protocol, conversation) {
        Ok(body) => json!({"id": line.id, "request": body}),
        Err(error) => failed(line, &error.to_string()),
    }
}

fn encode(protocol: Protocol, conversation: Conversation) -> Result<Value, Box<dyn std::error::Error>> {
    let mut messages: Vec<Message> = conversation.system.map(Message::system).into_iter().collect();
    messages.extend(conversation.messages.into_iter().map(|turn| {
        let parts = turn.content.into_iter().map(part).collect();
        Message::new(turn.role, parts)
    }));
    let specs = conversation.tools.into_iter();
    let tools = ToolSpecs::new(specs.map(|t| ToolSpec::new(t.name, t.description, t.parameters.get())).collect());
    let choice = match conversation.tool_choice {
        None => ToolChoice::Auto,
        Some(Choice::Named { name }) => ToolChoice::named(name),
        Some(Choice::Word(word)) => match word.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            word => return Err(format!("tool choice `{word}`: expected auto, none or required").into()),
        },
    };
    let mut options = RequestOptions::default();
    options.max_tokens = conversation.max_tokens;
    let model = conversation.model.unwrap_or_default();
    let request = Request::new(&messages, &tools, &options).tool_choice(&choice);
    let encoded = protocol.encode(&model, &Dialect::official(protocol, &model), &request)?;
    Ok(serde_json::from_slice(&encoded.body)?)
}

/// A provider's request body to the conversation in it, and written again.
fn native(protocol: Protocol, line: &Line) -> Value {
    let read = match protocol.read_request(line.body.get().as_bytes()) {
        Ok(read) => read,
        Err(error) => return failed(line, &error.to_string()),
    };
    let dialect = Dialect::official(protocol, &read.model);
    let again = protocol.encode(&read.model, &dialect, &read.request()).map_err(|error| error.to_string());
    let again = again.and_then(|again| serde_json::from_slice::<Value>(&again.body).map_err(|error| error.to_string()));
    match again {
        Ok(again) => json!({"id": line.id, "conversation": conversation(&read), "request": again}),
        Err(error) => failed(line, &error),
    }
}

/// What was read, in the words of the contract.
fn conversation(read: &Incoming) -> Value {
    let system: Vec<String> =
        read.messages.iter().filter(|message| message.role == Role::System).map(Message::text).collect();
    let turns = read.messages.iter().filter(|message| message.role != Role::System);
    let turns = turns.map(|message| json!({"role": message.role, "content": message.parts.iter().filter_map(neutral).collect::<Vec<_>>()}));
    let tools = read.tools.as_slice().iter().map(|tool| {
        let schema = serde_json::from_str::<Value>(&tool.schema).unwrap_or_else(|_| json!(tool.schema));
        json!({"name": tool.name, "description": tool.description, "parameters": schema})
    });
    json!({
        "model": read.model,
        "system": (!system.is_empty()).then(|| system.join("\n\n")),
        "messages": turns.collect::<Vec<_>>(),
        "tools": tools.collect::<Vec<_>>(),
        "tool_choice": match &read.tool_choice {
            ToolChoice::Auto => json!("auto"),
            ToolChoice::None => json!("none"),
            ToolChoice::Tool(name) => json!({"name": name}),
            _ => json!("required"),
        },
        "max_tokens": read.options.max_tokens,
    })
}

fn neutral(part: &Part) -> Option<Value> {
    match part {
        Part::Text(text) => Some(json!({"type": "text", "text": text.text})),
        Part::ToolCall(own) => {
            let mut call = call(own);
            call["type"] = json!("tool_call");
            Some(call)
        }
        Part::ToolResult(result) => {
            let text = result.to_text();
            let output = serde_json::from_str::<Value>(&text).unwrap_or_else(|_| json!(text));
            Some(json!({"type": "tool_result", "id": result.call_id, "name": result.name, "output": output}))
        }
        _ => None,
    }
}

fn part(content: Content) -> Part {
    match content {
        Content::Text { text } => Part::text(text),
        Content::ToolCall { id, name, arguments } => Part::ToolCall(ToolCall::new(id, name, arguments.to_string())),
        Content::ToolResult { id, name, output } => {
            let call = ToolCall::new(id, name, "");
            let text = output.as_str().map_or_else(|| output.to_string(), str::to_owned);
            Part::ToolResult(ToolResult::text(&call, text))
        }
    }
}
