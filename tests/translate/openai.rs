//! What OpenAI's two wires say and the others don't, or say otherwise: kept where it can be, told where not.

use fcall::{
    message::{Assembler, Message, Request, RequestOptions, ToolSpecs},
    protocol::{Dialect, Protocol, Translator},
};
use serde_json::{Value, json};

pub(crate) const CHAT: Protocol = Protocol::OpenAiChat;
pub(crate) const RESPONSES: Protocol = Protocol::OpenAiResponses;

/// A client's request as the service gets it, and what is told of it.
#[track_caller]
pub(crate) fn sent(client: Protocol, service: Protocol, body: &Value) -> (Value, Vec<String>) {
    let translated = Translator::new(client, service).request(body.to_string().as_bytes(), Some("m"));
    let translated = translated.unwrap_or_else(|e| panic!("{client} to {service}: {e}"));
    let losses = translated.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&translated.body).expect("JSON"), losses)
}

/// The same of a request of Chat Completions with these messages.
#[track_caller]
pub(crate) fn said(service: Protocol, messages: &Value) -> (Value, Vec<String>) {
    sent(CHAT, service, &json!({"model": "m", "messages": messages}))
}

const CALLED: &str = "ls -l | wc";

#[test]
fn a_call_of_a_free_text_tool_stays_one() {
    let call = json!({"id": "call_1", "type": "custom", "custom": {"name": "sh", "input": CALLED}});
    let chat = json!([{"role": "user", "content": "Count"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"}]);
    let (same, losses) = said(CHAT, &chat);
    assert_eq!((&same["messages"], losses), (&chat, vec![]));

    let (other, losses) = said(RESPONSES, &chat);
    let items = json!([{"role": "user", "content": "Count"},
        {"type": "custom_tool_call", "call_id": "call_1", "name": "sh", "input": CALLED},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "3"}]);
    assert_eq!((&other["input"], losses), (&items, vec![]));
    let (back, losses) = sent(RESPONSES, CHAT, &json!({"model": "m", "input": items}));
    assert_eq!((&back["messages"], losses), (&chat, vec![]));

    // The others know no such call: what the model wrote stands in the result.
    for service in [Protocol::Anthropic, Protocol::Gemini] {
        let (body, losses) = said(service, &chat);
        assert!(body.to_string().contains(CALLED), "{service}: {body}");
        assert!(losses.iter().any(|loss| loss.contains("arguments")), "{service}: {losses:?}");
    }
}

/// A request of three tools, of which the first and the last may be called.
fn allowed(client: Protocol, mode: &str) -> Value {
    let parameters = json!({"type": "object", "properties": {}});
    let names = ["a", "b", "c"];
    let chat = |name: &str| json!({"type": "function", "function": {"name": name}});
    let flat = |name: &str| json!({"type": "function", "name": name});
    match client {
        Protocol::OpenAiChat => json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}],
            "tools": names.map(|name| json!({"type": "function", "function": {"name": name, "parameters": parameters}})),
            "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": [chat("a"), chat("c")]}}}),
        _ => json!({"model": "m", "input": [{"role": "user", "content": "Hi"}], "store": false,
            "tools": names.map(|name| json!({"type": "function", "name": name, "parameters": parameters, "strict": false})),
            "tool_choice": {"type": "allowed_tools", "mode": mode, "tools": [flat("a"), flat("c")]}}),
    }
}

/// The names of the tools that a request offers.
fn offered(service: Protocol, body: &Value) -> Vec<String> {
    let tools = if service == Protocol::Gemini { &body["tools"][0]["functionDeclarations"] } else { &body["tools"] };
    let name = |tool: &Value| tool["name"].as_str().or(tool["function"]["name"].as_str()).map(str::to_owned);
    tools.as_array().into_iter().flatten().filter_map(name).collect()
}

