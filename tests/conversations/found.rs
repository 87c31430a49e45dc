//! What fuzzing and made-up conversations have found, each as the smallest reply or request that shows it.

use fcall::{
    message::{
        Content, Delta, FinishReason, Media, Message, Origin, Part, Request, RequestOptions, Role, ToolCall,
        ToolResult, ToolSpecs,
    },
    protocol::{Dialect, Protocol, Translator},
};

use crate::invariants::{assemble, check_reply, check_request, hear, stream, write};

/// An item of reasoning may say as content what its events said as a summary: a stream written from such an item does.
#[test]
fn reasoning_is_not_heard_twice() {
    let item = r#"{"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}"#;
    let reply = format!(r#"{{"id":"r","object":"response","status":"completed","output":[{item}]}}"#);
    let whole = hear(Protocol::OpenAiResponses, reply.as_bytes(), usize::MAX);
    let events = stream(Protocol::OpenAiResponses, &whole.deltas);
    let streamed = hear(Protocol::OpenAiResponses, &events, usize::MAX);
    for heard in [whole, streamed] {
        let [Part::Reasoning(thought)] = &assemble(&heard.deltas).message.parts[..] else { panic!("{heard:?}") };
        assert_eq!(thought.text, "Hm.");
        assert_eq!(thought.origin.as_ref().map(|origin| origin.json.as_str()), Some(item));
    }
}

/// A call that its service never ended can't be taken back once it is on its way: the client must not carry it out.
#[test]
fn half_a_call_is_not_whole_for_the_client() {
    let begun = r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]}}]}"#;
    let came = format!("data: {begun}\n\ndata: [DONE]\n\n");
    for client in [Protocol::OpenAiResponses, Protocol::Anthropic, Protocol::Gemini] {
        let (mut stream, mut events) = (Translator::new(client, Protocol::OpenAiChat).stream("m"), Vec::new());
        stream.feed(came.as_bytes(), &mut events).expect("events");
        stream.finish(&mut events).expect("an end");
        let reply = assemble(&hear(client, &events, usize::MAX).deltas);
        assert_eq!(reply.message.tool_calls().count(), 0, "{client}: {}", String::from_utf8_lossy(&events));
        assert_eq!(reply.finish, Some(FinishReason::Length), "{client}");
    }
}

/// A model that says how its reply ended need not say of each call that it has ended.
#[test]
fn calls_of_a_reply_that_ended_in_order_are_whole() {
    let deltas = [
        Delta::CallStart { part: 0, id: "c".to_owned(), name: "f".to_owned() },
        Delta::CallArguments { part: 0, text: "{}".to_owned() },
        Delta::Finish(FinishReason::ToolCalls),
    ];
    for protocol in Protocol::ALL {
        let reply = assemble(&hear(protocol, &stream(protocol, &deltas), usize::MAX).deltas);
        assert_eq!(reply.message.tool_calls().count(), 1, "{protocol}");
        assert_eq!(reply.finish, Some(FinishReason::ToolCalls), "{protocol}");
    }
}

/// Arguments that a model wrote in lines, and forms of a provider that came in lines, are one line of a stream.
#[test]
fn an_event_has_one_line_of_data() {
    let call = |arguments: &str| {
        [
            Delta::CallStart { part: 0, id: "c".to_owned(), name: "f".to_owned() },
            Delta::CallArguments { part: 0, text: arguments.to_owned() },
            Delta::CallEnd { part: 0 },
        ]
    };
    for protocol in Protocol::ALL {
        let block = "{\n\"type\": \"unheard_of\",\r\n\"n\": 1\n}";
        let own = Delta::Origin { part: 1, origin: Origin::new(protocol.name(), block) };
        let deltas = [&call("{\n  \"a\": 1\r\n}")[..], &[own, Delta::Finish(FinishReason::ToolCalls)]].concat();
        let events = String::from_utf8(stream(protocol, &deltas)).expect("UTF-8");
        for line in events.split(['\n', '\r']) {
            let framed = line.is_empty() || line.starts_with("data: ") || line.starts_with("event: ");
            assert!(framed, "{protocol}: {line:?} in {events:?}");
        }
    }
}

