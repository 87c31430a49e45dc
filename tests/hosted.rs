//! Tools that a provider runs, and parts that only its protocol has: kept to the letter for that protocol, told by name
//! to every other.

use fcall::{
    message::{Assembler, Delta, History, Message, Origin, Part, Request, RequestOptions, Sink, ToolResult, ToolSpecs},
    protocol::{Dialect, Protocol, Translator},
};
use serde_json::{Value, json};

/// A request with a tool that the provider runs, a function that its protocol says more of than others, and what the
/// provider's tool did; with the names by which all that must be told.
fn asked(protocol: Protocol) -> (Value, &'static [&'static str]) {
    match protocol {
        Protocol::OpenAiChat => (
            json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": [
                {"type": "function", "function": {"name": "now", "parameters": {"type": "object"}, "house_key": 1}},
                {"type": "custom", "custom": {"name": "lark", "format": {"type": "text"}}}]}),
            &["tools.lark", "house_key"],
        ),
        Protocol::OpenAiResponses => (
            json!({"model": "m", "input": [{"role": "user", "content": "Hi"},
                {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
                {"role": "assistant", "content": "Found."}, {"role": "user", "content": "More"}],
              "tools": [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}},
                {"type": "function", "name": "now", "parameters": {"type": "object"}, "strict": false, "defer_loading": true}],
              "store": false}),
            &["tools.web_search", "tools.code_interpreter", "defer_loading", "`web_search_call`"],
        ),
        Protocol::Anthropic => (
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"},
                {"role": "assistant", "content": [
                  {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                  {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"encrypted_content": "E"}]},
                  {"type": "text", "text": "Found."}]}, {"role": "user", "content": "More"}],
              "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
                {"type": "computer_20250124", "name": "computer", "display_width_px": 1024, "display_height_px": 768},
                {"name": "now", "input_schema": {"type": "object"}, "input_examples": [{}]}]}),
            &["tools.web_search", "tools.computer", "input_examples", "`web_search`", "`web_search_tool_result`"],
        ),
        _ => (
            json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]},
                {"role": "model", "parts": [{"executableCode": {"language": "PYTHON", "code": "1"}}, {"text": "1"}]},
                {"role": "user", "parts": [{"text": "More"}]}],
              "tools": [{"functionDeclarations": [{"name": "now", "behavior": "BLOCKING"}]}, {"googleSearch": {}},
                {"codeExecution": {}}]}),
            &["tools.googleSearch", "tools.codeExecution", "behavior", "`executableCode`"],
        ),
    }
}

/// The tools and the conversation of a body, as texts in any order.
fn pieces(body: &Value) -> Vec<String> {
    let lists = ["tools", "messages", "input", "contents"].map(|key| body[key].as_array().cloned().unwrap_or_default());
    let mut pieces: Vec<String> = lists.into_iter().flatten().map(|piece| piece.to_string()).collect();
    pieces.sort();
    pieces
}

