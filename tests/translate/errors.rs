//! The words that errors have for clients: each protocol's own, whatever the service said.

use fcall::protocol::{Protocol, Translator};
use serde_json::Value;

use crate::PROTOCOLS;

/// A service's error inside a stream, and the number that it would have had.
const SAID: [(Protocol, &str, u16); 6] = [
    (Protocol::Anthropic, r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}"#, 529),
    (Protocol::Anthropic, r#"{"type":"error","error":{"type":"api_error","message":"Busy."}}"#, 500),
    (Protocol::OpenAiChat, r#"{"error":{"message":"Busy.","code":429}}"#, 429),
    (
        Protocol::OpenAiChat,
        r#"{"error":{"message":"Busy.","type":"insufficient_quota","code":"insufficient_quota"}}"#,
        429,
    ),
    (Protocol::Gemini, r#"{"error":{"code":429,"message":"Busy.","status":"RESOURCE_EXHAUSTED"}}"#, 429),
    (Protocol::Gemini, r#"{"error":{"code":400,"message":"Busy.","status":"INVALID_ARGUMENT"}}"#, 400),
];

#[track_caller]
fn check(client: Protocol, error: &Value, status: u16, quota: bool) {
    let (kind, says) = (error["type"].as_str().unwrap_or_default(), error.to_string());
    assert_eq!(error["message"], "Busy.", "{client}: {says}");
    match client {
        Protocol::Anthropic => {
            let known = ["overloaded_error", "api_error", "rate_limit_error", "billing_error", "invalid_request_error"];
            let expected = match status {
                529 => known[0],
                429 if quota => known[3],
                429 => known[2],
                400 => known[4],
                _ => known[1],
            };
            assert_eq!(kind, expected, "{client}, {status}: {says}");
        }
        Protocol::Gemini => {
            assert_eq!(error["code"], status, "{client}: {says}");
            let expected = match status {
                529 => "UNAVAILABLE",
                429 => "RESOURCE_EXHAUSTED",
                400 => "INVALID_ARGUMENT",
                _ => "INTERNAL",
            };
            assert_eq!(error["status"], expected, "{client}, {status}: {says}");
        }
        _ => {
            let expected = match status {
                429 => "rate_limit_error",
                400 => "invalid_request_error",
                _ => "server_error",
            };
            assert_eq!(kind, expected, "{client}, {status}: {says}");
        }
    }
}

#[test]
fn a_client_is_told_errors_in_its_own_words() {
    for (service, said, status) in SAID {
        for client in PROTOCOLS.into_iter().filter(|client| *client != service) {
            let translator = Translator::new(client, service);
            let whole: Value = serde_json::from_slice(&translator.error(status, said.as_bytes())).expect("JSON");
            check(client, &whole["error"], status, said.contains("quota"));

            let event = if service == Protocol::Anthropic { "event: error\n" } else { "" };
            let came = format!("{event}data: {said}\n\n");
            let (mut stream, mut out) = (translator.stream("m"), Vec::new());
            assert!(stream.feed(came.as_bytes(), &mut out).is_err(), "{client} from {service}");
            let out = String::from_utf8(out).expect("text");
            let data = out.lines().rev().find_map(|line| line.strip_prefix("data: ")).expect("an event");
            let told: Value = serde_json::from_str(data).expect("JSON");
            check(client, &told["error"], status, said.contains("quota"));
        }
    }
}

/// The event of an error has its place behind all others.
#[test]
fn the_event_of_an_error_is_numbered_on() {
    let (mut stream, mut out) =
        (Translator::new(Protocol::OpenAiResponses, Protocol::OpenAiChat).stream("m"), Vec::new());
    let came =
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"error\":{\"message\":\"Busy.\"}}\n\n";
    assert!(stream.feed(came.as_bytes(), &mut out).is_err());
    let out = String::from_utf8(out).expect("text");
    let data = out.lines().filter_map(|line| line.strip_prefix("data: "));
    let numbers = data.map(|data| serde_json::from_str::<Value>(data).expect("JSON")["sequence_number"].as_u64());
    let numbers: Vec<_> = numbers.map(Option::unwrap_or_default).collect();
    assert!(numbers.len() > 2 && numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}: {out}");
}
