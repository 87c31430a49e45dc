//! Recorded traffic: what every record of each protocol says, whole, as a stream, and in pieces of three bytes.
//!
//! The corpus is not part of the repository: `FCALL_CORPUS` says where it is, and without it there is nothing to test.

use std::{collections::HashSet, env, fs, path::PathBuf};

use fcall::{
    message::{Assembler, FinishReason, ToolCall},
    protocol::Protocol,
};
use serde_json::{Value, json};

fn corpus() -> Option<PathBuf> {
    let corpus = env::var_os("FCALL_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        eprintln!("skipped: FCALL_CORPUS does not say where the recorded traffic is");
    }
    corpus
}

#[test]
fn openai_chat_traffic() {
    check_all(Protocol::OpenAiChat, 870);
}

#[test]
fn openai_responses_traffic() {
    check_all(Protocol::OpenAiResponses, 429);
}

#[test]
fn anthropic_traffic() {
    check_all(Protocol::Anthropic, 340);
}

#[test]
fn gemini_traffic() {
    check_all(Protocol::Gemini, 428);
}

fn check_all(protocol: Protocol, at_least: usize) {
    let Some(corpus) = corpus() else { return };
    let path = corpus.join("traffic").join(format!("{protocol}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (mut failures, mut scored) = (Vec::new(), 0);
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("a record");
        if record["expect"]["scored"] != json!(true) {
            continue;
        }
        scored += 1;
        let chops: &[usize] = if record["streaming"] == json!(true) { &[usize::MAX, 3] } else { &[usize::MAX] };
        for chop in chops {
            if let Err(why) = check(protocol, &record, *chop) {
                failures.push(format!("{} in pieces of {chop}: {why}", record["id"]));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {scored} records:\n{}", failures.len(), failures.join("\n"));
    assert!(scored >= at_least, "only {scored} records");
}

fn check(protocol: Protocol, record: &Value, chop: usize) -> Result<(), String> {
    let expected = &record["expect"];
    let body = record["response"].as_str().map_or_else(|| record["response"].to_string(), str::to_owned);
    let status = record["status"].as_u64().unwrap_or(200);
    let mut reply = Assembler::new(1);
    let error = match status {
        400.. => Some(protocol.decode_error(u16::try_from(status).expect("a status"), body.as_bytes())),
        _ => {
            let mut decoder = protocol.decoder();
            let mut pieces = body.as_bytes().chunks(chop.min(body.len().max(1)));
            let fed = pieces.try_for_each(|piece| decoder.feed(piece, &mut reply));
            fed.and_then(|()| decoder.finish(&mut reply)).err()
        }
    };
    match (&error, expected["error"].is_null()) {
        (Some(_), false) => return Ok(()),
        (None, true) => {}
        (error, _) => return Err(format!("error: expected {}, got {error:?}", expected["error"])),
    }
    let half: Vec<ToolCall> = reply.unfinished_calls().cloned().collect();
    let response = reply.finish();
    let text = response.message.text();
    if expected["text"] != json!(text) {
        return Err(format!("text: expected {}, got {text:?}", expected["text"]));
    }
    let finish = response.finish.as_ref().map(|finish| match finish {
        FinishReason::Stop => "stop",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        _ => "other",
    });
    let also = expected["also"]["finish"].as_array().is_some_and(|also| also.contains(&json!(finish)));
    if expected["finish"] != json!(finish) && !also {
        return Err(format!("finish: expected {}, got {finish:?}", expected["finish"]));
    }
    let whole: Vec<ToolCall> = response.message.tool_calls().cloned().collect();
    // Those of a reply that was cut off, or that the service took back, were made all the same.
    let cut =
        matches!(response.finish, Some(FinishReason::Length | FinishReason::Malformed(_) | FinishReason::Other(_)));
    let calls: Vec<ToolCall> = whole.into_iter().chain(half.into_iter().filter(|_| cut)).collect();
    check_calls(expected["tool_calls"].as_array().expect("a list"), &calls)
}

fn check_calls(expected: &[Value], calls: &[ToolCall]) -> Result<(), String> {
    let ids: HashSet<&str> = calls.iter().map(|call| call.id.as_str()).collect();
    let equal = |(expected, call): (&Value, &ToolCall)| {
        let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
        let arguments = serde_json::from_str(arguments).unwrap_or_else(|_| json!(arguments));
        expected["name"] == json!(call.name)
            && expected["arguments"] == arguments
            && (expected["id"].is_null() || expected["id"] == json!(call.id))
    };
    match expected.len() == calls.len() && ids.len() == calls.len() && expected.iter().zip(calls).all(equal) {
        true => Ok(()),
        false => Err(format!("calls: expected {expected:?}, got {calls:?}")),
    }
}