#[test]
fn its_own_protocol_gets_all_of_it_back() {
    for protocol in Protocol::ALL {
        let (body, _) = asked(protocol);
        let translated =
            Translator::new(protocol, protocol).request(body.to_string().as_bytes(), None).expect("sent on");
        assert_eq!(translated.losses, [], "{protocol}");
        let mut sent: Value = serde_json::from_slice(&translated.body).expect("JSON");
        // What is said of no parameters differs, and means the same.
        let plain = |text: String| text.replace(r#","properties":{}"#, "");
        sent = serde_json::from_str(&plain(sent.to_string())).expect("JSON");
        for piece in pieces(&body) {
            let said = pieces(&sent).iter().any(|other| same(&piece, other));
            assert!(said, "{protocol}: {piece} is not in {sent}");
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let (a, mut b) = (value(a), value(b));
    // A content of one text may be written as the text.
    if let (Some(text), Some([block])) = (a["content"].as_str(), b["content"].as_array().map(Vec::as_slice))
        && block["text"] == text
    {
        b["content"] = json!(text);
    }
    a == b
}

#[test]
fn every_other_protocol_is_told_what_is_missing_by_name() {
    for client in Protocol::ALL {
        let (body, names) = asked(client);
        for service in Protocol::ALL.into_iter().filter(|service| *service != client) {
            let translated = Translator::new(client, service).request(body.to_string().as_bytes(), Some("m"));
            let translated = translated.expect("translated");
            let told: Vec<String> = translated.losses.iter().map(ToString::to_string).collect();
            for name in names {
                assert!(told.iter().any(|loss| loss.contains(name)), "{client} to {service}: {name} in {told:?}");
            }
            assert_eq!(told.len(), names.len(), "{client} to {service}: {told:?}");
            let sent = String::from_utf8_lossy(&translated.body).into_owned();
            assert!(sent.contains("now"), "{client} to {service}: the function goes out: {sent}");
            let left =
                ["web_search", "computer", "code_interpreter", "lark", "googleSearch", "executableCode", "house"];
            assert!(!left.iter().any(|word| sent.contains(word)), "{client} to {service}: {sent}");
        }
    }
}

#[test]
fn a_hosted_tool_alone_can_be_chosen() {
    let search = Origin::new("anthropic", r#"{"type":"web_search_20250305","name":"web_search"}"#);
    let tools = ToolSpecs::new(Vec::new()).with_hosted(vec![search]);
    let (messages, options) = ([Message::user("Hi")], RequestOptions::default());
    let choice = fcall::ToolChoice::named("web_search");
    let request = Request::new(&messages, &tools, &options).tool_choice(&choice);
    let dialect = Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5");
    let sent = Protocol::Anthropic.encode("m", &dialect, &request).expect("a request");
    let body: Value = serde_json::from_slice(&sent.body).expect("JSON");
    assert_eq!(body["tools"][0]["type"], "web_search_20250305");
    assert_eq!(body["tool_choice"], json!({"type": "tool", "name": "web_search"}));
    let error = Protocol::Gemini.encode("m", &Dialect::official(Protocol::Gemini, "m"), &request).expect_err("no such");
    assert!(error.to_string().contains("web_search"), "{error}");
}

/// A tool that the service runs is named in its own way, which is not a function's; Gemini has none.
#[test]
fn a_hosted_tool_is_chosen_as_its_wire_spells_it() {
    let (messages, options) = ([Message::user("Hi")], RequestOptions::default());
    let choose = |protocol: Protocol, tool: &str, name: &str| -> fcall::Result<(Value, Vec<u8>)> {
        let tools = ToolSpecs::new(Vec::new()).with_hosted(vec![Origin::new(protocol.name(), tool)]);
        let choice = fcall::ToolChoice::named(name);
        let request = Request::new(&messages, &tools, &options).tool_choice(&choice);
        let sent = protocol.encode("m", &Dialect::official(protocol, "m"), &request)?;
        let body: Value = serde_json::from_slice(&sent.body).expect("JSON");
        Ok((body["tool_choice"].clone(), sent.body))
    };
    let responses = Protocol::OpenAiResponses;
    for (tool, name, choice) in [
        (r#"{"type":"web_search"}"#, "web_search", json!({"type": "web_search"})),
        (r#"{"type":"custom","name":"lark"}"#, "lark", json!({"type": "custom", "name": "lark"})),
        (
            r#"{"type":"mcp","server_label":"house","server_url":"https://mcp.example"}"#,
            "mcp",
            json!({"type": "mcp", "server_label": "house"}),
        ),
    ] {
        assert_eq!(choose(responses, tool, name).expect("a request").0, choice);
    }
    let custom = r#"{"type":"custom","custom":{"name":"lark"}}"#;
    let (choice, body) = choose(Protocol::OpenAiChat, custom, "lark").expect("a request");
    assert_eq!(choice, json!({"type": "custom", "custom": {"name": "lark"}}));
    let read = Protocol::OpenAiChat.read_request(&body).expect("a request");
    assert_eq!(read.tool_choice, fcall::ToolChoice::named("lark"));
    let error = choose(Protocol::Gemini, r#"{"googleSearch":{}}"#, "googleSearch").expect_err("not to be forced");
    assert!(error.to_string().contains("googleSearch"), "{error}");
}

/// A reply with parts of the provider's own, as a stream and as a whole.
fn replies(protocol: Protocol) -> (String, Value, &'static [&'static str]) {
    match protocol {
        Protocol::OpenAiResponses => {
            let search =
                json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}});
            let said = json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": "Found.", "annotations": []}]});
            let whole =
                json!({"id": "r", "object": "response", "status": "completed", "model": "m", "output": [search, said]});
            let event = |kind: &str, index: usize, item: &Value| {
                format!("data: {}\n\n", json!({"type": kind, "output_index": index, "item": item}))
            };
            let done = format!("data: {}\n\n", json!({"type": "response.completed", "response": whole}));
            let stream = [
                event("response.output_item.added", 0, &search),
                event("response.output_item.done", 0, &search),
                event("response.output_item.added", 1, &said),
                event("response.output_item.done", 1, &said),
                done,
            ];
            (stream.concat(), whole, &["`web_search_call`"])
        }
        Protocol::Anthropic => {
            let used =
                json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}});
            let found = json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []});
            let unknown = json!({"type": "fallback", "reason": "r"});
            let text = json!({"type": "text", "text": "Found."});
            let blocks = [used, found, unknown, text];
            let whole = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": blocks,
                "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}});
            let mut stream = String::from(
                "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"m\",\"content\":[]}}\n\n",
            );
            for (index, block) in blocks.iter().enumerate() {
                let start = json!({"type": "content_block_start", "index": index, "content_block": block});
                let stop = json!({"type": "content_block_stop", "index": index});
                stream += &format!("data: {start}\n\ndata: {stop}\n\n");
            }
            stream += "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n";
            (stream, whole, &["`web_search`", "`web_search_tool_result`", "`fallback`"])
        }
        Protocol::Gemini => {
            let parts = json!([{"executableCode": {"language": "PYTHON", "code": "1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}, {"text": "Found."}]);
            let whole = json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP",
                "groundingMetadata": {"webSearchQueries": ["q"]}}]});
            (format!("data: {whole}\n\n"), whole, &["`executableCode`", "`codeExecutionResult`", "`groundingMetadata`"])
        }
        _ => {
            let whole = json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "stop", "message": {
                "role": "assistant", "content": "Found.", "annotations": [{"type": "url_citation"}]}}]});
            let chunk = json!({"id": "c", "model": "m", "choices": [{"index": 0, "delta": {
                "content": "Found.", "annotations": [{"type": "url_citation"}]}, "finish_reason": "stop"}]});
            (format!("data: {chunk}\n\ndata: [DONE]\n\n"), whole, &["`annotations`"])
        }
    }
}

