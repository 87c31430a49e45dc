//! Gemini beyond single examples: what goes back is what came, and requests in all spellings are understood.

use fcall::{
    Agent,
    message::{
        Assembler, Content, Delta, FinishReason, History, Message, Part, Request, RequestOptions, Role, ToolCall,
        ToolChoice, ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Incoming, Protocol, Translator},
    testing::{Fault, Script, Server},
    tool, tools,
};
use serde_json::{Value, json};

fn decode(events: &str) -> Message {
    let mut reply = Assembler::new(1);
    Protocol::Gemini.decode(events.as_bytes(), &mut reply).expect("a reply");
    reply.finish().message
}

fn encode(messages: &[Message], model: &str) -> Value {
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let dialect = Dialect::official(Protocol::Gemini, model);
    let request = Request::new(messages, &tools, &options);
    let encoded = Protocol::Gemini.encode(model, &dialect, &request).expect("a request");
    serde_json::from_slice(&encoded.body).expect("JSON")
}

fn read(body: &Value) -> Incoming {
    Protocol::Gemini.read_request(body.to_string().as_bytes()).expect("a request")
}

#[test]
fn a_turn_goes_back_part_by_part_as_it_came() {
    let parts = json!([
        {"text": "Two cities.", "thought": true},
        {"text": "Checking.", "thoughtSignature": "-_+/aA=="},
        {"functionCall": {"name": "weather", "args": {"n": 5.0}}, "thoughtSignature": "Q2lN+/bX"},
        {"functionCall": {"name": "weather", "args": {"n": 6}, "id": "x1"}},
        {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "A-_w"},
        {"futurePart": {"a": [1]}},
        {"text": "", "thoughtSignature": "ZzA="}
    ]);
    let whole = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}]});
    let events: Vec<String> = parts
        .as_array()
        .expect("a list")
        .iter()
        .map(|part| format!("data: {}\n\n", json!({"candidates": [{"content": {"parts": [part]}}]})))
        .collect();
    let end = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    for reply in [whole.to_string(), events.concat() + end] {
        let said = decode(&reply);
        let results: Vec<_> = said.tool_calls().map(|call| ToolResult::text(call, &*call.id)).collect();
        let body = encode(&[Message::user("Hi"), said, Message::tool_results(results)], "gemini-3-pro-preview");
        assert_eq!(body["contents"][1]["parts"], parts);
        // An id goes back where one came, and nowhere else; ours stays here.
        let answers = json!([
            {"functionResponse": {"name": "weather", "response": {"output": "call_1_2"}}},
            {"functionResponse": {"id": "x1", "name": "weather", "response": {"output": "x1"}}},
        ]);
        assert_eq!(body["contents"][2]["parts"], answers);
    }
}

