//! The protocols beyond single examples: dialects, bounds, errors, the kept history.

use std::time::Duration;

use fcall::{
    Error,
    message::{
        Assembler, Content, Delta, Effort, History, Message, Part, Request, RequestOptions, Role, ToolCall, ToolChoice,
        ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Limits, Protocol},
};
use serde_json::{Value, json};

const SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

fn tools() -> ToolSpecs {
    ToolSpecs::new(vec![ToolSpec::new("get_weather", "Current weather", SCHEMA), ToolSpec::new("now", "", "{}")])
}

fn options() -> RequestOptions {
    let mut options = RequestOptions::default();
    options.max_tokens = Some(1000);
    options.temperature = Some(0.5);
    options.parallel_calls = Some(false);
    options
}

/// Which of the keys that differ by service go out, and what is told to be lost.
#[track_caller]
fn check_keys(protocol: Protocol, base_url: &str, model: &str, keys: &[&str], lost: &[&str]) {
    let (messages, tools, options) = ([Message::user("Hi")], tools(), options());
    let request = Request::new(&messages, &tools, &options);
    let encoded = protocol.encode(model, &Dialect::of(protocol, base_url, model), &request).expect("a request");
    let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
    let differing =
        ["max_tokens", "max_completion_tokens", "temperature", "parallel_tool_calls", "disable_parallel_tool_use"];
    let sent: Vec<&str> =
        differing.into_iter().filter(|key| body.get(key).is_some() || body["tool_choice"].get(key).is_some()).collect();
    assert_eq!(sent, keys, "{model} at {base_url}");
    let losses: Vec<&str> = encoded.losses.iter().map(|loss| loss.path.as_str()).collect();
    assert_eq!(losses, lost, "{model} at {base_url}");
    assert_eq!(body["model"], model, "the model is named as it was given");
}

#[test]
fn keys_by_model() {
    let openai = "https://api.openai.com/v1";
    let new = ["max_completion_tokens", "temperature", "parallel_tool_calls"];
    let old = ["max_tokens", "temperature", "parallel_tool_calls"];
    let claude = ["max_tokens", "temperature", "disable_parallel_tool_use"];
    let chat = Protocol::OpenAiChat;
    check_keys(chat, openai, "gpt-4o", &new, &[]);
    check_keys(chat, openai, "gpt-4o-mini", &new, &[]);
    check_keys(chat, openai, "o1", &["max_completion_tokens"], &["parallel_calls", "temperature"]);
    check_keys(chat, openai, "o3-mini", &["max_completion_tokens"], &["parallel_calls", "temperature"]);
    check_keys(chat, openai, "gpt-5.1", &["max_completion_tokens", "parallel_tool_calls"], &["temperature"]);
    check_keys(chat, "https://api.deepseek.com", "deepseek-chat", &["max_tokens", "temperature"], &["parallel_calls"]);
    check_keys(chat, "https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-max", &old, &[]);
    check_keys(
        chat,
        "https://open.bigmodel.cn/api/paas/v4",
        "glm-4",
        &["max_tokens", "temperature"],
        &["parallel_calls"],
    );
    check_keys(chat, "http://localhost:11434/v1", "llama3.2", &old, &[]);
    for base_url in ["https://api.anthropic.com", "https://gateway.example/anthropic"] {
        for model in ["claude-opus-4", "claude-sonnet-4", "anthropic/claude-sonnet-4.5"] {
            check_keys(Protocol::Anthropic, base_url, model, &claude, &[]);
        }
    }
}