#[test]
fn the_model_may_call_no_more_tools_than_the_client_allowed() {
    for mode in ["auto", "required"] {
        for client in [CHAT, RESPONSES] {
            for service in [CHAT, RESPONSES] {
                let (body, losses) = sent(client, service, &allowed(client, mode));
                assert_eq!(body["tool_choice"], allowed(service, mode)["tool_choice"], "{client} to {service}");
                assert_eq!(offered(service, &body), ["a", "b", "c"], "{client} to {service}");
                assert_eq!(losses, [""; 0], "{client} to {service}");
            }
            let (body, losses) = sent(client, Protocol::Anthropic, &allowed(client, mode));
            assert_eq!(offered(Protocol::Anthropic, &body), ["a", "c"], "{client}: {body}");
            let kind = if mode == "auto" { "auto" } else { "any" };
            assert_eq!((&body["tool_choice"]["type"], losses), (&json!(kind), vec![]), "{client}");

            let (body, losses) = sent(client, Protocol::Gemini, &allowed(client, mode));
            let mode = if mode == "auto" { "VALIDATED" } else { "ANY" };
            let calling = &body["toolConfig"]["functionCallingConfig"];
            assert_eq!(calling, &json!({"mode": mode, "allowedFunctionNames": ["a", "c"]}), "{client}");
            assert_eq!(losses, [""; 0], "{client}");
            let body = body.to_string();
            let back = Translator::new(Protocol::Gemini, client).request(body.as_bytes(), Some("m")).expect("back");
            let back: Value = serde_json::from_slice(&back.body).expect("JSON");
            let sent = allowed(client, if mode == "ANY" { "required" } else { "auto" });
            assert_eq!(back["tool_choice"], sent["tool_choice"], "{client}");
        }
    }
}

/// A compatible server knows no lists of allowed tools.
#[test]
fn where_no_list_is_known_only_the_allowed_tools_are_offered() {
    let dialect = fcall::protocol::Dialect::of(CHAT, "https://api.groq.com/openai/v1", "m");
    let translator = Translator::new(CHAT, CHAT).dialect(dialect);
    for (mode, choice) in [("auto", "auto"), ("required", "required")] {
        let translated = translator.request(allowed(CHAT, mode).to_string().as_bytes(), None).expect("a request");
        let body: Value = serde_json::from_slice(&translated.body).expect("JSON");
        assert_eq!((offered(CHAT, &body), &body["tool_choice"]), (vec!["a".into(), "c".into()], &json!(choice)));
    }
}

/// Where none is allowed, or the service has none of those that are, none may be called.
#[test]
fn of_no_tools_none_may_be_called() {
    let mut none = allowed(CHAT, "auto");
    none["tool_choice"]["allowed_tools"]["tools"] = json!([]);
    let mut custom = allowed(CHAT, "auto");
    custom["tools"][0] = json!({"type": "custom", "custom": {"name": "sh"}});
    let named = json!({"type": "custom", "custom": {"name": "sh"}});
    custom["tool_choice"]["allowed_tools"]["tools"] = json!([named]);
    let (body, losses) = sent(CHAT, CHAT, &custom);
    assert_eq!((&body["tool_choice"], losses), (&custom["tool_choice"], vec![]));
    for (body, told) in [(&none, 0), (&custom, 1)] {
        for (service, choice) in [
            (RESPONSES, json!("none")),
            (Protocol::Anthropic, json!({"type": "none"})),
            (Protocol::Gemini, Value::Null),
        ] {
            let (body, losses) = sent(CHAT, service, body);
            assert_eq!(body["tool_choice"], choice, "{service}: {body}");
            assert_eq!(losses.len(), told, "{service}: {losses:?}");
            let mode = &body["toolConfig"]["functionCallingConfig"]["mode"];
            assert!(service != Protocol::Gemini || mode == "NONE", "{body}");
        }
    }
}

/// A list that names what only the service runs goes back to it as it came, and narrows elsewhere what is left.
#[test]
fn a_list_with_tools_of_the_service_is_kept_for_it() {
    let mut body = allowed(RESPONSES, "auto");
    body["tools"][1] = json!({"type": "mcp", "server_label": "docs", "server_url": "https://example.com"});
    body["tool_choice"]["tools"][1] = json!({"type": "mcp", "server_label": "docs"});
    let (same, losses) = sent(RESPONSES, RESPONSES, &body);
    assert_eq!((&same["tool_choice"], losses), (&body["tool_choice"], vec![]));
    let (other, losses) = sent(RESPONSES, Protocol::Anthropic, &body);
    assert_eq!(offered(Protocol::Anthropic, &other), ["a"]);
    assert_eq!(losses.len(), 1, "{losses:?}");
}