/// What stands inside a message is never an item of its own, whatever it says it is.
#[test]
fn a_part_of_a_message_is_no_call() {
    let posing = r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}","content":[]}"#;
    let content = format!(r#"[{{"type":"output_text","text":"Hi"}},{posing}]"#);
    let item = format!(r#"{{"id":"m","type":"message","role":"assistant","status":"completed","content":{content}}}"#);
    let reply = format!(r#"{{"id":"r","object":"response","status":"completed","output":[{item}]}}"#);
    let heard = hear(Protocol::OpenAiResponses, reply.as_bytes(), usize::MAX);
    let written = Protocol::OpenAiResponses.write_response(&assemble(&heard.deltas));
    let again = assemble(&hear(Protocol::OpenAiResponses, &written, usize::MAX).deltas);
    assert_eq!(again.message.tool_calls().count(), 0, "{}", String::from_utf8_lossy(&written));

    let messages = [Message::user("Hello"), again.message, Message::user("And?")];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let request = Request::new(&messages, &tools, &options);
    let dialect = Dialect::official(Protocol::OpenAiResponses, "m");
    let sent = Protocol::OpenAiResponses.encode("m", &dialect, &request).expect("a request");
    let read = Protocol::OpenAiResponses.read_request(&sent.body).expect("a request");
    assert_eq!(
        read.messages.iter().flat_map(Message::tool_calls).count(),
        0,
        "{}",
        String::from_utf8_lossy(&sent.body)
    );
    assert_eq!(sent.losses, []);
}

/// What ends in a call's place may be of another kind; the call that the end of the reply has is that call, and no second one.
#[test]
fn a_call_is_heard_once_whatever_ended_in_its_place() {
    let item = |kind: &str, arguments: &str| {
        format!(r#"{{"id":"fc_1","type":"{kind}","call_id":"call_1","name":"ping","arguments":"{arguments}"}}"#)
    };
    let event = |kind: &str, rest: String| format!("data: {{\"type\":\"response.{kind}\",{rest}}}\n\n");
    let events = [
        event("output_item.added", format!(r#""output_index":0,"item":{}"#, item("function_call", ""))),
        event("output_item.done", format!(r#""output_index":0,"item":{}"#, item("unheard_of_call", "{}"))),
        event(
            "completed",
            format!(r#""response":{{"status":"completed","output":[{}]}}"#, item("function_call", "{}")),
        ),
    ];
    let heard = hear(Protocol::OpenAiResponses, events.concat().as_bytes(), usize::MAX);
    let message = assemble(&heard.deltas).message;
    let calls: Vec<_> = message.tool_calls().map(|call| (call.id.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("call_1", "{}")]);
}

/// A part of an assistant's message may look like a message itself; it stands in the message, and nowhere else.
#[test]
fn a_part_that_looks_like_a_message_is_not_written_as_one() {
    let inner = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"b"}],"text":"c"}"#;
    let outer = format!(
        r#"{{"type":"message","role":"assistant","id":"m","content":[{{"type":"output_text","text":"a"}},{inner}]}}"#
    );
    let user = r#"{"role":"user","content":"go on"}"#;
    let body = format!(r#"{{"model":"gpt-4.1","input":[{outer},{user}]}}"#);
    let read = Protocol::OpenAiResponses.read_request(body.as_bytes()).expect("a request");
    let written = write(Protocol::OpenAiResponses, &read).expect("written");
    let written = String::from_utf8(written).expect("UTF-8");
    assert!(written.contains(&outer), "{written}");
    assert_eq!(written.matches(inner).count(), 1, "{written}");
}

/// A call may be said to be done again after another one was, in the same place.
#[test]
fn a_call_that_is_done_again_is_the_same_call() {
    let done = |id: &str| {
        let item =
            format!(r#"{{"id":"fc_{id}","type":"function_call","call_id":"{id}","name":"ping","arguments":"{{}}"}}"#);
        format!("data: {{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{item}}}\n\n")
    };
    let end = "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"output\":[]}}\n\n";
    let events = [done("a"), done("b"), done("a"), end.to_owned()].concat();
    let message = assemble(&hear(Protocol::OpenAiResponses, events.as_bytes(), usize::MAX).deltas).message;
    assert_eq!(message.tool_calls().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

/// A file that Anthropic can't be told of leaves a text in its place, written as the one text of a result is.
#[test]
fn a_result_of_one_file_that_is_left_out_is_one_text() {
    let call = ToolCall::new("c", "look", "{}");
    let result = ToolResult::new(&call, vec![Content::Media(Media::base64("", "aGk="))], false);
    let messages = [
        Message::user("look"),
        Message::new(Role::Assistant, vec![Part::ToolCall(call)]),
        Message::tool_results(vec![result]),
    ];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let dialect = Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5");
    let request = Request::new(&messages, &tools, &options);
    let encoded = Protocol::Anthropic.encode("claude-sonnet-4-5", &dialect, &request).expect("a request");
    assert!(String::from_utf8_lossy(&encoded.body).contains(r#""content":"[a file left out]""#));
    assert_eq!(encoded.losses.iter().filter(|loss| loss.keyword == "media").count(), 1);
}

/// A message whose first part is of a kind that says nothing holds the text of its others once.
#[test]
fn the_text_behind_a_part_that_says_nothing_is_written_once() {
    let content = r#"[{"type":"unheard_of"},{"type":"output_text","text":"a"}]"#;
    let message =
        format!(r#"{{"id":"m","type":"message","role":"assistant","status":"completed","content":{content}}}"#);
    let reply = format!(r#"{{"id":"r","object":"response","status":"completed","output":[{message}]}}"#);
    check_reply(Protocol::OpenAiResponses, reply.as_bytes(), 7);
    let body = format!(r#"{{"model":"gpt-4.1","input":[{message},{{"role":"user","content":"go on"}}]}}"#);
    check_request(Protocol::OpenAiResponses, body.as_bytes());
}

/// Two calls of one id are two calls, in a stream and as a whole, and only one of them can keep it.
#[test]
fn two_calls_of_one_id_are_two_calls() {
    let item = |id: &str, arguments: &str| {
        format!(r#"{{"id":"{id}","type":"function_call","call_id":"call_1","name":"ping","arguments":"{arguments}"}}"#)
    };
    let event = |kind: &str, rest: String| format!("data: {{\"type\":\"response.{kind}\",{rest}}}\n\n");
    let done = |n: usize, item: String| event("output_item.done", format!(r#""output_index":{n},"item":{item}"#));
    let reply = |items: &str| format!(r#"{{"object":"response","status":"completed","output":[{items}]}}"#);
    let end = |items: &str| event("completed", format!(r#""response":{}"#, reply(items)));
    let (half, whole) = (item("fc_1", r#"{\"\":\""#), item("fc_2", "{}"));
    let begun = event("output_item.added", format!(r#""output_index":0,"item":{}"#, item("fc_1", "")));
    let both = [half.clone(), whole.clone()].join(",");
    let told = [
        [done(0, half.clone()), done(1, whole.clone()), end("")].concat(),
        [done(0, half.clone()), done(1, whole.clone()), end(&both)].concat(),
        [done(0, half.clone()), end(&both)].concat(),
        [begun, done(1, whole), end(&both)].concat(),
        end(&both),
        reply(&both),
    ];
    for reply in told {
        check_reply(Protocol::OpenAiResponses, reply.as_bytes(), 7);
        let message = assemble(&hear(Protocol::OpenAiResponses, reply.as_bytes(), usize::MAX).deltas).message;
        let mut calls: Vec<_> = message.tool_calls().map(|call| (call.id.as_str(), call.arguments.as_str())).collect();
        calls.sort_unstable();
        assert_eq!(calls.len(), 2, "{reply}: {calls:?}");
        assert_eq!(calls.iter().filter(|(id, _)| *id == "call_1").count(), 1, "{reply}: {calls:?}");
        let mut arguments: Vec<_> = calls.iter().map(|(_, arguments)| *arguments).collect();
        arguments.sort_unstable();
        assert_eq!(arguments, [r#"{"":""#, "{}"], "{reply}");
    }
}

/// An item that was announced as one of an unknown kind and ends as a call is written as both, and the call is heard.
#[test]
fn a_call_behind_an_unknown_item_of_its_id_is_heard() {
    let item = |kind: &str, arguments: &str| {
        format!(r#"{{"id":"fc_1","type":"{kind}","call_id":"call_1","name":"ping","arguments":"{arguments}"}}"#)
    };
    let event = |kind: &str, rest: String| format!("data: {{\"type\":\"response.{kind}\",{rest}}}\n\n");
    let call = item("function_call", "{}");
    let events = [
        event("output_item.added", format!(r#""output_index":0,"item":{}"#, item("unheard_of_call", ""))),
        event("output_item.done", format!(r#""output_index":0,"item":{call}"#)),
        event("completed", format!(r#""response":{{"status":"completed","output":[{call}]}}"#)),
    ];
    check_reply(Protocol::OpenAiResponses, events.concat().as_bytes(), 7);
}

/// A number is the one that was written, to the last digit: of a request's own keys, and of arguments.
#[test]
fn numbers_keep_all_their_digits() {
    let written = "-5.888888888888888e+49";
    let body = format!(r#"{{"max_tokens":1,"model":"m","messages":[],"house_key":{written}}}"#);
    check_request(Protocol::Anthropic, body.as_bytes());
    let number: f64 = written.parse().expect("a number");
    let read: f64 = fcall::serde_json::from_str(written).expect("a number");
    assert_eq!(read.to_bits(), number.to_bits());
}

/// A call whose name never comes stands behind those that have one, also behind those that come after the reason to end.
#[test]
fn a_call_without_a_name_stands_behind_the_others() {
    let chunk = |index: usize, name: &str, arguments: &str, reason: &str| {
        let call = format!(r#"{{"index":{index},"function":{{"name":"{name}","arguments":"{arguments}"}}}}"#);
        format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{call}]}},\"finish_reason\":{reason}}}]}}\n\n")
    };
    let events = [
        chunk(2, "", "}}", "null"),
        chunk(0, "first", "{}", r#""tool_calls""#),
        chunk(1, "second", "{}", "null"),
        "data: [DONE]\n\n".to_owned(),
    ];
    check_reply(Protocol::OpenAiChat, events.concat().as_bytes(), 7);
    let message = assemble(&hear(Protocol::OpenAiChat, events.concat().as_bytes(), usize::MAX).deltas).message;
    assert_eq!(message.tool_calls().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["first", "second", ""]);
}

/// A key that only looks like that of the functions is a tool of the service, and not those functions as well.
#[test]
fn a_tool_that_is_named_almost_as_the_functions_is_one_of_the_service() {
    for key in ["functionDeclarations_", "function__declarations", "function_Declarations", "function_declarations"] {
        let body = format!(r#"{{"contents":[],"tools":[{{"{key}":[{{"name":"add","description":"Adds"}}]}}]}}"#);
        let request = Protocol::Gemini.read_request(body.as_bytes()).expect("a request");
        let functions = usize::from(key == "function_declarations");
        assert_eq!((request.tools.as_slice().len(), request.tools.hosted().len()), (functions, 1 - functions), "{key}");
        check_request(Protocol::Gemini, body.as_bytes());
    }
}
