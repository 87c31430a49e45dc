//! Faults of a reply and of the service: the run ends in an error that keeps it, or another try mends it.

use std::{sync::Arc, time::Duration};

use fcall::{
    Error, Message, Run, Toolbox,
    agent::Stop,
    client::Retry,
    message::{Request, RequestOptions},
    serde_json::Value,
    testing::{Fault, Script, Server, Turn},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    cell::{Cell, Scene, opened, opening},
    door::Door,
    said::{call, model, result},
    talk::Talk,
    tools::all,
};

/// The reply that never comes to its end. Its numbers are found in its bytes, in whatever pieces these come.
fn turn() -> Turn {
    Turn::new().text("And the rest.").call("add", r#"{"a":1234567,"b":0}"#)
}

fn once() -> Retry {
    Retry::default().times(1).first(Duration::from_millis(1))
}

/// The body of this reply, as a server sends it.
async fn body_of(cell: Cell, turn: Turn) -> Vec<u8> {
    let script = Script::new().turn(Turn::new()).turn(turn);
    script.skip();
    let server = Server::start(script).await.unwrap();
    let asked = cell.model(&server.base_url(cell.protocol), Retry::never());
    let (messages, options) = ([Message::user("Go")], RequestOptions::default());
    let tools = Toolbox::new(all()).unwrap();
    let request = Request::new(&messages, tools.specs(), &options).stream(cell.way.streams());
    let body = asked.encode(&request).unwrap().body;
    let address = asked.address(cell.way.streams()).unwrap();
    let path = address.strip_prefix(&format!("http://{}", server.address())).unwrap();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let head = find(&answer, "\r\n\r\n").unwrap() + 4;
    let is_chunked = find(&answer[..head], "transfer-encoding: chunked").is_some();
    if is_chunked { unchunked(&answer[head..]) } else { answer[head..].to_vec() }
}

fn unchunked(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = find(chunks, "\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..line]).unwrap(), 16).unwrap();
        body.extend_from_slice(&chunks[line + 2..line + 2 + length]);
        chunks = &chunks[line + 2 + length + 2..];
    }
    body
}

fn find(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}

/// The end of this text, where it first stands in the body.
fn behind(body: &[u8], text: &str) -> usize {
    let at = find(body, text).unwrap_or_else(|| panic!("no {text} in {}", String::from_utf8_lossy(body)));
    at + text.len()
}

/// The same, or of a stream the end of the event that it stands in.
fn behind_event(cell: Cell, body: &[u8], text: &str) -> usize {
    let at = behind(body, text);
    if cell.way.streams() { at + behind(&body[at..], "\n\n") } else { at }
}

/// Has the second reply break off after this many bytes of its body.
async fn cut(cell: Cell, after: usize) -> (Error, Scene) {
    let mut scene = cell.start(opening().turn(turn()), |agent| agent).await;
    let server = Arc::clone(&scene.server);
    scene.stage.set_trap(async move { server.fail_next(Fault::cut(after)) });
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.is_cut() && fault.is_retryable(), "{fault}");
    assert_eq!(scene.server.requests().len(), 2);
    check_kept(fault.run().unwrap());
    (fault, scene)
}

/// What had happened before the fault is there.
fn check_kept(run: &Run) {
    assert_eq!((run.turns, run.calls().count(), run.messages.len()), (1, 1, 3));
    assert_eq!(run.calls().next().unwrap().result.to_text(), "3");
}

/// What came of a reply that broke off stands beside the conversation: of a whole one nothing.
fn check_partial(cell: Cell, fault: &Error, text: &str) {
    let partial = fault.run().unwrap().partial.as_ref();
    match cell.way.streams() {
        true => assert_eq!(partial.expect("something came").message.text(), text),
        false => assert!(partial.is_none(), "{partial:?}"),
    }
}

pub(crate) async fn cut_before_the_call(cell: Cell) {
    let body = body_of(cell, turn()).await;
    let (fault, scene) = cut(cell, behind_event(cell, &body, "rest.")).await;
    check_partial(cell, &fault, "And the rest.");
    scene.go_on(opened()).await;
}

pub(crate) async fn cut_inside_the_call(cell: Cell) {
    let body = body_of(cell, turn()).await;
    let (fault, scene) = cut(cell, behind(&body, "4567")).await;
    check_partial(cell, &fault, "And the rest.");
    let half = fault.run().unwrap().partial.iter().flat_map(|partial| partial.message.tool_calls()).next();
    assert!(half.is_none(), "half a call is none: {half:?}");
    scene.go_on(opened()).await;
}

