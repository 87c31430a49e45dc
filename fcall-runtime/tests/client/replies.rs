//! Replies that come as they should.

use std::sync::{Arc, Mutex};

use fcall_runtime::{
    message::{Assembler, Delta, Effort, FinishReason, Message, Request, RequestOptions, ToolSpec, ToolSpecs},
    model::Model,
    offline::Planner,
    protocol::Protocol,
    testing::{Fault, Script, Server, Turn},
};

use super::{PROTOCOLS, REPLIES, Reply, ask, ask_with, impatient, serve};

#[tokio::test]
async fn text_and_calls_come_through_every_protocol_whole_and_streamed() {
    for protocol in PROTOCOLS {
        for reply in REPLIES {
            let turn = Turn::new()
                .text("Let me look at both cities: \u{1f324} and \u{e9}t\u{e9}.")
                .call("get_weather", r#"{"city":"Paris"}"#)
                .call("get_weather", r#"{"city":"London","unit":"celsius"}"#)
                .usage(12, 34);
            let server = serve(&Script::new().turn(turn)).await;
            let (response, ended) = ask(&impatient(&server, protocol).model("some-model"), reply).await;
            ended.unwrap_or_else(|error| panic!("{protocol} {reply:?}: {error:?}"));
            let context = format!("{protocol} {reply:?}");
            assert_eq!(
                response.message.text(),
                "Let me look at both cities: \u{1f324} and \u{e9}t\u{e9}.",
                "{context}"
            );
            let calls: Vec<_> =
                response.message.tool_calls().map(|call| (&*call.id, &*call.name, &*call.arguments)).collect();
            let expected = [
                ("call_1_1", "get_weather", r#"{"city":"Paris"}"#),
                ("call_1_2", "get_weather", r#"{"city":"London","unit":"celsius"}"#),
            ];
            assert_eq!(calls, expected, "{context}");
            assert_eq!(response.finish, Some(FinishReason::ToolCalls), "{context}");
            let usage = response.usage.expect("token counts");
            assert_eq!((usage.input, usage.output), (Some(12), Some(34)), "{context}");
            assert_eq!(response.model.as_deref(), Some("some-model"), "{context}");
            assert_eq!(response.id.as_deref(), Some("reply_1"), "{context}");
        }
    }
}

#[tokio::test]
async fn a_streamed_reply_comes_in_pieces() {
    for protocol in PROTOCOLS {
        let text = "A text that is long enough to come in more than one piece, of course.";
        let server = serve(&Script::new().text(text)).await;
        let (options, tools) = (RequestOptions::default(), ToolSpecs::default());
        let messages = [Message::user("Say something long.")];
        let mut deltas: Vec<Delta> = Vec::new();
        let model = impatient(&server, protocol).model("m");
        let request = Request::new(&messages, &tools, &options).stream(true);
        model.reply(&request, &mut deltas).await.expect("a reply");
        let pieces: Vec<_> = deltas
            .iter()
            .filter_map(|delta| match delta {
                Delta::Text { text, .. } if !text.is_empty() => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert!(pieces.len() > 3, "{protocol}: {pieces:?}");
        assert_eq!(pieces.concat(), text, "{protocol}");
    }
}

#[tokio::test]
async fn a_plain_answer_to_a_stream_request_is_read_as_what_it_is() {
    let whole = r#"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"plain"},"finish_reason":"stop"}]}"#;
    let server = serve(&Script::new()).await;
    server.fail_next(Fault::answer(200).header("content-type", "application/json").body(whole));
    let (response, ended) = ask(&impatient(&server, Protocol::OpenAiChat).model("m"), Reply::Streamed).await;
    ended.expect("a reply");
    assert_eq!(response.message.text(), "plain");
}

#[tokio::test]
async fn connections_are_kept() {
    let script = (0..20).fold(Script::new(), |script, _| script.text("Hello!"));
    let server = serve(&script).await;
    let model = impatient(&server, Protocol::OpenAiChat).model("m");
    for turn in 0..20 {
        let (response, ended) = ask(&model.clone(), REPLIES[turn % 2]).await;
        ended.expect("a reply");
        assert_eq!(response.message.text(), "Hello!");
    }
    assert_eq!(server.connections(), 1, "a new connection for a request that could have shared one");
}

#[tokio::test]
async fn a_long_anthropic_reply_is_streamed_even_if_it_is_wanted_whole() {
    let server = serve(&Script::new().text("a").text("b")).await;
    let model = impatient(&server, Protocol::Anthropic).model("m");
    let mut options = RequestOptions::default();
    for limit in [21_333, 21_334] {
        options.max_tokens = Some(limit);
        let (_, ended) = ask_with(&model, Reply::Whole, &options).await;
        ended.expect("a reply");
    }
    let streamed: Vec<_> = server.requests().iter().map(|request| request.json()["stream"] == true).collect();
    assert_eq!(streamed, [false, true]);
}

/// The limit that counts is the one that goes out: what may be thought comes on top, and the caller's own key wins.
#[tokio::test]
async fn an_anthropic_reply_that_thinking_makes_long_is_streamed() {
    let server = serve(&Script::new().text("a").text("b").text("c")).await;
    let model = impatient(&server, Protocol::Anthropic).model("claude-sonnet-4-5");
    let mut thinks = RequestOptions::default();
    thinks.reasoning = Some(Effort::Medium);
    let mut own = RequestOptions::default();
    own.extra.insert("max_tokens".to_owned(), 64_000.into());
    for options in [RequestOptions::default(), thinks, own] {
        ask_with(&model, Reply::Whole, &options).await.1.expect("a reply");
    }
    let bodies: Vec<_> = server.requests().iter().map(|request| request.json()).collect();
    let sent: Vec<_> = bodies.iter().map(|body| (body["max_tokens"].as_u64(), body["stream"] == true)).collect();
    assert_eq!(sent, [(Some(16_000), false), (Some(24_192), true), (Some(64_000), true)]);
}

#[tokio::test]
async fn what_can_not_be_said_is_told() {
    let server = serve(&Script::new().text("a")).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&told);
    let model = impatient(&server, Protocol::Anthropic)
        .model("m")
        .on_loss(move |loss| record.lock().expect("the record").push(loss.to_string()));
    let mut options = RequestOptions::default();
    options.seed = Some(7);
    ask_with(&model, Reply::Whole, &options).await.1.expect("a reply");
    let told = told.lock().expect("the record");
    assert!(told.len() == 1 && told[0].contains("seed"), "{told:?}");
    let (messages, tools) = ([Message::user("Hi")], ToolSpecs::default());
    let encoded = model.encode(&Request::new(&messages, &tools, &options)).expect("a body");
    assert_eq!(encoded.losses.iter().map(ToString::to_string).collect::<Vec<_>>(), *told);
    assert_eq!(server.requests().len(), 1, "encoding sends nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_requests_at_once_do_not_mix() {
    let server = Server::start(Planner::new()).await.expect("a server");
    let mut asked = tokio::task::JoinSet::new();
    for at in 0..60 {
        let model = impatient(&server, PROTOCOLS[at % 2]).model("m");
        asked.spawn(async move {
            let schema = r#"{"type":"object","properties":{"number":{"type":"integer"}},"required":["number"]}"#;
            let tools = ToolSpecs::new(vec![ToolSpec::new("square", "Square a number", schema)]);
            let (messages, options) = ([Message::user(format!("Square the number {at}"))], RequestOptions::default());
            let request = Request::new(&messages, &tools, &options).stream(at % 3 == 0);
            let mut turn = Assembler::new(1);
            model.reply(&request, &mut turn).await.map(|()| (at, turn.finish()))
        });
    }
    while let Some(asked) = asked.join_next().await {
        let (at, response) = asked.expect("no panic").expect("a reply");
        let arguments: Vec<_> = response.message.tool_calls().map(|call| call.arguments.as_str()).collect();
        assert_eq!(arguments, [format!("{{\"number\":{at}}}")], "{:?}", response.message);
    }
}
