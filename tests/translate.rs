//! A client of one protocol and a service of another, in every pairing: requests, whole replies, streams, errors.

#[path = "translate/anthropic.rs"]
mod anthropic;
#[path = "translate/blocks.rs"]
mod blocks;
#[path = "translate/documents.rs"]
mod documents;

use fcall::{
    message::{Assembler, Delta, FinishReason, Message, Part, Request, RequestOptions, Response, Sink},
    message::{ToolCall, ToolResult, ToolSpec, ToolSpecs},
    protocol::{Dialect, Protocol, StreamTranslator, Translator},
};
use serde_json::{Value, json};

#[path = "translate/calls.rs"]
mod calls;
#[path = "translate/errors.rs"]
mod errors;
#[path = "translate/gemini.rs"]
mod gemini;
#[path = "translate/members.rs"]
mod members;
#[path = "translate/openai.rs"]
mod openai;
#[path = "translate/results.rs"]
mod results;
#[path = "translate/settings.rs"]
mod settings;

const PROTOCOLS: [Protocol; 4] =
    [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic, Protocol::Gemini];

/// Every protocol of a client with every protocol of a service.
fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    PROTOCOLS.into_iter().flat_map(|client| PROTOCOLS.map(|service| (client, service)))
}

fn conversation() -> (Vec<Message>, ToolSpecs, RequestOptions) {
    let calls = [("call_1", "Paris"), ("call_2", "Oslo")]
        .map(|(id, city)| ToolCall::new(id, "get_weather", format!("{{\"city\":\"{city}\"}}")));
    let results = [ToolResult::text(&calls[0], "18 C"), ToolResult::text(&calls[1], "7 C")];
    let said = [Part::text("Checking both.")].into_iter().chain(calls.into_iter().map(Part::ToolCall));
    let mut asked = Message::assistant("");
    asked.parts = said.collect();
    let messages = vec![
        Message::system("Be brief."),
        Message::user("Weather in Paris and Oslo?"),
        asked,
        Message::tool_results(results),
        Message::user("Which is warmer?"),
    ];
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tools = ToolSpecs::new(vec![ToolSpec::new("get_weather", "Current weather", schema)]);
    let mut options = RequestOptions::default();
    options.max_tokens = Some(500);
    options.parallel_calls = Some(true);
    (messages, tools, options)
}

/// What a request means, whatever it looks like.
fn meaning(protocol: Protocol, body: &[u8]) -> Value {
    let read = protocol.read_request(body).expect("a request");
    let tools: Vec<_> =
        read.tools.as_slice().iter().map(|tool| json!([tool.name, tool.description, tool.schema])).collect();
    let parts = read.messages.iter().flat_map(|message| message.parts.iter().map(|part| (message.role, part)));
    // Gemini has no ids: calls are known by their order.
    let mut ids = Vec::new();
    let parts: Vec<_> = parts.map(|(role, part)| json!([role, plain(part, &mut ids)])).collect();
    json!({"parts": parts, "tools": tools, "choice": read.tool_choice, "limit": read.options.max_tokens})
}

fn plain(part: &Part, ids: &mut Vec<String>) -> Value {
    match part {
        Part::Text(text) => json!(text.text),
        Part::ToolCall(call) => {
            ids.push(call.id.clone());
            json!([ids.len() - 1, call.name, serde_json::from_str::<Value>(&call.arguments).unwrap_or_default()])
        }
        Part::ToolResult(result) => json!([ids.iter().position(|id| *id == result.call_id), result.to_text()]),
        other => json!(other),
    }
}

#[test]
fn a_request_means_the_same_to_the_service() {
    let (messages, tools, options) = conversation();
    let request = Request::new(&messages, &tools, &options).stream(true);
    for (client, service) in pairs() {
        let sent = client.encode("m", &Dialect::official(client, "m"), &request).expect("sent").body;
        let translated = Translator::new(client, service).request(&sent, Some("other")).expect("translated");
        assert_eq!(meaning(client, &sent), meaning(service, &translated.body), "{client} to {service}");
        assert_eq!(translated.losses, [], "{client} to {service}");
        assert_eq!(translated.model, "other", "{client} to {service}");
        // Gemini says in the address what the others say in the body.
        assert!(translated.stream || client == Protocol::Gemini, "{client} to {service}");
        let read = service.read_request(&translated.body).expect("a request");
        assert!(read.model == "other" || service == Protocol::Gemini, "{client} to {service}");
    }
}

