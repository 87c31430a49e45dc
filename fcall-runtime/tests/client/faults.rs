//! What can go wrong on the way: each ends in an error that says what happened.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use fcall_runtime::{
    client::{Environment, LocalServer, Service},
    message::{Message, Request, RequestOptions, ToolSpecs},
    model::Model,
    protocol::{Limits, Protocol},
    testing::{Fault, Script, Turn},
};
use tokio::net::TcpSocket;

use super::{PROTOCOLS, REPLIES, Reply, ask, impatient, serve};

#[tokio::test]
async fn a_server_that_dies_in_mid_stream() {
    for protocol in PROTOCOLS {
        let whole = {
            let server = serve(&turn()).await;
            let (response, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Streamed).await;
            ended.expect("a reply");
            response
        };
        // Everywhere in the reply, up to where nothing but its end is missing.
        let mut complete = 0;
        for after in (0..6_000).step_by(73) {
            let server = serve(&turn()).await;
            server.fail_next(Fault::cut(after));
            let (response, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Streamed).await;
            match ended {
                Ok(()) => {
                    assert_eq!(response.message, whole.message, "{protocol} cut after {after}");
                    complete += 1;
                }
                Err(error) => {
                    assert!(error.is_cut(), "{protocol} cut after {after}: {error:?}");
                    assert!(error.is_retryable(), "{protocol} cut after {after}");
                    assert!(whole.message.text().starts_with(&response.message.text()), "{protocol} cut after {after}");
                    for call in response.message.tool_calls() {
                        let full = whole.message.tool_calls().find(|full| full.id == call.id);
                        assert_eq!(full, Some(call), "{protocol} cut after {after}: half a call was kept");
                    }
                }
            }
        }
        assert!(complete > 0, "{protocol}: the reply is longer than the longest cut");
    }
}

