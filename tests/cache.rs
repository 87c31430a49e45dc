//! Marks of the prompt cache over a growing conversation, and from one protocol to another.

use fcall::{
    message::{
        CacheMark, CacheTtl, History, Message, Part, Request, RequestOptions, Role, ToolCall, ToolResult, ToolSpec,
        ToolSpecs,
    },
    protocol::{CacheForm, Dialect, Protocol, Translator},
};

fn marked(role: Role, text: &str) -> Message {
    Message::new(role, vec![Part::text(text), Part::CacheMark(CacheMark::default())])
}

fn claude() -> Dialect {
    Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5")
}

fn marks_in(body: &[u8]) -> usize {
    String::from_utf8_lossy(body).matches("\"cache_control\"").count()
}

#[test]
fn a_growing_conversation_never_has_more_marks_than_a_request_takes() {
    let mut spec = ToolSpec::new("now", "", "{}");
    spec.cache = Some(CacheMark::one_hour());
    let (tools, options, history) = (ToolSpecs::new(vec![spec]), RequestOptions::default(), History::default());
    let mut messages = vec![marked(Role::System, "Be brief.")];
    for turn in 0..6 {
        messages.push(marked(Role::User, &format!("question {turn}")));
        let call = ToolCall::new(format!("call_{turn}"), "now", "{}");
        messages.push(Message::new(Role::Assistant, vec![Part::ToolCall(call.clone())]));
        let result = Part::ToolResult(ToolResult::text(&call, "noon"));
        messages.push(Message::new(Role::Tool, vec![result, Part::CacheMark(CacheMark::default())]));
        let request = Request::new(&messages, &tools, &options);
        let fresh = Protocol::Anthropic.encode("m", &claude(), &request).expect("a request");
        let kept = Protocol::Anthropic.encode("m", &claude(), &request.history(&history)).expect("a request");
        assert_eq!(String::from_utf8_lossy(&fresh.body), String::from_utf8_lossy(&kept.body), "turn {turn}");
        assert_eq!(marks_in(&fresh.body), 4, "turn {turn}");
        assert_eq!(fresh.losses.len(), 2 * (turn + 1) - 2, "turn {turn}: {:?}", fresh.losses);
        // The later ones keep more of the prompt.
        let body = String::from_utf8_lossy(&fresh.body).into_owned();
        let last = format!("\"tool_use_id\":\"call_{turn}\",\"content\":\"noon\",\"cache_control\"");
        assert!(body.contains(&last), "turn {turn}: {body}");
    }
}

#[test]
fn what_is_kept_for_long_never_stands_behind_what_is_kept_for_short() {
    let hour = |text: &str| Message::new(Role::User, vec![Part::text(text), Part::CacheMark(CacheMark::one_hour())]);
    let messages = [hour("a"), marked(Role::User, "b"), hour("c")];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let request = Request::new(&messages, &tools, &options);
    let body = Protocol::Anthropic.encode("m", &claude(), &request).expect("a request").body;
    let body = String::from_utf8_lossy(&body).into_owned();
    let ttls: Vec<bool> = body.split("\"cache_control\"").skip(1).map(|rest| rest.contains("\"1h\"")).collect();
    assert_eq!(ttls, [true, false, false], "{body}");
}

#[test]
fn marks_are_read_wherever_a_client_sets_them() {
    let anthropic = br#"{"model":"m","max_tokens":9,
        "system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}],
        "tools":[{"name":"now","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}],
        "messages":[{"role":"user","content":[{"type":"text","text":"b"}]},
          {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"now","input":{},"cache_control":{"type":"ephemeral","ttl":"5m"}}]},
          {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"c","cache_control":{"type":"ephemeral"}}]}]}]}"#;
    let read = Protocol::Anthropic.read_request(anthropic).expect("a request");
    assert_eq!(read.tools.as_slice()[0].cache, Some(CacheMark::default()));
    let marks: Vec<_> = read.messages.iter().map(|said| said.parts.last()).collect();
    assert_eq!(marks[0], Some(&Part::CacheMark(CacheMark::one_hour())));
    assert!(matches!(marks[1], Some(Part::Text(_))));
    assert!(matches!(marks[2], Some(Part::CacheMark(mark)) if mark.ttl == Some(CacheTtl::FiveMinutes)));
    assert_eq!(marks[3], Some(&Part::CacheMark(CacheMark::default())));

    // Another Anthropic model is told of all four, OpenAI's newest of those it has a place for, Gemini of none.
    let to = |service, model: &str| {
        let translator = Translator::new(Protocol::Anthropic, service).dialect(Dialect::official(service, model));
        translator.request(anthropic, Some(model)).expect("translated")
    };
    let same = to(Protocol::Anthropic, "claude-sonnet-4-5");
    assert_eq!((marks_in(&same.body), same.losses.len()), (4, 0));
    let newest = to(Protocol::OpenAiChat, "gpt-5.6");
    let breakpoints = String::from_utf8_lossy(&newest.body).matches("\"prompt_cache_breakpoint\"").count();
    assert_eq!((breakpoints, newest.losses.len()), (1, 3), "{:?}", newest.losses);
    for (service, model) in [
        (Protocol::OpenAiChat, "gpt-4o"),
        (Protocol::OpenAiResponses, "gpt-4o"),
        (Protocol::Gemini, "gemini-2.5-flash"),
    ] {
        let translated = to(service, model);
        let told = translated.losses.iter().filter(|loss| loss.keyword == "cache").count();
        assert_eq!((told, translated.losses.len()), (4, 4), "{service}: {:?}", translated.losses);
        assert!(!String::from_utf8_lossy(&translated.body).contains("cache"), "{service}");
    }
    // And back, from each wire that has marks.
    for (client, model) in [(Protocol::OpenAiChat, "gpt-5.6"), (Protocol::OpenAiResponses, "gpt-5.6")] {
        let messages = [marked(Role::User, "a"), Message::user("b")];
        let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
        let dialect = Dialect::official(client, model);
        assert_eq!(dialect.cache, CacheForm::Breakpoint);
        let sent = client.encode(model, &dialect, &Request::new(&messages, &tools, &options)).expect("a request");
        let translator = Translator::new(client, Protocol::Anthropic).dialect(claude());
        let translated = translator.request(&sent.body, Some("m")).expect("translated");
        assert_eq!((marks_in(&translated.body), translated.losses), (1, vec![]), "{client}");
    }
}
