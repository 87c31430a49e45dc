//! What is repeated, when, and how often. The clock is paused: waits cost nothing and are exact.

use std::{
    slice,
    time::{Duration, SystemTime},
};

use fcall_runtime::{
    Error,
    client::Retry,
    fallback::OnBegun,
    message::{Assembler, Delta, Message, Request, RequestOptions, Response, Sink, ToolSpecs},
    model::Model,
    protocol::Protocol,
    testing::{Fault, Script, Server, Turn},
};
use tokio::time::Instant;

use super::{PROTOCOLS, REPLIES, Reply, ask, serve};

/// Asks a server that fails like this before it answers; how it ended, how long it took, how many requests it got.
async fn check(
    retry: Retry,
    protocol: Protocol,
    faults: &[Fault],
) -> (Result<String, fcall_runtime::Error>, Duration, usize) {
    // A reply that is cut has been asked for all the same.
    let server = serve(&Script::new().text("Hello!").text("Hello!")).await;
    for fault in faults {
        server.fail_next(fault.clone());
    }
    let (ended, took) = timed(&server, retry, protocol, Reply::Whole).await;
    (ended, took, server.requests().len())
}

async fn timed(
    server: &Server,
    retry: Retry,
    protocol: Protocol,
    reply: Reply,
) -> (Result<String, fcall_runtime::Error>, Duration) {
    let model = server.service(protocol).key("k").retry(retry).model("m");
    let begin = Instant::now();
    let (response, ended) = ask(&model, reply).await;
    (ended.map(|()| response.message.text()), begin.elapsed())
}