#[test]
fn several_calls_are_asked_for_where_they_must_be() {
    let sent = |base_url: &str, tools: &ToolSpecs, asked: Option<bool>| -> Value {
        let dialect = Dialect::of(Protocol::OpenAiChat, base_url, "m");
        let mut options = RequestOptions::default();
        options.parallel_calls = asked;
        let messages = [Message::user("Hi")];
        let encoded = Protocol::OpenAiChat.encode("m", &dialect, &Request::new(&messages, tools, &options));
        serde_json::from_slice::<Value>(&encoded.expect("sent").body).expect("JSON")["parallel_tool_calls"].clone()
    };
    let (llama_cpp, vllm) = ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8000/v1");
    let tools = ToolSpecs::new(vec![ToolSpec::new("look", "Look", r#"{"type":"object","properties":{}}"#)]);
    assert_eq!(sent(llama_cpp, &tools, None), true);
    assert_eq!(sent("http://localhost:8080", &tools, None), true);
    assert_eq!(sent(llama_cpp, &tools, Some(false)), false, "what was said is what is sent");
    assert_eq!(sent(llama_cpp, &ToolSpecs::default(), None), Value::Null, "without tools it is an error");
    assert_eq!(sent(vllm, &tools, None), Value::Null);
    assert_eq!(sent("https://127.0.0.1.example:8080/v1", &tools, None), Value::Null);
}

#[test]
fn keys_behind_a_gateway() {
    let gateway = "https://gateway.example/v1";
    let chat = Protocol::OpenAiChat;
    let plain = ["max_tokens", "temperature", "parallel_tool_calls"];
    check_keys(chat, gateway, "openai/gpt-4o", &plain, &[]);
    check_keys(chat, gateway, "openai/gpt-4o-mini", &plain, &[]);
    check_keys(chat, gateway, "openai/o1", &["max_completion_tokens"], &["parallel_calls", "temperature"]);
    check_keys(chat, gateway, "openai/o3-mini", &["max_completion_tokens"], &["parallel_calls", "temperature"]);
    check_keys(chat, gateway, "anthropic/claude-opus-4", &plain, &[]);
    check_keys(chat, gateway, "anthropic/claude-sonnet-4", &plain, &[]);
    check_keys(chat, gateway, "deepseek/deepseek-chat", &["max_tokens", "temperature"], &["parallel_calls"]);
    check_keys(chat, gateway, "bailian/qwen-max", &plain, &[]);
    check_keys(chat, gateway, "z-ai/glm-4", &["max_tokens", "temperature"], &["parallel_calls"]);
}

#[test]
fn newest_anthropic_version_has_no_sampling() {
    let mut dialect = Dialect::official(Protocol::Anthropic, "claude-opus-4");
    dialect.anthropic_version = "2026-10-21";
    let (messages, tools, options) = ([Message::user("Hi")], ToolSpecs::default(), options());
    let encoded = Protocol::Anthropic.encode("m", &dialect, &Request::new(&messages, &tools, &options)).expect("sent");
    let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
    assert!(body.get("temperature").is_none());
    assert_eq!(encoded.losses[0].path, "temperature");
}

#[test]
fn thinking_has_room_in_the_limit() {
    let (messages, tools, mut options) = ([Message::user("Hi")], ToolSpecs::default(), RequestOptions::default());
    options.reasoning = Some(Effort::Medium);
    let thinking = |model: &str, options: &RequestOptions| -> Value {
        let dialect = Dialect::official(Protocol::Anthropic, model);
        let request = Request::new(&messages, &tools, options);
        serde_json::from_slice(&Protocol::Anthropic.encode(model, &dialect, &request).expect("sent").body)
            .expect("JSON")
    };
    let body = thinking("claude-sonnet-4-20250514", &options);
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 8192}));
    assert!(body["max_tokens"].as_u64() > Some(8192));
    options.max_tokens = Some(4000);
    assert_eq!(thinking("claude-sonnet-4", &options)["thinking"]["budget_tokens"], 2000);
    assert_eq!(thinking("claude-opus-4.7", &options)["output_config"], json!({"effort": "medium"}));
    assert!(thinking("claude-3-5-haiku", &options).get("thinking").is_none());
}

