//! The blocks of a stream that an Anthropic client gets: one after the other, whatever the order of what they say.

use fcall::{
    message::FinishReason,
    protocol::{Protocol, Translator},
};
use serde_json::{Value, json};

use crate::read;

/// The events that a client of Anthropic's gets, those of the end apart, and the whole of its stream.
fn events(service: Protocol, chunks: &[Value]) -> (Vec<Value>, Vec<u8>) {
    let came: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    let (mut stream, mut out) = (Translator::new(Protocol::Anthropic, service).stream("m"), Vec::new());
    stream.feed(came.as_bytes(), &mut out).expect("events");
    let before = out.len();
    stream.finish(&mut out).expect("an end");
    let text = String::from_utf8_lossy(&out[..before]).into_owned();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    (data.map(|data| serde_json::from_str(data).expect("JSON")).collect(), out)
}

/// The chunks of Chat Completions that bring these fragments of calls, each with the number of its call.
fn chat(fragments: &[(usize, &str)]) -> Vec<Value> {
    let mut seen = Vec::new();
    let chunk =
        |delta: Value, reason: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let mut chunks: Vec<Value> = Vec::new();
    for (index, arguments) in fragments {
        let mut call = json!({"index": index, "function": {"arguments": arguments}});
        if !seen.contains(index) {
            seen.push(*index);
            call["id"] = json!(format!("call_{index}"));
            call["function"]["name"] = json!("now");
        }
        chunks.push(chunk(json!({"tool_calls": [call]}), Value::Null));
    }
    chunks.push(chunk(json!({}), json!("tool_calls")));
    chunks
}

/// One block is open at a time, and they are numbered in order.
#[track_caller]
fn check_framed(events: &[Value]) {
    let (mut open, mut next) = (None, 0);
    for event in events {
        let index = event["index"].as_u64();
        match event["type"].as_str() {
            Some("content_block_start") => {
                assert_eq!((open, index), (None, Some(next)), "{event}");
                (open, next) = (index, next + 1);
            }
            Some("content_block_delta") => assert_eq!(open, index, "{event}"),
            Some("content_block_stop") => assert_eq!(open.take(), index, "{event}"),
            _ => {}
        }
    }
}

#[track_caller]
fn check_calls(stream: &[u8], expected: &[&str]) {
    let reply = read(Protocol::Anthropic, stream);
    let calls: Vec<_> = reply.message.tool_calls().map(|call| call.arguments.as_str()).collect();
    assert_eq!(calls, expected);
    assert_eq!(reply.finish, Some(FinishReason::ToolCalls));
}

#[test]
fn a_call_ends_before_the_next_one_begins() {
    let (a, b) = (r#"{"a":1}"#, r#"{"b":2}"#);
    let (framed, stream) =
        events(Protocol::OpenAiChat, &chat(&[(0, r#"{"a""#), (0, ":1}"), (1, r#"{"b""#), (1, ":2}")]));
    check_framed(&framed);
    check_calls(&stream, &[a, b]);
    // The second comes in its pieces, as it came.
    let pieces = framed.iter().filter(|event| event["delta"]["type"] == "input_json_delta" && event["index"] == 1);
    assert_eq!(pieces.count(), 2);

    let call = |args: &str| json!({"functionCall": {"name": "now", "args": serde_json::from_str::<Value>(args).expect("JSON")}});
    let chunk = |parts: Value, reason: Value| json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason}]});
    let (framed, stream) = events(
        Protocol::Gemini,
        &[chunk(json!([call(a), call(b)]), Value::Null), chunk(json!([{"text": "So."}]), json!("STOP"))],
    );
    check_framed(&framed);
    check_calls(&stream, &[a, b]);
    assert_eq!(read(Protocol::Anthropic, &stream).message.text(), "So.");
}

#[test]
fn calls_that_take_turns_wait_for_each_other() {
    let fragments = [(0, r#"{"a""#), (1, r#"{"b""#), (2, ""), (1, ":2}"), (0, ":1}"), (2, r#"{"c":3}"#)];
    let (framed, stream) = events(Protocol::OpenAiChat, &chat(&fragments));
    check_framed(&framed);
    check_calls(&stream, &[r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#]);
}

/// What looked complete and went on can't be taken back: the client does not carry it out.
#[test]
fn a_call_that_goes_on_behind_its_end_is_told_as_cut_off() {
    let (framed, stream) = events(Protocol::OpenAiChat, &chat(&[(0, "{}"), (1, "{}"), (0, r#"{"a":1}"#)]));
    check_framed(&framed);
    assert_eq!(read(Protocol::Anthropic, &stream).finish, Some(FinishReason::Length));
    // Blanks are none.
    let (_, stream) = events(Protocol::OpenAiChat, &chat(&[(0, "{}"), (1, "{}"), (0, "\n")]));
    check_calls(&stream, &["{}", "{}"]);
}