fn status(status: u16) -> Fault {
    Fault::answer(status).body(r#"{"error":{"message":"no luck","type":"some_error"}}"#)
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_service_asks_for_is_kept() {
    for (name, value, wait) in [
        ("retry-after", "7", 7_000),
        ("retry-after", "0.25", 250),
        ("retry-after-ms", "1500", 1_500),
        ("retry-after", "119.5", 119_500),
    ] {
        let busy = status(429).header(name, value);
        let (ended, took, requests) = check(Retry::default(), Protocol::OpenAiChat, &[busy]).await;
        assert_eq!(ended.expect("the second try"), "Hello!", "{name}: {value}");
        assert_eq!(took.as_millis() / 10, wait / 10, "{name}: {value}");
        assert_eq!(requests, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn milliseconds_win_over_seconds() {
    let busy = status(429).header("retry-after", "60").header("retry-after-ms", "2000");
    let (ended, took, _) = check(Retry::default(), Protocol::Anthropic, &[busy]).await;
    ended.expect("the second try");
    assert_eq!(took.as_millis() / 10, 200);
}

#[tokio::test(start_paused = true)]
async fn a_date_to_come_back_at_is_kept() {
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
    let (ended, took, _) =
        check(Retry::default(), Protocol::OpenAiChat, &[status(503).header("retry-after", date)]).await;
    ended.expect("the second try");
    assert!((28..=30).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_makes_no_sense_is_our_own() {
    for value in ["-5", "soon", "0", "NaN", "inf", "Thu, 01 Jan 1970 00:00:00 GMT"] {
        let busy = status(429).header("retry-after", value);
        let (ended, took, requests) = check(Retry::default(), Protocol::OpenAiChat, &[busy]).await;
        ended.unwrap_or_else(|error| panic!("{value}: {error:?}"));
        assert!((240..=520).contains(&took.as_millis()), "{value}: {took:?}");
        assert_eq!(requests, 2, "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_long_a_wait_is_reported_instead() {
    let busy = status(429).header("retry-after", "121").header("x-request-id", "req_late");
    let (ended, took, requests) = check(Retry::default(), Protocol::OpenAiChat, &[busy]).await;
    let error = ended.expect_err("121 s are too long");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(121)));
    assert_eq!(error.request_id(), Some("req_late"));
    assert_eq!((took.as_millis(), requests), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn waits_of_our_own_double_with_jitter() {
    for _ in 0..10 {
        let faults: Vec<_> = (0..6).map(|_| status(500)).collect();
        let (ended, took, requests) = check(Retry::default().times(6), Protocol::OpenAiChat, &faults).await;
        ended.expect("the last try");
        assert_eq!(requests, 7);
        // 0.5 + 1 + 2 + 4 + 8 + 8, each at least half.
        assert!((11.7..=23.6).contains(&took.as_secs_f64()), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_repetitions_are_made_and_no_more() {
    for protocol in PROTOCOLS {
        let faults: Vec<_> = (0..5).map(|at| status(500).header("x-request-id", format!("req_{at}"))).collect();
        let (ended, _, requests) = check(Retry::default(), protocol, &faults).await;
        let error = ended.expect_err("a service that is down");
        assert_eq!(requests, 3);
        assert_eq!(error.status(), Some(500));
        assert_eq!(error.service_message(), Some("no luck"));
        assert_eq!(error.request_id(), Some("req_2"), "the last answer's id");
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_retry_mends_is_not_repeated() {
    let quota = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    for fault in [
        status(400),
        status(401),
        status(403),
        status(404),
        status(413),
        status(422),
        Fault::answer(429).body(quota),
        Fault::answer(429).header("x-should-retry", "true").body(quota),
        status(500).header("x-should-retry", "false"),
        Fault::answer(200).body("<html>"),
    ] {
        let (ended, took, requests) = check(Retry::default(), Protocol::OpenAiChat, slice::from_ref(&fault)).await;
        let error = ended.expect_err("an error");
        assert!(!error.is_retryable(), "{fault:?}: {error:?}");
        assert_eq!((took.as_millis(), requests), (0, 1), "{fault:?}");
    }
}

/// A call that the service could not read is the model's fault, which may do better.
#[tokio::test(start_paused = true)]
async fn a_call_that_the_service_could_not_read_is_asked_for_again() {
    let refused = r#"{"error":{"message":"Failed to call a function. Please adjust your prompt.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<function=now>{"}}"#;
    let fault = Fault::answer(400).body(refused);
    let (ended, _, requests) = check(Retry::default(), Protocol::OpenAiChat, slice::from_ref(&fault)).await;
    assert_eq!((ended.expect("an answer").as_str(), requests), ("Hello!", 2));
    let (ended, _, requests) = check(Retry::default(), Protocol::OpenAiChat, &vec![fault; 9]).await;
    assert_eq!(ended.expect_err("an error").code(), Some("tool_use_failed"));
    assert!((2..9).contains(&requests), "{requests} requests");
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_repeated() {
    for fault in [
        status(408),
        status(409),
        status(429),
        status(500),
        status(502),
        status(503),
        status(504),
        status(529),
        status(400).header("x-should-retry", "true"),
        Fault::close(),
        Fault::cut(0),
    ] {
        for protocol in PROTOCOLS {
            let (ended, took, requests) = check(Retry::default(), protocol, slice::from_ref(&fault)).await;
            assert_eq!(ended.unwrap_or_else(|error| panic!("{fault:?}: {error:?}")), "Hello!");
            assert_eq!(requests, 2, "{fault:?}");
            assert!((240..=520).contains(&took.as_millis()), "{fault:?}: {took:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scripted_rate_limit_goes_over_the_wire() {
    for protocol in PROTOCOLS {
        for reply in REPLIES {
            let script = Script::new().rate_limited(Duration::from_secs(3)).server_error().text("Hello!");
            let server = serve(&script).await;
            let (ended, took) = timed(&server, Retry::default(), protocol, reply).await;
            assert_eq!(ended.expect("the third try"), "Hello!");
            assert!((3_490..=4_020).contains(&took.as_millis()), "{took:?}");
            assert_eq!(script.requests().len(), 3);
        }
    }
}

/// Asks for a stream, and says how it ended, what it came to, how often it started over and how often it was asked for.
async fn streamed(script: &Script, retry: Retry, protocol: Protocol) -> (Result<(), Error>, Response, usize, usize) {
    let server = serve(script).await;
    let model = server.service(protocol).key("k").retry(retry).model("m");
    let (messages, tools, options) = ([Message::user("hi")], ToolSpecs::default(), RequestOptions::default());
    let mut deltas: Vec<Delta> = Vec::new();
    let ended = model.reply(&Request::new(&messages, &tools, &options).stream(true), &mut deltas).await;
    let restarts = deltas.iter().filter(|delta| matches!(delta, Delta::Restart)).count();
    let mut reply = Assembler::new(1);
    deltas.into_iter().for_each(|delta| reply.push(delta));
    (ended, reply.finish(), restarts, server.requests().len())
}

#[tokio::test(start_paused = true)]
async fn a_reply_of_which_only_calls_came_is_taken_back_and_repeated() {
    for protocol in PROTOCOLS {
        for cut in [Turn::cut, Turn::cut_after] {
            let half = cut(Turn::new().call("look", r#"{"name":"old"}"#));
            let script = Script::new().turn(half).calls([("look", r#"{"name":"new"}"#)]);
            let (ended, reply, restarts, requests) = streamed(&script, Retry::default(), protocol).await;
            ended.unwrap_or_else(|error| panic!("{protocol}: {error:?}"));
            let calls: Vec<&str> = reply.message.tool_calls().map(|call| call.arguments.as_str()).collect();
            assert_eq!(calls, [r#"{"name":"new"}"#], "{protocol}: what came before is void");
            assert_eq!(requests, 2, "{protocol}");
            // Gemini's calls come whole: of half a one nothing was handed out.
            assert!(restarts == 1 || protocol == Protocol::Gemini, "{protocol}: {restarts}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn text_that_was_handed_out_is_taken_back_where_that_is_asked_for() {
    let retry = Retry::default().on_begun(OnBegun::Restart);
    for protocol in PROTOCOLS {
        let half = || Turn::new().text("Half of this was seen.").cut();
        let script = Script::new().turn(half()).text("Hello!");
        let (ended, reply, restarts, requests) = streamed(&script, retry, protocol).await;
        ended.unwrap_or_else(|error| panic!("{protocol}: {error:?}"));
        assert_eq!((reply.message.text().as_str(), restarts, requests), ("Hello!", 1, 2), "{protocol}");
        // No more often than any other fault.
        let script = Script::new().turn(half()).turn(half()).turn(half()).text("too late");
        let (ended, reply, restarts, requests) = streamed(&script, retry, protocol).await;
        assert!(ended.expect_err("three halves").is_cut());
        assert!("Half of this was seen.".starts_with(&reply.message.text()), "{protocol}: {reply:?}");
        assert_eq!((restarts, requests), (2, 3), "{protocol}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_repeated_once_text_of_the_reply_was_handed_out() {
    for protocol in PROTOCOLS {
        let script = Script::new().turn(Turn::new().text("Half of this was seen.").cut()).text("Hello!");
        let server = serve(&script).await;
        let (ended, took) = timed(&server, Retry::default(), protocol, Reply::Streamed).await;
        let error = ended.expect_err("half a reply");
        assert!(error.is_cut(), "{error:?}");
        assert_eq!(took.as_millis(), 0);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_breaks_off_before_it_said_anything_is_repeated() {
    // The id, the model and the token counts have come by then.
    let begin = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\
                 \"role\":\"assistant\",\"model\":\"first\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\
                 \"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n\
                 event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let server = serve(&Script::new().text("Hello!")).await;
    server.fail_next(Fault::answer(200).header("content-type", "text/event-stream").body(begin));
    let (ended, took) = timed(&server, Retry::default(), Protocol::Anthropic, Reply::Streamed).await;
    assert_eq!(ended.expect("the second try"), "Hello!");
    assert!(took.as_millis() >= 240, "{took:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_the_service_itself_took_back_does_not_keep_a_reply_from_being_repeated() {
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\
                 \"role\":\"assistant\",\"model\":\"first\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\
                 \"usage\":{\"input_tokens\":5,\"output_tokens\":1}}}\n\n";
    let text = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\
                \"content_block\":{\"type\":\"text\",\"text\":\"Half\"}}\n\n";
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    // A proxy begins anew, and then the reply breaks off; once before its text and once behind it.
    for (body, repeated) in
        [([start, text, start, error].concat(), true), ([start, start, text, error].concat(), false)]
    {
        let server = serve(&Script::new().text("Hello!")).await;
        server.fail_next(Fault::answer(200).header("content-type", "text/event-stream").body(body));
        let (ended, _) = timed(&server, Retry::default(), Protocol::Anthropic, Reply::Streamed).await;
        assert_eq!(ended.is_ok(), repeated, "{ended:?}");
        assert_eq!(server.requests().len(), 1 + usize::from(repeated));
    }
}