#[test]
fn choices_that_nothing_can_answer() {
    let (messages, options) = ([Message::user("Hi")], RequestOptions::default());
    for protocol in Protocol::ALL {
        let fails = |tools: &ToolSpecs, choice: &ToolChoice| {
            let request = Request::new(&messages, tools, &options).tool_choice(choice);
            let error = protocol.encode("m", &Dialect::official(protocol, "m"), &request).expect_err("can't be sent");
            error.to_string()
        };
        assert!(fails(&ToolSpecs::default(), &ToolChoice::Required).contains("there are no tools"));
        let error = fails(&tools(), &ToolChoice::named("get_wether"));
        assert!(error.contains("`get_wether`") && error.contains("get_weather, now"), "{error}");
        assert!(fails(&tools(), &ToolChoice::any_of(["now", "later"])).contains("`later`"));
        let named = |name: &str, schema: &str| ToolSpecs::new(vec![ToolSpec::new(name, "", schema)]);
        assert!(fails(&named("get weather", "{}"), &ToolChoice::Auto).contains("`get weather`"));
        assert!(fails(&named("look", "[]"), &ToolChoice::Auto).contains("JSON Schema"));
    }
}

#[test]
fn strict_tools_are_marked_or_told() {
    let messages = [Message::user("Hi")];
    let mut spec = ToolSpec::new("look", "", SCHEMA);
    spec.strict = true;
    let (tools, options) = (ToolSpecs::new(vec![spec]), RequestOptions::default());
    let request = Request::new(&messages, &tools, &options);
    let sent = |base_url: &str| {
        let dialect = Dialect::of(Protocol::OpenAiChat, base_url, "m");
        let encoded = Protocol::OpenAiChat.encode("m", &dialect, &request).expect("sent");
        let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
        (body["tools"][0]["function"]["strict"].clone(), encoded.losses.len())
    };
    assert_eq!(sent("https://api.openai.com/v1"), (json!(true), 0));
    assert_eq!(sent("http://localhost:8080/v1"), (Value::Null, 1));
}

/// A conversation of many turns: text, calls, errors, ids that come again, an open call at the end.
fn long_conversation() -> Vec<Message> {
    let mut messages = vec![Message::system("Be brief.")];
    for turn in 0..12 {
        messages.push(Message::user(format!("Question {turn}")));
        let calls = [ToolCall::new("call_0", "now", "{}"), ToolCall::new(format!("call:{turn}"), "now", "{\"a\": 1}")];
        let parts = [vec![Part::text("Looking.")], calls.iter().cloned().map(Part::ToolCall).collect()].concat();
        messages.push(Message::new(Role::Assistant, parts));
        let results = calls.iter().map(|call| match turn % 3 {
            0 => ToolResult::error(call, "offline"),
            _ => ToolResult::new(call, vec![Content::Json(format!("{{\"turn\":{turn}}}"))], false),
        });
        let results: Vec<ToolResult> = results.collect();
        match turn % 4 {
            0 => messages.extend(results.into_iter().map(|result| Message::tool_results([result]))),
            1 => messages.push(Message::tool_results(results.into_iter().take(1))),
            _ => messages.push(Message::tool_results(results)),
        }
        if turn % 2 == 0 {
            messages.push(Message::assistant("Done."));
        }
        if turn % 5 == 0 {
            messages.push(Message::system("Go on."));
        }
    }
    messages
}

#[test]
fn kept_history_sends_the_same_bytes() {
    let (all, tools, options) = (long_conversation(), tools(), RequestOptions::default());
    for protocol in Protocol::ALL {
        let dialect = Dialect::official(protocol, "m");
        let history = History::default();
        for end in 1..=all.len() {
            let request = Request::new(&all[..end], &tools, &options);
            let fresh = protocol.encode("m", &dialect, &request).expect("sent").body;
            let kept = protocol.encode("m", &dialect, &request.history(&history)).expect("sent").body;
            assert_eq!(String::from_utf8_lossy(&fresh), String::from_utf8_lossy(&kept), "{protocol}, {end} messages");
        }
        // A shorter conversation is another one, and so is another protocol's.
        let request = Request::new(&all[..3], &tools, &options);
        let fresh = protocol.encode("m", &dialect, &request).expect("sent").body;
        assert_eq!(fresh, protocol.encode("m", &dialect, &request.history(&history)).expect("sent").body);
    }
}