fn opaque(deltas: &[Delta]) -> (String, Vec<Value>) {
    let mut reply = Assembler::new(1);
    deltas.iter().for_each(|delta| reply.push(delta.clone()));
    let message = reply.finish().message;
    let parts = message.parts.iter().filter_map(|part| match part {
        Part::Opaque(origin) => Some(serde_json::from_str(&origin.json).expect("JSON")),
        _ => None,
    });
    (message.text(), parts.collect())
}

#[test]
fn replies_keep_them_whole_and_streamed_read_and_written() {
    for protocol in Protocol::ALL {
        let (stream, whole, names) = replies(protocol);
        let (mut streamed, mut at_once) = (Vec::new(), Vec::new());
        protocol.decode(stream.as_bytes(), &mut streamed).expect("a stream");
        protocol.decode(whole.to_string().as_bytes(), &mut at_once).expect("a reply");
        let read = opaque(&streamed);
        assert_eq!(read, opaque(&at_once), "{protocol}");
        assert_eq!((read.0.as_str(), read.1.len()), ("Found.", names.len()), "{protocol}");
        // A server of the protocol says all of it again.
        let mut events = Vec::new();
        let mut writer = protocol.stream_writer("m");
        streamed.iter().for_each(|delta| writer.push(delta, &mut events));
        writer.finish(&mut events);
        let mut again = Vec::new();
        protocol.decode(&events, &mut again).expect("a written stream");
        assert_eq!(read, opaque(&again), "{protocol}: written as a stream");
        let mut reply = Assembler::new(1);
        streamed.iter().for_each(|delta| reply.push(delta.clone()));
        let mut again = Vec::new();
        protocol.decode(&protocol.write_response(&reply.finish()), &mut again).expect("a written reply");
        assert_eq!(read, opaque(&again), "{protocol}: written at once");
    }
}