/// What a service gets of this request, and what is told as lost.
fn sent(client: Protocol, service: Protocol, body: &Value) -> (Value, Vec<String>) {
    let translated = Translator::new(client, service).request(body.to_string().as_bytes(), None);
    let translated = translated.unwrap_or_else(|e| panic!("{client} to {service}: {e}: {body}"));
    let losses = translated.losses.iter().map(|loss| format!("{} {}: {}", loss.path, loss.keyword, loss.why));
    (serde_json::from_slice(&translated.body).expect("JSON"), losses.collect())
}

#[test]
fn what_the_service_cannot_say_is_told() {
    let asked = br#"{"model":"m","input":"Hi","previous_response_id":"resp_0","store":true,"truncation":"auto"}"#;
    let translator = Translator::new(Protocol::OpenAiResponses, Protocol::Anthropic);
    let translated = translator.request(asked, None).expect("translated");
    let told: Vec<_> = translated.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(told, ["previous_response_id", "truncation"]);
    let body: Value = serde_json::from_slice(&translated.body).expect("JSON");
    assert_eq!(body["previous_response_id"], Value::Null);

    let same = Translator::new(Protocol::OpenAiResponses, Protocol::OpenAiResponses);
    let body: Value = serde_json::from_slice(&same.request(asked, None).expect("translated").body).expect("JSON");
    assert_eq!(body["previous_response_id"], "resp_0");
    assert_eq!(body["truncation"], "auto");
}