#[test]
fn every_call_is_answered_once_and_ids_are_unique() {
    let (all, tools, options) = (long_conversation(), tools(), RequestOptions::default());
    let request = Request::new(&all, &tools, &options);
    let body = |protocol: Protocol| -> Value {
        let encoded = protocol.encode("m", &Dialect::official(protocol, "m"), &request).expect("sent");
        serde_json::from_slice(&encoded.body).expect("JSON")
    };
    let ids = |value: &Value, list: &str, kind: Option<&str>, key: &str| -> Vec<String> {
        let items = value[list].as_array().into_iter().flatten();
        let items = items.filter(|item| kind.is_none_or(|kind| item["type"] == kind));
        items.map(|item| item[key].as_str().unwrap_or_default().to_owned()).collect()
    };
    let chat = body(Protocol::OpenAiChat);
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    for message in chat["messages"].as_array().expect("messages") {
        asked.extend(ids(message, "tool_calls", None, "id"));
        answered.extend(message["tool_call_id"].as_str().map(str::to_owned));
    }
    assert_eq!(asked, answered);
    let mut unique = asked.clone();
    unique.sort();
    unique.dedup();
    assert_eq!((asked.len(), unique.len()), (24, 24));
    let messages = body(Protocol::Anthropic)["messages"].as_array().expect("messages").clone();
    for pair in messages.windows(2) {
        assert_ne!(pair[0]["role"], pair[1]["role"], "roles take turns");
        let asked = ids(&pair[0], "content", Some("tool_use"), "id");
        assert_eq!(asked, ids(&pair[1], "content", Some("tool_result"), "tool_use_id"));
        assert!(asked.iter().all(|id| id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')));
    }
}

#[track_caller]
fn too_large(limits: impl FnOnce(&mut Limits), protocol: Protocol, stream: &str) {
    let mut set = Limits::default();
    limits(&mut set);
    let mut decoder = protocol.decoder().limits(set);
    let mut deltas: Vec<Delta> = Vec::new();
    let fed = stream.as_bytes().chunks(50).try_for_each(|piece| decoder.feed(piece, &mut deltas));
    let error = fed.expect_err("a bound is crossed");
    assert!(error.is_too_large(), "{error}");
    assert!(decoder.feed(b"data: [DONE]\n\n", &mut deltas).is_err(), "nothing is taken after an error");
}

#[test]
fn bounds() {
    let long = "x".repeat(300);
    let chat = Protocol::OpenAiChat;
    too_large(|limits| limits.event = 200, chat, &format!("data: {long}"));
    too_large(|limits| limits.event = 200, chat, &format!("data: {}\n", "x".repeat(40)).repeat(9));
    too_large(|limits| limits.reply = 200, chat, &": keep alive\n".repeat(30));
    let call = format!(
        r#"{{"choices":[{{"delta":{{"tool_calls":[{{"id":"a","function":{{"name":"f","arguments":"{long}"}}}}]}}}}]}}"#
    );
    too_large(|limits| limits.arguments = 200, chat, &format!("data: {call}\n\n"));
    let calls: String = (0..9)
        .map(|n| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":{n},\"id\":\"c{n}\"}}]}}}}]}}\n\n")
        })
        .collect();
    too_large(|limits| limits.parts = 5, chat, &calls);
    let deep = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":{}\"x\"", "[{\"thinking\":".repeat(100));
    too_large(|_| {}, chat, &format!("{deep}\n\n"));
    let block = r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#;
    let json = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"input_json_delta","partial_json":"{long}"}}}}"#
    );
    too_large(|limits| limits.arguments = 200, Protocol::Anthropic, &format!("data: {block}\n\ndata: {json}\n\n"));
    too_large(|limits| limits.parts = 5, Protocol::Anthropic, &format!("data: {block}\n\n").repeat(9));
    let gemini = |parts: &str| format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{parts}]}}}}]}}\n\n");
    let call = format!(r#"{{"functionCall":{{"name":"f","args":{{"a":"{long}"}}}}}}"#);
    too_large(|limits| limits.arguments = 200, Protocol::Gemini, &gemini(&call));
    too_large(|limits| limits.parts = 5, Protocol::Gemini, &gemini(&[r#"{"executableCode":{}}"#; 9].join(",")));
    let fragment = |path: &str, text: &str| {
        let piece = format!(r#"{{"jsonPath":"{path}","stringValue":"{text}"}}"#);
        let begin = gemini(r#"{"functionCall":{"name":"f","willContinue":true}}"#);
        let more = gemini(&format!(r#"{{"functionCall":{{"partialArgs":[{piece}],"willContinue":true}}}}"#));
        format!("{begin}{}", more.repeat(9))
    };
    too_large(|limits| limits.arguments = 200, Protocol::Gemini, &fragment("$.a", &"x".repeat(30)));
    too_large(|_| {}, Protocol::Gemini, &fragment("$.a[4000000000]", "x"));
    too_large(|_| {}, Protocol::Gemini, &fragment(&format!("${}", "[0]".repeat(200)), "x"));
}

#[test]
fn empty_replies_are_cut() {
    for protocol in Protocol::ALL {
        for body in ["", "\n\n", ": alive\n\n", "\u{feff}"] {
            let error = protocol.decode(body.as_bytes(), &mut Assembler::new(1)).expect_err("nothing came");
            assert!(error.is_cut() && error.is_retryable(), "{body:?}: {error}");
        }
    }
}

#[track_caller]
fn check_error(status: u16, body: &str, message: &str, code: Option<&str>, retryable: bool) -> Error {
    let error = Protocol::OpenAiChat.decode_error(status, body.as_bytes());
    assert_eq!(error.status(), Some(status), "{body}");
    assert_eq!(error.service_message(), Some(message), "{body}");
    assert_eq!(error.code(), code, "{body}");
    assert_eq!(error.is_retryable(), retryable, "{body}");
    error
}

#[test]
fn errors_of_any_shape() {
    check_error(
        429,
        r#"{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}"#,
        "slow",
        Some("rate_limit_exceeded"),
        true,
    );
    check_error(
        429,
        r#"{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}"#,
        "pay",
        Some("insufficient_quota"),
        false,
    );
    check_error(
        429,
        r#"{"error":{"message":"pay","type":"insufficient_quota","code":null}}"#,
        "pay",
        Some("insufficient_quota"),
        false,
    );
    let error = check_error(
        529,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
        "Overloaded",
        Some("overloaded_error"),
        true,
    );
    assert_eq!(error.request_id(), Some("req_1"));
    check_error(502, r#"{"error":{"code":502,"message":"upstream"}}"#, "upstream", Some("502"), true);
    check_error(400, r#"{"error":"text"}"#, "text", None, false);
    check_error(
        422,
        r#"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#,
        "field required",
        Some("missing"),
        false,
    );
    check_error(404, r#"{"detail":"Not Found"}"#, "Not Found", None, false);
    check_error(
        400,
        r#"[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]"#,
        "bad",
        Some("INVALID_ARGUMENT"),
        false,
    );
    let delay = r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}"#;
    let google = |details: &str| {
        format!(r#"{{"error":{{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED","details":[{details}]}}}}"#)
    };
    let error = check_error(429, &google(delay), "slow", Some("RESOURCE_EXHAUSTED"), true);
    assert_eq!(error.retry_after(), Some(Duration::from_millis(34_400)));
    let quota = r#"{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}"#;
    check_error(429, &google(&format!("{quota},{delay}")), "slow", Some("quota_exceeded"), false);
    check_error(
        400,
        r#"{"error":{"message":"{\"error\":{\"message\":\"inner\",\"code\":\"c\"}}"}}"#,
        "inner",
        Some("c"),
        false,
    );
    check_error(503, "<html>busy</html>", "<html>busy</html>", None, true);
    check_error(500, "", "", None, true);
    check_error(
        500,
        r#"{"error":{"code":500,"message":"Failed to parse tools: unknown type","type":"server_error"}}"#,
        "Failed to parse tools: unknown type",
        Some("server_error"),
        false,
    );
    check_error(408, "", "", None, true);
    check_error(
        401,
        r#"{"error":{"message":"bad key","code":"invalid_api_key"}}"#,
        "bad key",
        Some("invalid_api_key"),
        false,
    );
    check_error(
        429,
        r#"{"error":{"code":429,"type":"insufficient_quota","message":"pay"}}"#,
        "pay",
        Some("insufficient_quota"),
        false,
    );
    let long = "x".repeat(100_000);
    assert!(Protocol::Anthropic.decode_error(500, long.as_bytes()).to_string().len() < 1000);
}

#[test]
fn written_errors_are_read() {
    for protocol in Protocol::ALL {
        for (status, retryable) in [(400, false), (429, true), (500, true)] {
            let error = protocol.decode_error(status, &protocol.write_error(status, None, "why"));
            assert_eq!((error.service_message(), error.is_retryable()), (Some("why"), retryable));
        }
        let mut events = Vec::new();
        protocol.stream_writer("m").fail(None, "broken", &mut events);
        let error = protocol.decode(&events, &mut Assembler::new(1)).expect_err("an error");
        assert_eq!(error.service_message(), Some("broken"));
    }
}

#[test]
fn errors_quote_no_content() {
    let secret = r#"{"choices":[{"message":{"content":5,"refusal":"my secret"},"finish_reason":"my secret"}]}"#;
    let error = Protocol::OpenAiChat.decode(secret.as_bytes(), &mut Assembler::new(1)).expect_err("no such shape");
    assert!(error.is_decode() && !format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn names_and_display() {
    for protocol in Protocol::ALL {
        assert_eq!(protocol.to_string().parse::<Protocol>().expect("its own name"), protocol);
        assert_eq!(serde_json::to_value(protocol).expect("JSON"), json!(protocol.name()));
    }
    assert!("openai".parse::<Protocol>().expect_err("no such name").to_string().contains("`openai-chat`"));
}

#[test]
fn texts_are_escaped_as_serde_does_wherever_they_stand() {
    let every: String = (0..=0x7f_u8).map(char::from).chain("é→😀\u{2028}\u{7f}\u{80}".chars()).collect();
    let mut texts = vec![String::new(), every.clone(), "a".repeat(100)];
    // An escape at each place of a word of eight bytes, and behind the last one.
    for at in 0..20 {
        for c in ['"', '\\', '\n', '\u{1f}', '\u{8}', ' ', '!', '#', '[', ']', 'é'] {
            texts.push(format!("{}{c}{}", "x".repeat(at), "y".repeat(19 - at)));
        }
    }
    let dialect = Dialect::official(Protocol::OpenAiChat, "gpt-4o");
    for text in texts {
        let (messages, options, tools) =
            ([Message::user(&text)], RequestOptions::default(), ToolSpecs::new(Vec::new()));
        let request = Request::new(&messages, &tools, &options);
        let body = Protocol::OpenAiChat.encode("gpt-4o", &dialect, &request).expect("a request").body;
        let body = String::from_utf8(body).expect("UTF-8");
        let expected = format!(r#"{{"role":"user","content":{}}}"#, serde_json::to_string(&text).expect("a text"));
        assert!(body.contains(&expected), "{body} lacks {expected}");
    }
}