fn turn() -> Script {
    Script::new().turn(Turn::new().text("I will look.").call("get_weather", r#"{"city":"Paris"}"#))
}

#[tokio::test]
async fn a_model_that_fails_in_mid_call() {
    for protocol in PROTOCOLS {
        let script = Script::new().turn(Turn::new().call("get_weather", r#"{"city":"Paris"}"#).cut());
        let server = serve(&script).await;
        let (response, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Streamed).await;
        let error = ended.expect_err("half a reply");
        assert!(error.is_cut(), "{protocol}: {error:?}");
        assert_eq!(response.message.tool_calls().count(), 0, "{protocol}: half a call was kept");
    }
}

#[tokio::test]
async fn a_whole_reply_that_breaks_off() {
    for protocol in PROTOCOLS {
        let server = serve(&Script::new().text("Hello!")).await;
        server.fail_next(Fault::cut(20));
        let (_, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Whole).await;
        let error = ended.expect_err("half a reply");
        assert!(error.is_cut(), "{protocol}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json() {
    for protocol in PROTOCOLS {
        for reply in REPLIES {
            for body in ["<html><body>Welcome to our captive portal</body></html>", "", "{\"choices\":", "null", "[]"] {
                let server = serve(&Script::new()).await;
                server.fail_next(Fault::answer(200).body(body));
                let (_, ended) = ask(&impatient(&server, protocol).model("m"), reply).await;
                let error = ended.expect_err("not a reply");
                assert!(error.is_decode() || error.is_cut(), "{protocol} {reply:?} {body:?}: {error:?}");
                assert!(error.to_string().contains(protocol.name()), "{protocol} {reply:?} {body:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn an_error_whose_body_is_not_json() {
    for protocol in PROTOCOLS {
        for body in ["<html>502 Bad Gateway</html>", "", "\u{0}\u{1}", "null"] {
            let server = serve(&Script::new()).await;
            server.fail_next(Fault::answer(502).header("content-type", "text/html").body(body));
            let (_, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Whole).await;
            let error = ended.expect_err("an error");
            assert_eq!(error.status(), Some(502), "{protocol} {body:?}: {error:?}");
            assert!(error.is_retryable(), "{protocol} {body:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn an_error_body_without_end_is_not_read_to_its_end() {
    let server = serve(&Script::new()).await;
    server.fail_next(Fault::answer(400).body(vec![b'x'; 8 << 20]));
    let (_, ended) = ask(&impatient(&server, Protocol::OpenAiChat).model("m"), Reply::Whole).await;
    let error = ended.expect_err("an error");
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().len() <= 70 << 10, "{} bytes of message", error.to_string().len());
}

#[tokio::test]
async fn the_services_own_words_and_the_request_id_reach_the_user() {
    for (protocol, header) in [(Protocol::OpenAiChat, "x-request-id"), (Protocol::Anthropic, "request-id")] {
        let server = serve(&Script::new()).await;
        let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"tools.0: no such thing"}}"#;
        server.fail_next(Fault::answer(400).header(header, "req_abc").body(body));
        let (_, ended) = ask(&impatient(&server, protocol).model("m"), Reply::Whole).await;
        let error = ended.expect_err("an error");
        assert_eq!(error.service_message(), Some("tools.0: no such thing"));
        assert_eq!(error.request_id(), Some("req_abc"));
        assert!(error.to_string().contains("req_abc"), "{error}");
        assert!(error.to_string().contains("tools.0: no such thing"), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_wrong_address_is_named() {
    let server = serve(&Script::new()).await;
    let base = format!("{}/nowhere/v2?token=sk-secret", server.base_url(Protocol::OpenAiChat));
    server.fail_next(Fault::answer(404));
    let (_, ended) = ask(&Service::new(Protocol::OpenAiChat, base).model("m"), Reply::Whole).await;
    let error = format!("{:?}", ended.expect_err("no such path"));
    assert!(error.contains("/nowhere/v2/chat/completions"), "{error}");
    assert!(!error.contains("sk-secret"), "{error}");
}

#[tokio::test]
async fn a_silent_service_is_given_up() {
    let limit = Duration::from_millis(200);
    for (fault, reply) in [
        (Fault::hang(), Reply::Whole),
        (Fault::hang(), Reply::Streamed),
        (Fault::hang_after(10), Reply::Whole),
        (Fault::hang_after(200), Reply::Streamed),
    ] {
        let server = serve(&turn()).await;
        server.fail_next(fault.clone());
        let model = impatient(&server, Protocol::OpenAiChat).idle_timeout(limit).model("m");
        let (_, ended) = ask(&model, reply).await;
        let error = ended.expect_err("a time-out");
        assert!(error.is_timeout(), "{fault:?} {reply:?}: {error:?}");
        assert!(error.is_retryable());
        assert!(error.to_string().contains("200ms"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_without_a_word() {
    let server = serve(&Script::new()).await;
    server.fail_next(Fault::close());
    let (_, ended) = ask(&impatient(&server, Protocol::OpenAiChat).model("m"), Reply::Whole).await;
    let error = ended.expect_err("no answer");
    assert!(error.is_retryable(), "{error:?}");
    assert!(error.to_string().contains(&server.address().to_string()), "{error}");
}

#[tokio::test]
async fn nobody_at_home() {
    // A port that is taken, and nobody listens.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let port = socket.local_addr().expect("bound").port();
    let service = Service::new(Protocol::OpenAiChat, format!("http://127.0.0.1:{port}/v1")).key("sk-secret");
    let (_, ended) = ask(&service.retry(fcall_runtime::client::Retry::never()).model("m"), Reply::Whole).await;
    let error = ended.expect_err("no connection");
    assert!(error.is_connect(), "{error:?}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(!format!("{error:?}").contains("sk-secret"));
}

#[tokio::test]
async fn a_reply_without_end_is_not_taken() {
    let server = serve(&Script::new().text("x".repeat(100_000))).await;
    let mut limits = Limits::default();
    limits.reply = 10_000;
    let model = impatient(&server, Protocol::OpenAiChat).limits(limits).model("m");
    let (_, ended) = ask(&model, Reply::Streamed).await;
    let error = ended.expect_err("too large");
    assert!(error.to_string().contains("10000"), "{error}");
    assert!(!error.is_retryable());
}

#[test]
fn without_a_runtime_it_is_an_error_and_no_panic() {
    let service = Service::new(Protocol::OpenAiChat, "http://127.0.0.1:1/v1").model("m");
    let sought = Environment::of([("", ""); 0])
        .local_servers([LocalServer::new("Ollama", "http://127.0.0.1:1/v1")])
        .choose(|| Arc::new(Script::new()))
        .expect("a model that is still sought");
    let models: [&dyn Model; 2] = [&service, &sought];
    for model in models {
        let (messages, tools, options) = ([Message::user("Hi")], ToolSpecs::default(), RequestOptions::default());
        let request = Request::new(&messages, &tools, &options);
        let mut deltas = Vec::new();
        let mut reply = model.reply(&request, &mut deltas);
        let Poll::Ready(ended) = reply.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("{}: there is nothing to wait for", model.id())
        };
        let error = ended.expect_err("no runtime");
        assert!(error.to_string().contains("tokio"), "{error}");
    }
}