#[test]
fn answers_are_matched_by_id_and_else_by_order() {
    let call = |name: &str, id: Option<&str>| match id {
        Some(id) => json!({"functionCall": {"name": name, "id": id}}),
        None => json!({"functionCall": {"name": name, "args": {}}}),
    };
    let answer = |name: &str, id: Option<&str>, text: &str| match id {
        Some(id) => json!({"functionResponse": {"name": name, "id": id, "response": {"result": text}}}),
        None => json!({"functionResponse": {"name": name, "response": {"error": text}}}),
    };
    let incoming = read(&json!({"contents": [
        {"role": "user", "parts": [{"text": "Hi"}]},
        {"role": "model", "parts": [call("a", None), call("b", Some("x")), call("a", None), call("b", Some("y"))]},
        {"role": "function", "parts": [
            answer("b", Some("y"), "4"), answer("a", None, "1"), answer("a", None, "3"), answer("b", Some("x"), "2"),
        ]},
    ]}));
    let calls: Vec<&ToolCall> = incoming.messages[1].tool_calls().collect();
    let answered: Vec<(&str, String, bool)> = calls
        .iter()
        .map(|call| {
            let results = incoming.messages[2].parts.iter().filter_map(|part| match part {
                Part::ToolResult(result) if result.call_id == call.id => Some(result),
                _ => None,
            });
            let results: Vec<&ToolResult> = results.collect();
            let [result] = results[..] else { panic!("{call:?} is answered {} times", results.len()) };
            (&*call.name, result.to_text(), result.is_error)
        })
        .collect();
    let expected = [
        ("a", "1".into(), true),
        ("b", r#"{"result":"2"}"#.into(), false),
        ("a", "3".into(), true),
        ("b", r#"{"result":"4"}"#.into(), false),
    ];
    assert_eq!(answered, expected);
    assert_eq!(incoming.messages[2].role, Role::Tool);
}

#[test]
fn either_spelling_and_either_schema_is_read() {
    let incoming = read(&json!({
        "system_instruction": "Be brief.",
        "contents": {"parts": [
            {"text": "What is it?"},
            {"inline_data": {"mime_type": "image/png", "data": "iVBORw0KGgo="}},
            {"fileData": {"fileUri": "gs://bucket/a.pdf", "mimeType": "application/pdf"}},
        ]},
        "tools": [{"function_declarations": [{"name": "look", "description": "Looks", "parameters": {
            "type": "OBJECT",
            "properties": {
                "type": {"type": "STRING", "nullable": true, "enum": ["a"]},
                "list": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "2"},
            },
            "required": ["list"],
        }}]}],
        "tool_config": {"function_calling_config": {"mode": "any", "allowed_function_names": ["look"]}},
        "generation_config": {"max_output_tokens": 50, "top_k": 3, "stop_sequences": ["END"]},
    }));
    assert_eq!(incoming.messages[0], Message::system("Be brief."));
    assert!(matches!(&incoming.messages[1].parts[..], [Part::Text(_), Part::Media(_), Part::Media(_)]));
    assert_eq!(incoming.tool_choice, ToolChoice::named("look"));
    assert_eq!((incoming.options.max_tokens, &incoming.options.stop[..]), (Some(50), &["END".to_owned()][..]));
    assert_eq!(incoming.options.extra["generationConfig"], json!({"topK": 3}));
    let schema: Value = serde_json::from_str(&incoming.tools.as_slice()[0].schema).expect("JSON");
    assert_eq!(
        schema,
        json!({
            "type": "object",
            "properties": {
                "type": {"type": ["string", "null"], "enum": ["a", null]},
                "list": {"type": "array", "items": {"type": "integer"}, "minItems": 2},
            },
            "required": ["list"],
        })
    );
}

#[test]
fn strict_tools_ask_for_calls_that_keep_to_their_schema() {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let mut spec = ToolSpec::new("look", "", schema);
    spec.strict = true;
    let (messages, tools, options) = ([Message::user("Hi")], ToolSpecs::new(vec![spec]), RequestOptions::default());
    let request = Request::new(&messages, &tools, &options);
    let encoded = Protocol::Gemini.encode("m", &Dialect::official(Protocol::Gemini, "m"), &request).expect("sent");
    let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
    assert_eq!(body["toolConfig"], json!({"functionCallingConfig": {"mode": "VALIDATED"}}));
    assert_eq!(encoded.losses, []);
    assert!(read(&body).tools.as_slice()[0].strict);
}

/// Add two numbers
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn answer(parts: &Value, reason: &str) -> Fault {
    let reply = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason}]});
    Fault::answer(200).body(reply.to_string())
}

#[tokio::test]
async fn whole_numbers_that_come_as_doubles_are_whole() {
    let server = Server::start(Script::new().text("It is 5.")).await.expect("a port");
    server.fail_next(answer(&json!([{"functionCall": {"name": "add", "args": {"a": 2.0, "b": 3.0}}}]), "STOP"));
    let model = server.service(Protocol::Gemini).model("gemini-2.5-flash");
    let run = Agent::builder(model).tools(tools![add]).build().expect("an agent").run("2 + 3?").await.expect("a run");
    assert_eq!(run.calls().next().expect("a call").result.content, [Content::Json("5".into())]);
}

#[tokio::test]
async fn a_call_that_the_service_takes_back_is_not_carried_out() {
    for reason in ["UNEXPECTED_TOOL_CALL", "MALFORMED_FUNCTION_CALL", "TOO_MANY_TOOL_CALLS"] {
        let server = Server::start(Script::new().text("It is 5.")).await.expect("a port");
        server.fail_next(answer(&json!([{"functionCall": {"name": "add", "args": {"a": 2, "b": 3}}}]), reason));
        let model = server.service(Protocol::Gemini).model("gemini-2.5-flash");
        let run = Agent::builder(model).tools(tools![add]).build().expect("an agent").run("2 + 3?").await;
        let run = run.expect("a run");
        assert_eq!((run.calls().count(), run.turns), (0, 2), "{reason}: the model is asked again");
        assert_eq!(run.text, "It is 5.", "{reason}");
    }
}

#[test]
fn a_written_stream_keeps_the_order_of_its_parts() {
    let (id, name) = (String::new(), "now".to_owned());
    let deltas = [
        Delta::CallStart { part: 0, id, name },
        Delta::Text { part: 1, text: "Behind it.".into() },
        Delta::CallArguments { part: 0, text: "{\"a\":1}".into() },
        Delta::CallEnd { part: 0 },
        Delta::CallStart { part: 2, id: "half".into(), name: "later".into() },
        Delta::Finish(FinishReason::Length),
    ];
    let mut events = Vec::new();
    let mut writer = Protocol::Gemini.stream_writer("m");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    let said = decode(&String::from_utf8(events).expect("text"));
    let [Part::ToolCall(call), Part::Text(text)] = &said.parts[..] else { panic!("{said:?}") };
    assert_eq!((&*call.name, &*call.arguments, &*text.text), ("now", "{\"a\":1}", "Behind it."));
}