pub(crate) async fn cut_after_the_call(cell: Cell) {
    let body = body_of(cell, turn()).await;
    let after = match (cell.way.streams(), cell.protocol) {
        (false, _) => body.len() - 1,
        // All but the events that say that the reply is complete.
        (true, protocol) => {
            let end = match protocol {
                fcall::Protocol::OpenAiChat => r#""finish_reason":"tool_calls""#,
                fcall::Protocol::OpenAiResponses => "event: response.completed",
                fcall::Protocol::Anthropic => "event: message_delta",
                _ => r#""finishReason""#,
            };
            let end = behind(&body, end);
            body[..end].windows(2).rposition(|window| window == b"\n\n").unwrap() + 2
        }
    };
    let (fault, scene) = cut(cell, after).await;
    check_partial(cell, &fault, "And the rest.");
    for whole in fault.run().unwrap().partial.iter().flat_map(|partial| partial.message.tool_calls()) {
        assert_eq!((whole.name.as_str(), whole.arguments.as_str()), ("add", r#"{"a":1234567,"b":0}"#));
    }
    scene.go_on(opened()).await;
}

pub(crate) async fn malformed_reply(cell: Cell) {
    let body = String::from_utf8(body_of(cell, turn()).await).unwrap();
    // Where the call is named there is no JSON.
    let broken = body.replacen("\"add\"", "add", 1);
    assert_ne!(broken, body);
    let mut scene = cell.start(opening(), |agent| agent).await;
    let server = Arc::clone(&scene.server);
    let kind = if cell.way.streams() { "text/event-stream" } else { "application/json" };
    scene.stage.set_trap(async move {
        server.fail_next(Fault::answer(200).header("content-type", kind).body(broken));
    });
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.is_decode() && !fault.is_retryable(), "{fault}");
    check_kept(fault.run().unwrap());
    check_partial(cell, &fault, "And the rest.");
    scene.go_on(opened()).await;
}

/// The service refuses the second request, and the repetition as well.
async fn refused(cell: Cell, status: u16, fail: fn(Script) -> Script) {
    let mut scene = cell.start_with(fail(fail(opening())), once(), |agent| agent).await;
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.status() == Some(status) && fault.is_retryable(), "{fault}");
    assert!(fault.service_message().is_some() && fault.request_id().is_some(), "{fault}");
    assert_eq!(scene.server.requests().len(), 3, "asked twice");
    check_kept(fault.run().unwrap());
    assert!(fault.run().unwrap().partial.is_none());
    scene.go_on(opened()).await;
}

pub(crate) async fn error_in_the_reply(cell: Cell) {
    if !cell.way.streams() {
        return cell.cannot_exist("a whole reply has its status before it (status_500)");
    }
    let broken = Turn::new().text("And the rest.").call("add", r#"{"a":1234567,"b":0}"#).cut();
    // What was handed out can't be taken back, so it is not asked for again.
    let mut scene = cell.start_with(opening().turn(broken), once(), |agent| agent).await;
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.service_message() == Some("Overloaded") && fault.is_retryable(), "{fault}");
    assert_eq!(scene.server.requests().len(), 2);
    check_kept(fault.run().unwrap());
    check_partial(cell, &fault, "And the rest.");
    scene.go_on(opened()).await;
}

/// The service refuses the second request, and answers its repetition.
async fn mended(cell: Cell, fail: impl FnOnce(Script) -> Script) {
    let scene = cell.start_with(fail(opening()).turn(turn()).text("That is all."), once(), |agent| agent).await;
    goes_on(scene).await;
}

/// The second request is sent once more, and nothing is there to be seen of it.
async fn goes_on(mut scene: Scene) {
    let run = scene.talk.ask("Go").await.unwrap();
    assert!(run.stop == Stop::Answer && run.turns == 3, "{:?} after {} turns", run.stop, run.turns);
    let sent = scene.server.requests();
    let bodies: Vec<Value> = sent.iter().map(|request| request.json()).collect();
    assert_eq!(bodies.len(), 4);
    assert_eq!(bodies[1], bodies[2], "the same request");
    let mut said = opened();
    let rest =
        [model("And the rest."), call("add", r#"{"a":1234567,"b":0}"#), result("1234567"), model("That is all.")];
    said.extend(rest);
    scene.go_on(said).await;
}

fn rate_limited(script: Script) -> Script {
    script.rate_limited(Duration::from_millis(1))
}

pub(crate) async fn status_429(cell: Cell) {
    refused(cell, 429, rate_limited).await;
}

pub(crate) async fn status_429_once(cell: Cell) {
    mended(cell, rate_limited).await;
}

pub(crate) async fn status_500(cell: Cell) {
    refused(cell, 500, Script::server_error).await;
}

pub(crate) async fn status_500_once(cell: Cell) {
    mended(cell, Script::server_error).await;
}

pub(crate) async fn connection_lost_once(cell: Cell) {
    let scene = cell.start_with(opening().turn(turn()).text("That is all."), once(), |agent| agent).await;
    let server = Arc::clone(&scene.server);
    scene.stage.set_trap(async move { server.fail_next(Fault::close()) });
    goes_on(scene).await;
}

pub(crate) async fn connection_refused(cell: Cell) {
    let stage = Arc::default();
    let server = cell.serve(opening(), &stage).await;
    let door = Arc::new(Door::to(server.address()));
    let base_url = server.base_url(cell.protocol).replace(&server.address().to_string(), &door.address().to_string());
    let agent = cell.agent(&base_url, once(), &stage).build().unwrap();
    let mut scene = Scene { cell, server, stage, talk: Talk::new(cell, agent), between: Vec::new() };
    let shut = Arc::clone(&door);
    scene.stage.set_trap(async move { shut.shut().await });
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.is_connect() && fault.is_retryable(), "{fault}");
    assert_eq!(scene.server.requests().len(), 1);
    check_kept(fault.run().unwrap());
    door.open();
    scene.go_on(opened()).await;
}