/// A reply with reasoning, a text, two calls and counts, as its own service streams it.
fn reply() -> Vec<Delta> {
    let usage = json!({"input": 60, "output": 40, "cached": 10, "cache_written": null, "reasoning": 16});
    let call = |part, id: &str, arguments: &str| {
        let (id, name, text) = (id.to_owned(), "get_weather".to_owned(), arguments.to_owned());
        let (head, tail) = text.split_at(4);
        let (head, tail) = (head.to_owned(), tail.to_owned());
        [
            Delta::CallStart { part, id, name },
            Delta::CallArguments { part, text: head },
            Delta::CallArguments { part, text: tail },
            Delta::CallEnd { part },
        ]
    };
    let mut deltas = vec![
        Delta::Begin { id: Some("r1".to_owned()), model: Some("m-1".to_owned()) },
        Delta::Reasoning { part: 0, text: "Two cities.".to_owned() },
        Delta::Text { part: 1, text: "Checking ".to_owned() },
        Delta::Text { part: 1, text: "both.".to_owned() },
    ];
    deltas.extend(call(2, "call_1", r#"{"city":"Paris"}"#));
    deltas.extend(call(3, "call_2", r#"{"city":"Oslo"}"#));
    deltas.push(Delta::Usage(serde_json::from_value(usage).expect("counts")));
    deltas.push(Delta::Finish(FinishReason::ToolCalls));
    deltas
}

fn assemble(deltas: &[Delta]) -> Response {
    let mut reply = Assembler::new(1);
    deltas.iter().for_each(|delta| reply.push(delta.clone()));
    reply.finish()
}

fn read(protocol: Protocol, bytes: &[u8]) -> Response {
    let mut reply = Assembler::new(1);
    protocol
        .decode(bytes, &mut reply)
        .unwrap_or_else(|e| panic!("{protocol}: {e:?}: {}", String::from_utf8_lossy(bytes)));
    reply.finish()
}

#[track_caller]
fn check(reply: &Response, pair: (Protocol, Protocol)) {
    let calls: Vec<_> = reply.message.tool_calls().map(|c| (c.id.as_str(), c.arguments.as_str())).collect();
    assert_eq!(calls, [("call_1", r#"{"city":"Paris"}"#), ("call_2", r#"{"city":"Oslo"}"#)], "{pair:?}");
    assert_eq!(reply.message.text(), "Checking both.", "{pair:?}");
    assert_eq!(reply.finish, Some(FinishReason::ToolCalls), "{pair:?}");
    assert_eq!(reply.model.as_deref(), Some("m-1"), "{pair:?}");
    let usage = reply.usage.expect("counts");
    assert_eq!((usage.input, usage.output, usage.cached), (Some(60), Some(40), Some(10)), "{pair:?}");
}

#[test]
fn a_whole_reply_says_the_same_to_the_client() {
    for (client, service) in pairs() {
        let came = service.write_response(&assemble(&reply()));
        let translated = Translator::new(client, service).response(&came).expect("translated");
        check(&read(client, &translated.body), (client, service));
        assert_eq!(translated.model, "m-1");
    }
}

fn events(service: Protocol, deltas: &[Delta]) -> Vec<u8> {
    let mut events = Vec::new();
    let mut writer = service.stream_writer("m-1");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    events
}

fn translated(mut stream: StreamTranslator, events: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in events.chunks(size) {
        stream.feed(piece, &mut out).expect("events");
    }
    stream.finish(&mut out).expect("an end");
    out
}

#[test]
fn a_stream_says_the_same_to_the_client_however_it_is_cut() {
    for (client, service) in pairs() {
        let came = events(service, &reply());
        let whole = translated(Translator::new(client, service).stream("m-1"), &came, came.len());
        check(&read(client, &whole), (client, service));
        for size in [1, 7, 64] {
            let pieces = translated(Translator::new(client, service).stream("m-1"), &came, size);
            assert!(whole == pieces, "{client} from {service} in pieces of {size}");
        }
    }
}

#[test]
fn an_error_and_a_broken_stream_reach_the_client() {
    for (client, service) in pairs() {
        let translator = Translator::new(client, service);
        let came = service.write_error(429, Some("rate_limit_exceeded"), "Slow down.");
        let error = client.decode_error(429, &translator.error(429, &came));
        assert_eq!(error.service_message(), Some("Slow down."), "{client} from {service}");
        assert!(error.is_retryable(), "{client} from {service}");
        assert!(translator.response(&came).is_err(), "{client} from {service}");

        let came = events(service, &reply());
        let (mut stream, mut out) = (translator.stream("m-1"), Vec::new());
        stream.feed(&came[..came.len() / 2], &mut out).expect("half a stream");
        assert!(stream.finish(&mut out).expect_err("cut").is_cut(), "{client} from {service}");
        let error = client.decode(&out, &mut Assembler::new(1)).expect_err("cut");
        assert!(client == service || !error.is_cut(), "{client} from {service}: the client is told: {error:?}");
    }
}

#[test]
fn what_only_the_service_understands_is_left_out_and_told() {
    let came = json!({"id": "r", "object": "response", "status": "completed", "model": "m-1", "output": [
        {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gA"},
        {"id": "ws_1", "type": "web_search_call", "status": "completed"},
        {"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
    ]});
    let translator = Translator::new(Protocol::Anthropic, Protocol::OpenAiResponses);
    let translated = translator.response(came.to_string().as_bytes()).expect("translated");
    let told: Vec<_> = translated.losses.iter().map(|loss| loss.why.as_str()).collect();
    assert_eq!(translated.losses.len(), 2, "{told:?}");
    assert_eq!(read(Protocol::Anthropic, &translated.body).message.text(), "Hi");

    let mut deltas = Vec::new();
    Protocol::OpenAiResponses.decode(came.to_string().as_bytes(), &mut deltas).expect("a reply");
    let came = events(Protocol::OpenAiResponses, &deltas);
    let (mut stream, mut out) = (translator.stream("m-1"), Vec::new());
    stream.feed(&came, &mut out).expect("events");
    assert_eq!(stream.finish(&mut out).expect("an end").len(), 2);
    assert_eq!(read(Protocol::Anthropic, &out).message.text(), "Hi");
}