/// What a reply says that ends for this reason.
fn ends(reason: &str) -> FinishReason {
    let call = json!({"functionCall": {"name": "now", "args": {}}});
    let body = json!({"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": reason}]});
    let mut reply = Assembler::new(1);
    Protocol::Gemini.decode(body.to_string().as_bytes(), &mut reply).expect("a reply");
    let reply = reply.finish();
    let void = matches!(reply.finish, Some(FinishReason::Malformed(_)));
    assert_eq!(reply.message.tool_calls().count(), usize::from(!void), "{reason}: what is void is not carried out");
    reply.finish.expect("an end")
}

#[test]
fn what_the_service_takes_back_is_told_as_malformed() {
    for reason in [
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    ] {
        assert_eq!(ends(reason), FinishReason::Malformed(reason.to_owned()));
        // Every other client hears of it, whole and in pieces.
        let body = json!({"candidates": [{"content": {}, "finishReason": reason}]}).to_string();
        for client in Protocol::ALL.into_iter().filter(|client| *client != Protocol::Gemini) {
            let translator = Translator::new(client, Protocol::Gemini);
            let whole = translator.response(body.as_bytes()).expect("translated").body;
            let mut streaming = translator.stream("m");
            let mut events = Vec::new();
            streaming.feed(format!("data: {body}\n\n").as_bytes(), &mut events).expect("translated");
            streaming.finish(&mut events).expect("translated");
            for said in [whole, events] {
                assert!(
                    String::from_utf8_lossy(&said).contains(reason),
                    "{client}: {}",
                    String::from_utf8_lossy(&said)
                );
            }
        }
    }
    assert_eq!(ends("OTHER"), FinishReason::Other("OTHER".to_owned()));
    assert_eq!(ends("STOP"), FinishReason::ToolCalls);
}

#[test]
fn a_paused_reply_goes_on_by_its_token() {
    let paused = |text: &str, token: &str| {
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]},
            "finishReason": "CONTINUATION", "continuationToken": token}]})
    };
    let read = |body: &Value| {
        let (mut whole, mut streamed) = (Assembler::new(1), Assembler::new(1));
        Protocol::Gemini.decode(body.to_string().as_bytes(), &mut whole).expect("a reply");
        Protocol::Gemini.decode(format!("data: {body}\n\n").as_bytes(), &mut streamed).expect("a stream");
        let whole = whole.finish();
        assert_eq!(whole, streamed.finish());
        whole
    };
    let first = read(&paused("One, ", "dG9rZW4x"));
    assert_eq!(first.finish, Some(FinishReason::Paused));
    // A server says it again.
    let again: Value = serde_json::from_slice(&Protocol::Gemini.write_response(&first)).expect("JSON");
    assert_eq!(read(&again).message, first.message);

    let (tools, options, history) = (ToolSpecs::default(), RequestOptions::default(), History::default());
    let mut messages = vec![Message::user("Count"), first.message];
    let sent = |messages: &[Message]| -> Value {
        let dialect = Dialect::official(Protocol::Gemini, "m");
        let request = Request::new(messages, &tools, &options);
        let fresh = Protocol::Gemini.encode("m", &dialect, &request).expect("a request").body;
        let kept = Protocol::Gemini.encode("m", &dialect, &request.history(&history)).expect("a request").body;
        assert_eq!(fresh, kept);
        serde_json::from_slice(&fresh).expect("JSON")
    };
    let user = json!({"role": "user", "parts": [{"text": "Count"}]});
    // The same request again, with the token; twice over.
    assert_eq!(sent(&messages), json!({"contents": [user], "continuationToken": "dG9rZW4x"}));
    messages.push(read(&paused("two, ", "dG9rZW4y")).message);
    assert_eq!(sent(&messages), json!({"contents": [user], "continuationToken": "dG9rZW4y"}));
    // Once it is whole, what was said is said, and the tokens have done their work.
    messages.push(Message::assistant("three."));
    messages.push(Message::user("More"));
    let texts = json!([{"text": "One, "}, {"text": "two, "}, {"text": "three."}]);
    let more = json!({"role": "user", "parts": [{"text": "More"}]});
    assert_eq!(sent(&messages), json!({"contents": [user, {"role": "model", "parts": texts}, more]}));
}
