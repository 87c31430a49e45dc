//! The loopback server, spoken to in plain HTTP.

use std::time::Duration;

use fcall_runtime::{
    Result,
    message::{Request, Sink},
    model::{BoxFuture, Model},
    testing::{Fault, Script, Server, Turn},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

const QUESTION: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Sends these bytes, says that no more will come, and reads all that is answered.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    // A server that has had enough closes before all is written.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).expect("an answer that is text")
}

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let server = Server::start(Script::new().text("one").text("two")).await.expect("a server");
    let both = post("/v1/chat/completions", QUESTION) + "\r\n" + &post("/any/thing/chat/completions?x=1", QUESTION);
    let answer = exchange(&server, both.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    assert!(answer.find("one") < answer.find("two"), "{answer}");
    let paths: Vec<_> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths, ["/v1/chat/completions", "/any/thing/chat/completions?x=1"]);
    assert_eq!(server.requests()[0].json()["messages"][0]["content"], "Hi");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_model_list_names_the_model() {
    let server = Server::start(Script::new()).await.expect("a server");
    let answer = exchange(&server, b"GET /v1/models HTTP/1.1\r\n\r\n").await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let list: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(list["object"], "list");
    assert_eq!(list["data"][0]["id"], "script");
}

#[tokio::test]
async fn what_is_not_served_is_refused() {
    let server = Server::start(Script::new()).await.expect("a server");
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(20_000));
    for (request, status) in [
        (post("/v1/embeddings", "{}"), 404),
        ("GET /v1/chat/completions HTTP/1.1\r\n\r\n".to_owned(), 405),
        (post("/v1/models", "{}"), 405),
        (post("/v1/chat/completions", "not JSON"), 400),
        (post("/v1/messages", "[]"), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/2\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), 400),
        ("POST /v1/messages HTTP/1.1\r\ncontent-length: many\r\n\r\n".to_owned(), 400),
        ("POST /v1/messages HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n".to_owned(), 413),
        ("POST /v1/messages HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(), 411),
        (long, 431),
        (many, 431),
    ] {
        let answer = exchange(&server, request.as_bytes()).await;
        let shown: String = request.chars().take(60).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer}");
    }
    for half in ["", "GET / HT", "POST /v1/messages HTTP/1.1\r\ncontent-length: 10\r\n\r\n{"] {
        assert_eq!(exchange(&server, half.as_bytes()).await, "", "{half:?} is no request yet");
    }
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let server = Server::start(Script::new().text("Hello!")).await.expect("a server");
    let request = post("/v1/chat/completions", QUESTION).replacen("\r\n", "\r\nExpect: 100-continue\r\n", 1);
    let answer = exchange(&server, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn an_answer_of_ones_own() {
    let server = Server::start(Script::new()).await.expect("a server");
    server.fail_next(Fault::answer(418).header("x-pot", "tea").body("short and stout"));
    let answer = exchange(&server, post("/v1/messages", "{}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 418 "), "{answer}");
    assert!(answer.contains("x-pot: tea\r\n") && answer.ends_with("\r\n\r\nshort and stout"), "{answer}");
}

#[tokio::test]
#[should_panic(expected = "line end")]
async fn a_header_can_not_become_two() {
    let _ = Fault::answer(200).header("x-a", "b\r\nx-c: d");
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let server = Server::start(Script::new()).await.expect("a server");
    server.fail_next(Fault::hang());
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    stream.write_all(post("/v1/messages", "{}").as_bytes()).await.expect("a request");
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let address = server.address();
    drop(server);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert_eq!(rest, b"", "an open connection ends without an answer");
    assert!(TcpStream::connect(address).await.is_err(), "the port is free");
}

/// Sends this request, hangs up once it has come in, and reads what is left.
async fn hang_up(server: &Server, request: &str) -> String {
    let before = server.requests().len();
    let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("a request");
    while server.requests().len() == before {
        tokio::task::yield_now().await;
    }
    stream.shutdown().await.expect("an open connection");
    let mut rest = String::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut rest)).await;
    read.expect("the connection ends with the client").expect("text");
    rest
}

#[tokio::test]
async fn a_silence_on_purpose_ends_with_the_client() {
    let silent = Turn::new().text("Hello").silent();
    let server = Server::start(Script::new().text("Hello").turn(silent.clone()).turn(silent)).await.expect("a server");
    let whole = post("/v1/chat/completions", QUESTION);
    let streamed = post("/v1/chat/completions", &QUESTION.replacen('{', r#"{"stream":true,"#, 1));
    server.fail_next(Fault::hang());
    assert_eq!(hang_up(&server, &whole).await, "");
    server.fail_next(Fault::hang_after(10));
    let rest = hang_up(&server, &whole).await;
    assert_eq!(rest.split_once("\r\n\r\n").map(|(_, body)| body.len()), Some(10), "{rest}");
    assert_eq!(hang_up(&server, &whole).await, "");
    let rest = hang_up(&server, &streamed).await;
    assert!(rest.contains("Hello") && !rest.ends_with("0\r\n\r\n"), "{rest}");
}

/// Never replies; says when a reply was given up.
struct Patient(mpsc::UnboundedSender<()>);

impl Model for Patient {
    fn id(&self) -> &str {
        "patient"
    }

    fn reply<'a>(&'a self, _: &'a Request<'a>, _: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        struct Given<'a>(&'a Patient);
        impl Drop for Given<'_> {
            fn drop(&mut self) {
                let _ = self.0.0.send(());
            }
        }
        let given = Given(self);
        Box::pin(async move {
            let _given = given;
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_reply_that_nobody_waits_for_is_given_up() {
    let (given_up, mut heard) = mpsc::unbounded_channel();
    let server = Server::start(Patient(given_up)).await.expect("a server");
    for streams in [false, true] {
        let question = QUESTION.replacen('{', &format!(r#"{{"stream":{streams},"#), 1);
        let mut stream = TcpStream::connect(server.address()).await.expect("a connection");
        stream.write_all(post("/v1/chat/completions", &question).as_bytes()).await.expect("a request");
        let early = tokio::time::timeout(Duration::from_millis(50), heard.recv()).await;
        assert!(early.is_err(), "the client is still there");
        drop(stream);
        let told = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await;
        told.expect("the reply is dropped with the connection");
    }
}

#[tokio::test]
async fn keys_are_recorded_but_not_shown() {
    let server = Server::start(Script::new()).await.expect("a server");
    exchange(&server, b"GET /v1/models HTTP/1.1\r\nAuthorization: Bearer sk-secret\r\n\r\n").await;
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer sk-secret"));
    assert!(!format!("{requests:?}").contains("sk-secret"));
}
