//! The wire formats by example: each file under `wire/<protocol>/` is a request with the body that it becomes, or a
//! reply with what it says.
//!
//! With `FCALL_BLESS=1` the expectations are written anew, for a person to read and to commit.

use std::{fs, path::Path};

use fcall::{
    message::{
        Assembler, CacheMark, Delta, FinishReason, Message, Part, Request, RequestOptions, Response, ResponseFormat,
        Sink, ToolChoice, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Protocol},
    schema::Loss,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize)]
struct Case {
    about: String,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
struct Asked {
    model: String,
    #[serde(default)]
    base_url: Option<String>,
    messages: Vec<Message>,
    tools: Vec<Tool>,
    #[serde(default)]
    tool_choice: ToolChoice,
    #[serde(default)]
    options: RequestOptions,
    #[serde(default)]
    format: Option<ResponseFormat>,
    #[serde(default)]
    stream: bool,
    /// A server that reads the body sees another, equal conversation.
    #[serde(default)]
    reads_back_otherwise: bool,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
    description: String,
    schema: String,
    #[serde(default)]
    cache: Option<CacheMark>,
}

/// Runs every case of a kind, and tells of all that fail.
fn each(protocol: Protocol, kind: &str, actual: impl Fn(&Case) -> serde_json::Map<String, Value>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(protocol.name());
    let mut failures = Vec::new();
    let mut cases = 0;
    for entry in fs::read_dir(&folder).expect("the folder of the cases") {
        let path = entry.expect("an entry of the folder").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if !name.starts_with(kind) {
            continue;
        }
        cases += 1;
        let text = fs::read_to_string(&path).expect("a case");
        let mut case: Case = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (key, actual) in actual(&case) {
            let expected = case.rest.insert(key.clone(), actual.clone());
            if expected.as_ref() != Some(&actual) {
                let expected = expected.unwrap_or_default();
                failures.push(format!("{name} ({}): {key}\n  expected {expected}\n  got      {actual}", case.about));
            }
        }
        if std::env::var_os("FCALL_BLESS").is_some() {
            let text = serde_json::to_string_pretty(&case).expect("JSON");
            fs::write(&path, text + "\n").expect("the case can be written");
        }
    }
    assert!(cases > 0, "no case in {}", folder.display());
    if std::env::var_os("FCALL_BLESS").is_none() {
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}

fn request(protocol: Protocol, case: &Case) -> serde_json::Map<String, Value> {
    let asked: Asked = serde_json::from_value(Value::Object(case.rest.clone())).expect("a request");
    let specs = asked.tools.into_iter().map(|tool| {
        let mut spec = ToolSpec::new(tool.name, tool.description, tool.schema);
        spec.cache = tool.cache;
        spec
    });
    let tools = ToolSpecs::new(specs.collect());
    let request = Request::new(&asked.messages, &tools, &asked.options).tool_choice(&asked.tool_choice);
    let mut request = request.stream(asked.stream);
    request.format = asked.format.as_ref();
    let dialect = match &asked.base_url {
        Some(base_url) => Dialect::of(protocol, base_url, &asked.model),
        None => Dialect::official(protocol, &asked.model),
    };
    let encoded = protocol.encode(&asked.model, &dialect, &request).expect("a request that can be sent");
    let body: Value = serde_json::from_slice(&encoded.body).expect("a body that is JSON");

    // The server reads what was sent, and would send the same.
    if asked.reads_back_otherwise {
        return encoded_as(body, &encoded.losses);
    }
    let read = protocol.read_request(&encoded.body).expect("a body that a server reads");
    let again = protocol.encode(&read.model, &dialect, &read.request()).expect("what was read can be sent");
    let again: Value = serde_json::from_slice(&again.body).expect("a body that is JSON");
    assert_eq!(body, again, "{}: read by a server and sent again", case.about);

    encoded_as(body, &encoded.losses)
}

fn encoded_as(body: Value, losses: &[Loss]) -> serde_json::Map<String, Value> {
    let losses: Vec<String> = losses.iter().map(ToString::to_string).collect();
    [("body".to_owned(), body), ("losses".to_owned(), json!(losses))].into_iter().collect()
}

fn decode(protocol: Protocol, pieces: &[&[u8]]) -> (Vec<Delta>, Option<fcall::Error>) {
    let mut deltas = Vec::new();
    let mut decoder = protocol.decoder();
    let fed = pieces.iter().try_for_each(|piece| decoder.feed(piece, &mut deltas));
    let error = fed.and_then(|()| decoder.finish(&mut deltas)).err();
    (deltas, error)
}

fn assemble(deltas: &[Delta]) -> Response {
    let mut reply = Assembler::new(3);
    deltas.iter().for_each(|delta| reply.push(delta.clone()));
    reply.finish()
}

fn said(deltas: &[Delta], error: Option<fcall::Error>) -> serde_json::Map<String, Value> {
    let error = error
        .map(|error| json!({"message": error.to_string(), "cut": error.is_cut(), "retryable": error.is_retryable()}));
    let response = serde_json::to_value(assemble(deltas)).expect("a response is JSON");
    [("response".to_owned(), response), ("error".to_owned(), json!(error))].into_iter().collect()
}

fn stream(protocol: Protocol, case: &Case) -> serde_json::Map<String, Value> {
    let bytes = case.rest["stream"].as_str().expect("a stream").as_bytes();
    let (deltas, error) = decode(protocol, &[bytes]);
    let whole = said(&deltas, error);
    for size in [1, 2, 3, 7, 17, 64] {
        let (deltas, error) = decode(protocol, &bytes.chunks(size).collect::<Vec<_>>());
        assert_eq!(whole, said(&deltas, error), "{}: in pieces of {size} bytes", case.about);
    }
    for cut in 0..bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        let (deltas, error) = decode(protocol, &[head, tail]);
        assert_eq!(whole, said(&deltas, error), "{}: cut at byte {cut}", case.about);
        // However short: never a panic, and never half a call.
        let (deltas, error) = decode(protocol, &[head]);
        if whole["error"].is_null() {
            assert!(
                error.as_ref().is_none_or(fcall::Error::is_cut),
                "{}: cut off at byte {cut}: {error:?}",
                case.about
            );
        }
        for call in assemble(&deltas).message.tool_calls() {
            let finished = deltas.iter().any(|delta| matches!(delta, Delta::Finish(_)));
            let whole = serde_json::from_str::<Value>(&call.arguments).is_ok();
            assert!(finished || whole, "{}: half a call survives a cut at byte {cut}: {call:?}", case.about);
        }
    }
    written(protocol, &case.about, &deltas);
    garbled(protocol, bytes);
    whole
}

/// Whatever comes over the wire, and however it is mangled: never a panic.
fn garbled(protocol: Protocol, bytes: &[u8]) {
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..200 {
        let mut mangled = bytes.to_vec();
        for _ in 0..=next(3) {
            let at = next(mangled.len());
            match next(3) {
                0 => mangled[at] = b"{}[]\",:0n\n\r\xff"[next(12)],
                1 => drop(mangled.remove(at)),
                _ => mangled.extend_from_within(at..),
            }
            mangled.truncate(bytes.len() * 2);
        }
        let (deltas, _) = decode(protocol, &[&mangled]);
        assemble(&deltas);
        let _ = protocol.read_request(&mangled);
        let _ = protocol.decode_error(500, &mangled);
    }
}

fn whole(protocol: Protocol, case: &Case) -> serde_json::Map<String, Value> {
    let mut deltas = Vec::new();
    let error = protocol.decode(case.rest["whole"].to_string().as_bytes(), &mut deltas).err();
    written(protocol, &case.about, &deltas);
    said(&deltas, error)
}

/// What a server writes of a reply is read as the same reply: text, calls, finish reason and usage.
fn written(protocol: Protocol, about: &str, deltas: &[Delta]) {
    let reply = assemble(deltas);
    if reply.finish.is_none() || deltas.contains(&Delta::Restart) {
        return;
    }
    let mut events = Vec::new();
    let mut writer = protocol.stream_writer("m");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    let (streamed, error) = decode(protocol, &[&events]);
    assert!(error.is_none(), "{about}: the written stream: {error:?}");
    let mut once = Vec::new();
    protocol.decode(&protocol.write_response(&reply), &mut once).expect("a written reply");
    for (form, read) in [("stream", assemble(&streamed)), ("reply", assemble(&once))] {
        assert_eq!(reply.message.text(), visible(&read, &reply), "{about}: text of the written {form}");
        let calls = |response: &Response| {
            let calls = response.message.tool_calls();
            calls
                .map(|call| (call.name.clone(), serde_json::from_str::<Value>(&call.arguments).ok()))
                .collect::<Vec<_>>()
        };
        if form == "stream" {
            assert_eq!(calls(&reply), calls(&read), "{about}: calls of the written {form}");
        }
        // The last call of a whole reply that the limit cut off is in doubt, and left out.
        if reply.finish != Some(FinishReason::Length) {
            assert_eq!(reply.message.tool_calls().count(), read.message.tool_calls().count(), "{about}: {form}");
        }
    }
}

/// The text, without a refusal that this wire can only write as text.
fn visible(read: &Response, reply: &Response) -> String {
    let refused = reply.message.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
    if refused { reply.message.text() } else { read.message.text() }
}

#[test]
fn openai_chat_requests() {
    each(Protocol::OpenAiChat, "request_", |case| request(Protocol::OpenAiChat, case));
}

#[test]
fn openai_chat_streams() {
    each(Protocol::OpenAiChat, "stream_", |case| stream(Protocol::OpenAiChat, case));
}

#[test]
fn openai_chat_replies() {
    each(Protocol::OpenAiChat, "whole_", |case| whole(Protocol::OpenAiChat, case));
}

#[test]
fn openai_responses_requests() {
    each(Protocol::OpenAiResponses, "request_", |case| request(Protocol::OpenAiResponses, case));
}

#[test]
fn openai_responses_streams() {
    each(Protocol::OpenAiResponses, "stream_", |case| stream(Protocol::OpenAiResponses, case));
}

#[test]
fn openai_responses_replies() {
    each(Protocol::OpenAiResponses, "whole_", |case| whole(Protocol::OpenAiResponses, case));
}

#[test]
fn anthropic_requests() {
    each(Protocol::Anthropic, "request_", |case| request(Protocol::Anthropic, case));
}

#[test]
fn anthropic_streams() {
    each(Protocol::Anthropic, "stream_", |case| stream(Protocol::Anthropic, case));
}

#[test]
fn anthropic_replies() {
    each(Protocol::Anthropic, "whole_", |case| whole(Protocol::Anthropic, case));
}

#[test]
fn gemini_requests() {
    each(Protocol::Gemini, "request_", |case| request(Protocol::Gemini, case));
}

#[test]
fn gemini_streams() {
    each(Protocol::Gemini, "stream_", |case| stream(Protocol::Gemini, case));
}

#[test]
fn gemini_replies() {
    each(Protocol::Gemini, "whole_", |case| whole(Protocol::Gemini, case));
}