#[test]
fn a_client_of_another_protocol_is_told_of_them_by_name() {
    for service in Protocol::ALL {
        let (stream, whole, names) = replies(service);
        for client in Protocol::ALL.into_iter().filter(|client| *client != service) {
            let translator = Translator::new(client, service);
            let at_once = translator.response(whole.to_string().as_bytes()).expect("translated");
            let mut streaming = translator.stream("m");
            let mut events = Vec::new();
            streaming.feed(stream.as_bytes(), &mut events).expect("translated");
            let streamed = streaming.finish(&mut events).expect("translated");
            for (form, losses) in [("whole", at_once.losses), ("stream", streamed)] {
                let told: Vec<String> = losses.iter().map(ToString::to_string).collect();
                assert_eq!(told.len(), names.len(), "{service} to {client}, {form}: {told:?}");
                for name in names {
                    assert!(told.iter().any(|loss| loss.contains(name)), "{service} to {client}, {form}: {told:?}");
                }
            }
        }
    }
}

#[test]
fn what_a_reply_rests_on_is_kept_and_not_sent_back() {
    for (protocol, key) in [(Protocol::OpenAiChat, "annotations"), (Protocol::Gemini, "groundingMetadata")] {
        let (stream, ..) = replies(protocol);
        let mut reply = Assembler::new(1);
        protocol.decode(stream.as_bytes(), &mut reply).expect("a stream");
        let messages = [Message::user("Hi"), reply.finish().message, Message::user("More")];
        let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
        let request = Request::new(&messages, &tools, &options);
        let sent = protocol.encode("m", &Dialect::official(protocol, "m"), &request).expect("a request");
        let body = String::from_utf8_lossy(&sent.body);
        assert!(body.contains("Found.") && !body.contains(key), "{protocol}: no request has this key: {body}");
        assert_eq!(sent.losses, [], "{protocol}: nobody misses it");
    }
}

#[test]
fn sources_that_come_in_several_chunks_are_joined() {
    let chunk = |text: &str, queries: Value, chunks: Value, finish: Option<&str>| {
        let candidate = json!({"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish,
            "groundingMetadata": {"webSearchQueries": queries, "groundingChunks": chunks}});
        format!("data: {}\n\n", json!({"candidates": [candidate]}))
    };
    let stream = chunk("Found", json!(["q"]), json!([{"web": {"uri": "a"}}]), None)
        + &chunk(".", json!(["q"]), json!([{"web": {"uri": "b"}}]), Some("STOP"));
    let mut deltas: Vec<Delta> = Vec::new();
    Protocol::Gemini.decode(stream.as_bytes(), &mut deltas).expect("a stream");
    let (text, parts) = opaque(&deltas);
    let all = json!({"groundingMetadata": {"webSearchQueries": ["q"],
        "groundingChunks": [{"web": {"uri": "a"}}, {"web": {"uri": "b"}}]}});
    assert_eq!((text.as_str(), parts), ("Found.", vec![all]));
}