/// Parts of a result that nobody has heard of go back to their own wire in their places, and are told to others.
#[test]
fn an_unheard_of_part_of_a_result_is_kept() {
    let (text, odd) = (json!({"type": "text", "text": "18 C"}), json!({"type": "radar", "id": 7}));
    let chat = json!([{"role": "user", "content": "Look"},
        {"role": "assistant", "content": null,
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": [odd, text]}]);
    let input = json!([{"role": "user", "content": "Look"},
        {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": [odd, {"type": "input_text", "text": "18 C"}]}]);
    for (client, key, body) in [
        (CHAT, "messages", json!({"model": "m", "messages": chat})),
        (RESPONSES, "input", json!({"model": "m", "input": input, "store": false})),
    ] {
        for service in Protocol::ALL {
            let (other, losses) = sent(client, service, &body);
            assert!(other.to_string().contains("18 C"), "{client} to {service}: {other}");
            if client == service {
                assert_eq!((&other[key], losses), (&body[key], vec![]), "{client}");
            } else {
                assert!(!other.to_string().contains("radar"), "{client} to {service}: {other}");
                assert!(losses.iter().any(|loss| loss.contains("`radar`")), "{client} to {service}: {losses:?}");
            }
        }
    }
}

/// What is clear is taken as it is meant; what is not is named.
#[test]
fn a_request_is_read_as_it_is_meant() {
    let asked = |more: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let (body, losses) = sent(CHAT, CHAT, &asked(json!({"seed": -1, "max_tokens": 100.0})));
    assert_eq!((&body["seed"], &body["max_completion_tokens"], losses), (&json!(-1), &json!(100), vec![]));
    let (body, losses) = sent(CHAT, Protocol::Anthropic, &asked(json!({"seed": -1, "max_tokens": -1})));
    assert_eq!(body["max_tokens"], 4096);
    assert_eq!(losses.len(), 2, "{losses:?}");
    let (body, _) = sent(RESPONSES, RESPONSES, &json!({"model": "m", "input": "Hi", "max_output_tokens": 1e2}));
    assert_eq!(body["max_output_tokens"], 100);

    let image = json!([{"type": "image_url", "image_url": "https://example.com/a.png"}]);
    let (body, losses) = said(CHAT, &json!([{"role": "user", "content": image}]));
    let expected = json!([{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]);
    assert_eq!((&body["messages"][0]["content"], losses), (&expected, vec![]));
}

#[test]
fn a_request_of_another_shape_is_refused_by_the_key() {
    let call = json!({"role": "assistant", "tool_calls": [{"id": "c", "function": "look"}]});
    for (client, body, key) in [
        (CHAT, json!({"max_tokens": "100"}), "`max_tokens`: expected a whole number, got a text"),
        (CHAT, json!({"seed": "x"}), "`seed`: expected a whole number, got a text"),
        (CHAT, json!({"temperature": [1]}), "`temperature`: expected a number, got a list"),
        (CHAT, json!({"messages": {"role": "user"}}), "`messages`: expected a list of messages, got an object"),
        (CHAT, json!({"messages": ["Hi"]}), "`messages[0]`: expected a message, got a text"),
        (CHAT, json!({"messages": [{"role": "user", "content": 7}]}), "`messages[0].content`: expected a text or"),
        (CHAT, json!({"messages": [call]}), "`messages[0].tool_calls[0].function`: expected"),
        (CHAT, json!({"tools": [7]}), "`tools[0]`: expected a tool, got a number"),
        (CHAT, json!({"stream": "yes"}), "`stream`: expected true or false, got a text"),
        (RESPONSES, json!({"max_output_tokens": "100"}), "`max_output_tokens`: expected a whole number, got a text"),
        (RESPONSES, json!({"input": 7}), "`input`: expected a text or a list of items, got a number"),
        (RESPONSES, json!({"input": [7]}), "`input[0]`: expected an item, got a number"),
        (RESPONSES, json!({"input": [{"role": "user", "content": {}}]}), "`input[0].content`: expected a text or"),
        (RESPONSES, json!({"instructions": []}), "`instructions`: expected a text, got a list"),
    ] {
        let error = client.read_request(body.to_string().as_bytes()).expect_err("another shape");
        assert!(error.to_string().contains(key), "{key} is not in: {error}");
        assert!(!error.to_string().contains("column"), "{error}");
    }
}

/// What reasoning led to goes without the id that would ask for it, and then in the form that has none.
#[test]
fn a_message_without_its_reasoning_is_one_that_has_no_id() {
    let thought = json!({"type": "reasoning", "id": "rs_68c1", "summary": []});
    let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
    for (phase, expected) in [
        (Value::Null, json!({"type": "message", "role": "assistant", "content": "Hello there"})),
        (
            json!("final_answer"),
            json!({"type": "message", "role": "assistant", "phase": "final_answer", "content": "Hello there"}),
        ),
    ] {
        let message = json!({"type": "message", "id": "msg_68c2", "role": "assistant", "status": "completed",
            "phase": phase, "content": [part("Hello"), part(" there")]});
        let user = json!({"role": "user", "content": "Hi"});
        let body = json!({"model": "m", "store": false, "input": [user, thought, message, user]});
        let (body, losses) = sent(RESPONSES, RESPONSES, &body);
        assert_eq!(body["input"], json!([user, expected, user]));
        assert_eq!(losses.len(), 1, "{losses:?}");

        // What the service ran is known by its id alone; what a text rests on has no place in the other form.
        let mut cited = message.clone();
        cited["content"][0]["annotations"] = json!([{"type": "url_citation", "url": "https://example.com"}]);
        let search = json!({"type": "web_search_call", "id": "ws_68c3", "status": "completed"});
        let body = json!({"model": "m", "store": false, "input": [user, thought, search, cited, user]});
        let (body, losses) = sent(RESPONSES, RESPONSES, &body);
        assert_eq!(body["input"], json!([user, expected, user]));
        assert_eq!(losses.len(), 3, "{losses:?}");
    }
}

/// A client that has the service keep its conversation sends back what this library wrote of another service's thinking.
#[test]
fn reasoning_that_the_service_never_said_does_not_go_to_it() {
    let anthropic = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
        "usage": {}, "content": [{"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}]});
    let translator = Translator::new(RESPONSES, Protocol::Anthropic);
    let reply = translator.response(anthropic.to_string().as_bytes()).expect("a reply");
    let reply: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let mut input = vec![json!({"role": "user", "content": "Hi"})];
    input.extend(reply["output"].as_array().expect("items").clone());
    input.push(json!({"type": "function_call_output", "call_id": "toolu_1", "output": "18 C"}));
    let (body, losses) = sent(RESPONSES, RESPONSES, &json!({"model": "m", "input": input}));
    let kinds: Vec<_> = body["input"].as_array().expect("items").iter().map(|item| item["type"].clone()).collect();
    assert_eq!(kinds, [Value::Null, json!("function_call"), json!("function_call_output")], "{body}");
    assert_eq!(body["input"][1]["id"], Value::Null, "{body}");
    assert_eq!(losses.len(), 1, "{losses:?}");

    // What the service keeps it knows by its id.
    let kept = json!({"type": "reasoning", "id": "rs_68c1a0", "summary": []});
    input[1] = kept.clone();
    let (body, losses) = sent(RESPONSES, RESPONSES, &json!({"model": "m", "input": input}));
    assert_eq!((&body["input"][1], losses), (&kept, vec![]));
}

/// What a model draws or says aloud is no text; it is there all the same.
#[test]
fn images_and_sounds_of_a_reply_are_kept() {
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}});
    let sound = json!({"id": "audio_1", "data": "aGkaGk", "transcript": "Hi there", "expires_at": 7});
    let message = json!({"role": "assistant", "content": null, "refusal": null, "images": [image], "audio": sound});
    let whole = json!({"id": "c", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", json!({"id": "c", "model": "m", "choices": [choice]}))
    };
    let stream = chunk(json!({"role": "assistant", "images": [image]}), Value::Null)
        + &chunk(json!({"audio": {"id": "audio_1", "data": "aGk", "transcript": "Hi "}}), Value::Null)
        + &chunk(json!({"audio": {"data": "aGk", "transcript": "there", "expires_at": 7}}), json!("stop"))
        + "data: [DONE]\n\n";
    for body in [whole.to_string(), stream.clone()] {
        let mut reply = Assembler::new(1);
        CHAT.decode(body.as_bytes(), &mut reply).expect("a reply");
        let reply = reply.finish();
        let written: Value = serde_json::from_slice(&CHAT.write_response(&reply)).expect("JSON");
        let said = &written["choices"][0]["message"];
        assert_eq!((&said["images"], &said["audio"]), (&json!([image]), &sound), "{written}");

        // The service knows its sound by the id; an image no request has.
        let messages = [Message::user("Hi"), reply.message, Message::user("And?")];
        let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
        let request = Request::new(&messages, &tools, &options);
        let sent = CHAT.encode("m", &Dialect::official(CHAT, "m"), &request).expect("a request");
        let body: Value = serde_json::from_slice(&sent.body).expect("JSON");
        assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "", "audio": {"id": "audio_1"}}));
        assert_eq!(sent.losses.len(), 1, "{:?}", sent.losses);
    }
    for client in Protocol::ALL.into_iter().filter(|client| *client != CHAT) {
        let translator = Translator::new(client, CHAT);
        let at_once = translator.response(whole.to_string().as_bytes()).expect("a reply").losses;
        let (mut streaming, mut events) = (translator.stream("m"), Vec::new());
        streaming.feed(stream.as_bytes(), &mut events).expect("events");
        let streamed = streaming.finish(&mut events).expect("an end");
        for losses in [at_once, streamed] {
            let told: Vec<_> = losses.iter().map(ToString::to_string).collect();
            assert!(
                told.len() == 2 && told[0].contains("`images`") && told[1].contains("`audio`"),
                "{client}: {told:?}"
            );
        }
    }
    // Empty ones stand beside real calls, and are none.
    let empty = json!({"id": "c", "choices": [{"message": {"role": "assistant", "content": "Hi", "images": [],
        "audio": {"id": "", "data": "", "transcript": "", "expires_at": 0}}, "finish_reason": "stop"}]});
    let mut reply = Assembler::new(1);
    CHAT.decode(empty.to_string().as_bytes(), &mut reply).expect("a reply");
    assert_eq!(reply.finish().message.parts.len(), 1);
}

/// What has a role need not be a message.
#[test]
fn an_item_of_instructions_that_is_no_message_is_kept() {
    let tools = json!({"type": "additional_tools", "role": "developer",
        "tools": [{"type": "function", "name": "look", "parameters": {"type": "object"}, "strict": false}]});
    let user = json!({"role": "user", "content": "Hi"});
    let body = json!({"model": "m", "store": false, "input": [user, tools, user]});
    let (same, losses) = sent(RESPONSES, RESPONSES, &body);
    assert_eq!((&same["input"], losses), (&body["input"], vec![]));
    for service in [CHAT, Protocol::Anthropic, Protocol::Gemini] {
        let (_, losses) = sent(RESPONSES, service, &body);
        assert!(losses.iter().any(|loss| loss.contains("`additional_tools`")), "{service}: {losses:?}");
    }
}

#[test]
fn what_is_said_of_a_tool_beside_its_function_is_kept() {
    let tool = json!({"type": "function", "eager_input_streaming": true, "function": {"name": "look", "house_key": 1,
        "strict": true, "parameters": {"type": "object", "properties": {}, "additionalProperties": false}}});
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": [tool]});
    let (same, losses) = sent(CHAT, CHAT, &body);
    assert_eq!((&same["tools"], losses), (&body["tools"], vec![]));
    for service in [RESPONSES, Protocol::Anthropic, Protocol::Gemini] {
        let (other, losses) = sent(CHAT, service, &body);
        for key in ["eager_input_streaming", "house_key"] {
            assert!(losses.iter().any(|loss| loss.contains(key)), "{service}: {losses:?}");
            assert!(!other.to_string().contains(key), "{service}: {other}");
        }
    }
}
