//! Gemini beyond single examples: what goes back is what came, and requests in all spellings are understood.

use fcall::{
    Agent,
    message::{
        Assembler, Content, Delta, FinishReason, Message, Part, Request, RequestOptions, Role, ToolCall, ToolChoice,
        ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Incoming, Protocol},
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
        let server = Server::start(Script::new()).await.expect("a port");
        server.fail_next(answer(&json!([{"functionCall": {"name": "add", "args": {"a": 2, "b": 3}}}]), reason));
        let model = server.service(Protocol::Gemini).model("gemini-2.5-flash");
        let run = Agent::builder(model).tools(tools![add]).build().expect("an agent").run("2 + 3?").await;
        assert_eq!(run.expect("a run").calls().count(), 0, "{reason}");
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