/// Reads a reply, writes it as a stream and as a whole, and reads both again: all three say the same.
fn survives(protocol: Protocol, deltas: &[Delta]) -> Message {
    let assemble = |deltas: &[Delta]| {
        let mut reply = Assembler::new(1);
        deltas.iter().for_each(|delta| reply.push(delta.clone()));
        reply.finish()
    };
    let reply = assemble(deltas);
    let mut events = Vec::new();
    let mut writer = protocol.stream_writer("m");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    let (mut streamed, mut whole) = (Vec::new(), Vec::new());
    protocol.decode(&events, &mut streamed).expect("a written stream");
    protocol.decode(&protocol.write_response(&reply), &mut whole).expect("a written reply");
    assert_eq!(assemble(&streamed).message, reply.message, "{protocol}: as a stream");
    assert_eq!(assemble(&whole).message, reply.message, "{protocol}: at once");
    reply.message
}

#[test]
fn citations_and_what_a_call_says_besides_are_written_in_streams_too() {
    let cited = json!({"type": "text", "text": "Found.", "citations": [{"type": "char_location", "cited_text": "F"}]});
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}, "caller": {"type": "direct"}});
    let body = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [cited, call],
        "stop_reason": "tool_use", "usage": {}});
    let mut deltas = Vec::new();
    Protocol::Anthropic.decode(body.to_string().as_bytes(), &mut deltas).expect("a reply");
    let message = survives(Protocol::Anthropic, &deltas);
    let origins = message.parts.iter().filter(|part| match part {
        Part::Text(text) => text.origin.is_some(),
        Part::ToolCall(call) => call.origin.is_some(),
        _ => false,
    });
    assert_eq!(origins.count(), 2);
    for client in Protocol::ALL.into_iter().filter(|client| *client != Protocol::Anthropic) {
        let told = Translator::new(client, Protocol::Anthropic).response(body.to_string().as_bytes()).expect("told");
        let keywords: Vec<_> = told.losses.iter().map(|loss| loss.keyword.as_str()).collect();
        assert_eq!(keywords, ["citations", "caller"], "{client}");
    }

    let signed = json!({"google": {"thought_signature": "c2ln"}});
    let details = json!([{"type": "reasoning.encrypted", "data": "ZGF0YQ==", "index": 0}]);
    let body = json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
        "role": "assistant", "content": "Hi", "reasoning_details": details, "tool_calls": [
          {"id": "call_1", "type": "function", "function": {"name": "now", "arguments": "{}"}, "extra_content": signed},
          {"id": "call_2", "type": "custom", "custom": {"name": "lark", "input": "free text"}},
          {"id": "call_3", "type": "function", "function": {"name": "now", "arguments": "{}"}}]}}]});
    let mut deltas = Vec::new();
    Protocol::OpenAiChat.decode(body.to_string().as_bytes(), &mut deltas).expect("a reply");
    let message = survives(Protocol::OpenAiChat, &deltas);
    let calls: Vec<_> = message.tool_calls().collect();
    assert_eq!(calls[1].arguments, "free text");
    assert!(calls[0].origin.is_some() && calls[1].origin.is_some() && calls[2].origin.is_none());
    assert!(message.parts.iter().any(|part| matches!(part, Part::Opaque(_))));
}

#[test]
fn a_reply_that_starts_over_is_an_error_to_who_has_a_part_of_it() {
    for protocol in Protocol::ALL {
        let text = |text: &str| Delta::Text { part: 0, text: text.to_owned() };
        let write = |deltas: &[Delta]| {
            let mut events = Vec::new();
            let mut writer = protocol.stream_writer("m");
            deltas.iter().for_each(|delta| writer.push(delta, &mut events));
            writer.finish(&mut events);
            events
        };
        let finish = Delta::Finish(fcall::message::FinishReason::Stop);
        let events = write(&[text("Hel"), Delta::Restart, text("Hello"), finish.clone()]);
        let mut reply = Assembler::new(1);
        let error = protocol.decode(&events, &mut reply).expect_err("told");
        assert!(error.service_message().is_some_and(|said| said.contains("started over")), "{protocol}: {error}");
        assert!(error.is_retryable(), "{protocol}: {error}");
        assert_eq!(reply.finish().message.text(), "Hel", "{protocol}: nothing is joined");
        // Nothing has gone out yet: nobody need know.
        let begin = Delta::Begin { id: Some("r".to_owned()), model: None };
        let events = write(&[begin, Delta::Restart, text("Hello"), finish]);
        let mut reply = Assembler::new(1);
        protocol.decode(&events, &mut reply).expect("a reply");
        assert_eq!(reply.finish().message.text(), "Hello", "{protocol}");
    }
}

