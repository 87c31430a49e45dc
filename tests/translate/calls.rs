//! The arguments of calls on their way through a translation.

use fcall::{
    message::{Delta, FinishReason},
    protocol::{Protocol, Translator},
};
use serde_json::Value;

use crate::{PROTOCOLS, events, translated};

/// The data of all events.
fn data(events: &[u8]) -> Vec<Value> {
    let text = str::from_utf8(events).expect("text");
    let lines = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    lines.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

/// The arguments as a client of OpenAI's makes them of the pieces, and as it is told them at the end.
fn arguments(client: Protocol, events: &[u8]) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match client {
        Protocol::OpenAiChat => {
            let calls = data(events).into_iter().map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0].clone());
            (calls.map(|call| text(&call["function"]["arguments"])).collect(), Vec::new())
        }
        _ => {
            let (mut pieces, mut told) = (String::new(), Vec::new());
            for event in data(events) {
                match event["type"].as_str().unwrap_or_default() {
                    "response.function_call_arguments.delta" => pieces += &text(&event["delta"]),
                    "response.function_call_arguments.done" => told.push(text(&event["arguments"])),
                    "response.output_item.done" => told.push(text(&event["item"]["arguments"])),
                    "response.completed" => told.push(text(&event["response"]["output"][0]["arguments"])),
                    _ => {}
                }
            }
            (pieces, told)
        }
    }
}

/// A tool without parameters is called without arguments; OpenAI's clients read them as JSON all the same.
#[test]
fn a_streamed_call_without_arguments_has_an_empty_object() {
    let start = || Delta::CallStart { part: 0, id: "call_1".to_owned(), name: "now".to_owned() };
    let argued = |text: &str| Delta::CallArguments { part: 0, text: text.to_owned() };
    for (pieces, expected) in [(vec![], "{}"), (vec![""], "{}"), (vec!["{", "}"], "{}"), (vec![" "], " {}")] {
        for service in PROTOCOLS {
            let said = pieces.iter().map(|piece| argued(piece));
            let ends = [Delta::CallEnd { part: 0 }, Delta::Finish(FinishReason::ToolCalls)];
            let deltas: Vec<_> = [start()].into_iter().chain(said).chain(ends).collect();
            let came = events(service, &deltas);
            for client in [Protocol::OpenAiChat, Protocol::OpenAiResponses] {
                // what comes from the same protocol goes on as it is
                let out = match client == service {
                    true => came.clone(),
                    false => translated(Translator::new(client, service).stream("m"), &came, 7),
                };
                let (made, told) = arguments(client, &out);
                assert_eq!(made.trim(), expected.trim(), "{client} from {service}: {pieces:?}");
                assert!(told.iter().all(|told| *told == made), "{client} from {service}: {told:?}");
                assert_eq!(told.len(), if client == Protocol::OpenAiChat { 0 } else { 3 }, "{client} from {service}");
            }
        }
    }
}

/// Gemini's arguments are an object; what else a model wrote can't be said there, and is told.
#[test]
fn arguments_that_are_no_object_are_told() {
    for (written, told) in [("{x:1}", true), ("[1]", true), ("{\"a\":1", true), ("7", true), ("", false), ("{}", false)]
    {
        for service in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic] {
            let deltas = [
                Delta::CallStart { part: 0, id: "call_1".to_owned(), name: "now".to_owned() },
                Delta::CallArguments { part: 0, text: written.to_owned() },
                Delta::CallEnd { part: 0 },
                Delta::Finish(FinishReason::ToolCalls),
            ];
            let (mut stream, mut out) = (Translator::new(Protocol::Gemini, service).stream("m"), Vec::new());
            stream.feed(&events(service, &deltas), &mut out).expect("events");
            let losses = stream.finish(&mut out).expect("an end");
            let losses: Vec<_> = losses.iter().map(|loss| loss.keyword.as_str()).collect();
            assert_eq!(losses == ["arguments"], told, "{service}, {written}: {losses:?}");
            let out = String::from_utf8(out).expect("text");
            assert!(out.contains(r#""args":{}"#), "{service}, {written}: {out}");
        }
    }
}

/// Gemini gives its calls no ids; those that are made up differ from reply to reply, and are the same whole and streamed.
#[test]
fn made_up_ids_are_unique_in_a_conversation() {
    for client in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic] {
        let mut seen = Vec::new();
        for reply in ["reply-1", "reply-2"] {
            let parts = r#"[{"functionCall":{"name":"now","args":{}}},{"functionCall":{"name":"now","args":{}}}]"#;
            let candidate = format!(r#"{{"content":{{"role":"model","parts":{parts}}},"finishReason":"STOP"}}"#);
            let came = format!(r#"{{"responseId":"{reply}","candidates":[{candidate}]}}"#);
            let translator = Translator::new(client, Protocol::Gemini);
            let whole = translator.response(came.as_bytes()).expect("a reply").body;
            let streamed = translated(translator.stream("m"), format!("data: {came}\n\n").as_bytes(), 11);
            let ids = |body: &[u8]| -> Vec<_> {
                crate::read(client, body).message.tool_calls().map(|call| call.id.clone()).collect()
            };
            assert_eq!(ids(&whole), ids(&streamed), "{client}");
            seen.extend(ids(&whole));
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((count, seen.len()), (4, 4), "{client}: {seen:?}");
    }
}

/// A Responses stream says all of a text once more in one event: who expects long ones sets the bound.
#[test]
fn bounds_can_be_set() {
    let text = "long ".repeat(300_000);
    let came = events(
        Protocol::OpenAiResponses,
        &[Delta::Text { part: 0, text: text.clone() }, Delta::Finish(FinishReason::Stop)],
    );
    let mut limits = fcall::protocol::Limits::default();
    let stream = |limits| {
        let translator = Translator::new(Protocol::OpenAiChat, Protocol::OpenAiResponses).limits(limits);
        let (mut stream, mut out) = (translator.stream("m"), Vec::new());
        stream.feed(&came, &mut out).and_then(|()| stream.finish(&mut out).map(|_| out))
    };
    let error = stream(limits).expect_err("an event above 1 MiB").to_string();
    assert!(error.contains("1048576"), "{error}");
    limits.event = 8 << 20;
    let out = String::from_utf8(stream(limits).expect("a larger bound")).expect("text");
    assert!(out.contains(&text), "{} bytes", out.len());
}