#[test]
fn a_call_that_no_function_answers_is_an_error_before_the_service_refuses_it() {
    let call = json!({"type": "computer_call", "id": "cu_1", "call_id": "call_1", "status": "completed", "action": {}});
    let said =
        |items: Value| json!({"id": "r", "object": "response", "status": "completed", "model": "m", "output": items});
    let mut reply = Assembler::new(1);
    Protocol::OpenAiResponses.decode(said(json!([call])).to_string().as_bytes(), &mut reply).expect("a reply");
    let reply = reply.finish().message;
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let encode = |messages: &[Message]| {
        let dialect = Dialect::official(Protocol::OpenAiResponses, "m");
        Protocol::OpenAiResponses.encode("m", &dialect, &Request::new(messages, &tools, &options))
    };
    let error = encode(&[Message::user("Click"), reply.clone(), Message::user("And?")]).expect_err("no answer");
    assert!(error.to_string().contains("`computer_call` (`call_1`)"), "{error}");
    assert!(error.to_string().contains("`computer_call_output`"), "{error}");

    let output =
        json!({"type": "computer_call_output", "call_id": "call_1", "output": {"type": "computer_screenshot"}});
    let mut answer = Message::user("");
    answer.parts = vec![Part::Opaque(Origin::new("openai-responses", output.to_string()))];
    let sent = encode(&[Message::user("Click"), reply, answer]).expect("answered");
    assert!(String::from_utf8_lossy(&sent.body).contains("computer_call_output"));
}

#[test]
fn what_another_protocol_said_of_a_text_or_a_call_is_told_when_it_is_not_sent() {
    let cited = json!({"type": "text", "text": "Found.", "citations": [{"type": "char_location", "cited_text": "F"}]});
    let call = json!({"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}, "caller": {"type": "direct"}});
    let body = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [cited, call],
        "stop_reason": "tool_use", "usage": {}});
    let mut reply = Assembler::new(1);
    Protocol::Anthropic.decode(body.to_string().as_bytes(), &mut reply).expect("a reply");
    let said = reply.finish().message;
    let result = ToolResult::error(said.tool_calls().next().expect("a call"), "no clock");
    let messages = [Message::user("Hi"), said, Message::tool_results(vec![result])];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    for protocol in Protocol::ALL {
        let dialect = Dialect::official(protocol, "m");
        let sent = protocol.encode("m", &dialect, &Request::new(&messages, &tools, &options)).expect("a request");
        let told: Vec<_> = sent.losses.iter().map(|loss| loss.keyword.as_str()).collect();
        let all = ["citations", "caller"].iter().all(|keyword| told.contains(keyword));
        assert_eq!(all, protocol != Protocol::Anthropic, "{protocol}: {told:?}");
        let history = History::default();
        let told = |messages: &[Message]| {
            let request = Request::new(messages, &tools, &options).history(&history);
            let sent = protocol.encode("m", &dialect, &request).expect("a request");
            sent.losses.iter().filter(|loss| loss.keyword == "citations").count()
        };
        let more = [&messages[..], &[Message::assistant("Noon."), Message::user("Thanks")]].concat();
        let twice = (told(&messages), told(&more));
        assert_eq!(twice, (usize::from(protocol != Protocol::Anthropic), 0), "{protocol}: told once of what is kept");
    }
}
