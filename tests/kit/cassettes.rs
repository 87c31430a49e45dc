//! Real traffic, recorded and replayed: here the real service is a server on the loopback.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use fcall::{
    Error, Protocol, Run, Service,
    client::Retry,
    testing::{Cassette, Fault, Mode, Script, Server, Turn},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{agent, panic_of};

const KEY: &str = "sk-0123/45\"67";
const QUESTION: &str = "What's the weather like in Paris?";

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cassettes").join(name);
    let _ = fs::remove_file(&path);
    path
}

fn script() -> Script {
    let look = Turn::new().text("Let me look. \u{1f31e}").call("get_weather", json!({"city": "Paris"})).usage(7, 8);
    Script::new().turn(look).text("It is sunny in Paris.")
}

/// Whether a run is streamed.
#[derive(Clone, Copy, Debug)]
enum Way {
    Whole,
    Streamed,
}

async fn run(service: Service, question: &str, way: Way) -> Result<Run, Error> {
    let agent = agent(service.model("m"));
    match way {
        Way::Whole => agent.run(question).await,
        Way::Streamed => Ok(agent.stream(question).finish().await?.expect("a run")),
    }
}

/// Records a run against this server.
async fn record(path: &Path, server: &Server, protocol: Protocol, way: Way) -> Result<Run, Error> {
    let cassette = Cassette::open(path, Mode::Record).unwrap();
    let run = run(cassette.service(server.service(protocol).key(KEY)), QUESTION, way).await;
    cassette.assert_all_used();
    run
}

/// A service that nobody offers, with a key that nobody has.
fn nowhere(protocol: Protocol) -> Service {
    let path = if protocol == Protocol::Gemini { "" } else { "/v1" };
    Service::new(protocol, format!("https://192.0.2.1{path}")).key_from_env("FCALL_TEST_NO_SUCH_VARIABLE")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn what_was_recorded_is_replayed_without_network_and_key() {
    for protocol in Protocol::ALL {
        for way in [Way::Whole, Way::Streamed] {
            let path = file(&format!("{protocol}-{way:?}.json"));
            let server = Server::start(script()).await.unwrap();
            let recorded = record(&path, &server, protocol, way).await.unwrap();
            drop(server);
            assert_eq!(recorded.text, "It is sunny in Paris.");

            let cassette = Cassette::open(&path, Mode::Replay).unwrap();
            let replayed = run(cassette.service(nowhere(protocol)), QUESTION, way).await.unwrap();
            cassette.assert_all_used();
            assert_eq!(replayed.messages, recorded.messages, "{protocol} {way:?}");
            assert_eq!(replayed.usage, recorded.usage, "{protocol} {way:?}");

            let text = fs::read_to_string(&path).unwrap();
            for secret in ["0123", "authorization", "x-api-key", "x-goog-api-key"] {
                assert!(!text.contains(secret), "{secret} is in {}", path.display());
            }
            assert_eq!(read(&path)["version"], 1);
        }
    }
}

#[tokio::test]
async fn a_stream_is_replayed_in_the_pieces_in_which_it_came() {
    let path = file("pieces.json");
    let server = Server::start(script()).await.unwrap();
    record(&path, &server, Protocol::OpenAiChat, Way::Streamed).await.unwrap();
    let mut recording = read(&path);
    let chunks = &mut recording["exchanges"][1]["response"]["chunks"];
    let body: String = chunks.as_array().unwrap().iter().map(|chunk| chunk.as_str().unwrap()).collect();
    // Every byte for itself, a character of four bytes among them.
    let body = body.replace("nny", "nny \u{1f31e}");
    *chunks = body
        .bytes()
        .map(|byte| match byte.is_ascii() {
            true => json!(char::from(byte).to_string()),
            false => json!({"hex": format!("{byte:02x}")}),
        })
        .collect();
    fs::write(&path, recording.to_string()).unwrap();
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    let run = run(cassette.service(nowhere(Protocol::OpenAiChat)), QUESTION, Way::Streamed).await.unwrap();
    assert_eq!(run.text, "It is sunny \u{1f31e} in Paris.");
    cassette.assert_all_used();
}

#[tokio::test]
async fn a_character_in_two_pieces_is_recorded_as_it_came() {
    let path = file("two-pieces.json");
    let event =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\u{1f31e}\"},\"finish_reason\":\"stop\"}]}\n\n";
    let cut = event.find('\u{1f31e}').unwrap() + 2;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let cassette = Cassette::open(&path, Mode::Record).unwrap();
    let asking = tokio::spawn(run(cassette.service(Service::new(Protocol::OpenAiChat, base)), QUESTION, Way::Streamed));
    let (mut stream, _) = listener.accept().await.unwrap();
    {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        stream.set_nodelay(true).unwrap();
        let _ = stream.read(&mut [0; 65_536]).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        for half in [&event.as_bytes()[..cut], &event.as_bytes()[cut..]] {
            stream.write_all(half).await.unwrap();
            stream.flush().await.unwrap();
            // The client has to read the first half before the second is sent, or both come as one.
            for _ in 0..10_000 {
                tokio::task::yield_now().await;
            }
        }
    }
    drop(stream);
    let recorded = asking.await.unwrap().unwrap();
    assert_eq!(recorded.text, "\u{1f31e}");
    cassette.assert_all_used();
    let chunks = read(&path)["exchanges"][0]["response"]["chunks"].clone();
    if chunks.as_array().unwrap().len() > 1 {
        assert!(chunks[0]["hex"].is_string(), "{chunks}");
    }
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    let replayed = run(cassette.service(nowhere(Protocol::OpenAiChat)), QUESTION, Way::Streamed).await.unwrap();
    assert_eq!(replayed.messages, recorded.messages);
}

#[tokio::test]
async fn two_recordings_of_the_same_traffic_are_the_same_bytes() {
    let texts = ["one", "two"].map(|name| async move {
        let path = file(&format!("same-{name}.json"));
        let server = Server::start(script()).await.unwrap();
        record(&path, &server, Protocol::Anthropic, Way::Whole).await.unwrap();
        fs::read_to_string(&path).unwrap()
    });
    let [one, two] = texts;
    assert_eq!(one.await, two.await);
}

#[tokio::test]
async fn a_request_that_is_not_recorded_is_told_with_the_nearest_that_is() {
    for protocol in Protocol::ALL {
        let path = file(&format!("nearest-{protocol}.json"));
        record(&path, &Server::start(script()).await.unwrap(), protocol, Way::Whole).await.unwrap();
        let cassette = Cassette::open(&path, Mode::Replay).unwrap();
        let question = QUESTION.replace("Paris", "Rome");
        let error =
            run(cassette.service(nowhere(protocol)), &question, Way::Whole).await.expect_err("another question");
        let told = error.to_string();
        assert!(!error.is_retryable());
        let place = match protocol {
            Protocol::OpenAiResponses => "input[0].content: expected",
            Protocol::Anthropic => "messages[0].content[0].text: expected",
            Protocol::Gemini => "contents[0].parts[0].text: expected",
            _ => "messages[0].content: expected",
        };
        for part in [place, "nearest: exchange 1 of 2", "like in Paris?\"", "like in Rome?\"", "FCALL_CASSETTE=record"]
        {
            assert!(told.contains(part), "`{part}` is missing in: {told}");
        }
        let panic = panic_of(|| cassette.assert_all_used());
        assert!(panic.contains(place), "{panic}");
    }
}

#[tokio::test]
async fn a_request_at_another_address_is_told_so() {
    let path = file("address.json");
    record(&path, &Server::start(script()).await.unwrap(), Protocol::OpenAiChat, Way::Whole).await.unwrap();
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    let other = Service::new(Protocol::OpenAiChat, "https://192.0.2.1/openai/v1");
    let error = run(cassette.service(other), QUESTION, Way::Whole).await.expect_err("another address");
    let expected = "the address: expected POST /v1/chat/completions, got POST /openai/v1/chat/completions";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn an_exchange_answers_once() {
    let path = file("once.json");
    record(&path, &Server::start(script()).await.unwrap(), Protocol::Anthropic, Way::Whole).await.unwrap();
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    let service = cassette.service(nowhere(Protocol::Anthropic));
    run(service.clone(), QUESTION, Way::Whole).await.unwrap();
    let error = run(service, QUESTION, Way::Whole).await.expect_err("all are used");
    assert!(error.to_string().contains("recorded 1 times"), "{error}");
    assert!(error.to_string().contains("asked for once more"), "{error}");
}

#[tokio::test]
async fn an_exchange_that_nobody_asked_for_is_told() {
    let path = file("unused.json");
    record(&path, &Server::start(script()).await.unwrap(), Protocol::Anthropic, Way::Whole).await.unwrap();
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    let panic = panic_of(|| cassette.assert_all_used());
    assert!(panic.contains("2 of the 2 exchanges"), "{panic}");
    assert!(panic.contains("  1 (POST /v1/messages)\n  2 (POST /v1/messages)"), "{panic}");
}

#[tokio::test]
async fn bodies_are_compared_by_what_they_mean() {
    let path = file("meaning.json");
    record(&path, &Server::start(script()).await.unwrap(), Protocol::OpenAiChat, Way::Whole).await.unwrap();
    fn turned(value: &Value) -> Value {
        match value {
            Value::Object(members) => members
                .iter()
                .rev()
                .map(|(key, value)| (key.clone(), turned(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Array(items) => items.iter().map(turned).collect(),
            Value::String(text) if text == r#"{"city":"Paris"}"# => json!(" { \"city\" : \"Paris\" } "),
            other => other.clone(),
        }
    }
    let recording = read(&path);
    let other = turned(&recording);
    assert_ne!(other.to_string(), recording.to_string());
    fs::write(&path, other.to_string()).unwrap();
    let cassette = Cassette::open(&path, Mode::Replay).unwrap();
    run(cassette.service(nowhere(Protocol::OpenAiChat)), QUESTION, Way::Whole).await.unwrap();
    cassette.assert_all_used();
}

#[tokio::test(start_paused = true)]
async fn faults_and_retries_are_recorded_like_everything_else() {
    for protocol in Protocol::ALL {
        let path = file(&format!("faults-{protocol}.json"));
        let server = Server::start(Script::new().text("Hello!").text("Hello!")).await.unwrap();
        let busy = r#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#;
        server.fail_next(Fault::answer(429).header("retry-after", "7").header("x-request-id", "req_busy").body(busy));
        server.fail_next(Fault::cut(20));
        record(&path, &server, protocol, Way::Whole).await.unwrap();
        drop(server);
        assert_eq!(read(&path)["exchanges"].as_array().unwrap().len(), 3);
        assert_eq!(read(&path)["exchanges"][1]["response"]["end"], "lost");

        let cassette = Cassette::open(&path, Mode::Replay).unwrap();
        let begin = Instant::now();
        let replayed = run(cassette.service(nowhere(protocol)), QUESTION, Way::Whole).await.unwrap();
        assert_eq!(replayed.text, "Hello!");
        assert!(begin.elapsed() >= Duration::from_secs(7), "the wait that was asked for is kept");
        cassette.assert_all_used();

        let cassette = Cassette::open(&path, Mode::Replay).unwrap();
        let impatient = cassette.service(nowhere(protocol)).retry(Retry::never());
        let error = run(impatient, QUESTION, Way::Whole).await.expect_err("a 429");
        assert_eq!((error.status(), error.request_id()), (Some(429), Some("req_busy")));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn no_secret_lands_in_the_file() {
    let escaped = r#"{"error":{"message":"bad key sk-0123/45\"67, sk-0123\/45\"67, \u0073k-0123/45\u002267","code":"sk-0123/45\"67"}}"#;
    for protocol in Protocol::ALL {
        let path = file(&format!("secrets-{protocol}.json"));
        let server = Server::start(script()).await.unwrap();
        let fault = Fault::answer(401).header("x-request-id", "about sk-0123/45\"67").body(escaped);
        server.fail_next(
            fault.header("location", "/elsewhere?key=sk-0123%2F45%2267").header("set-cookie", "session=cookie-0001"),
        );
        let cassette = Cassette::open(&path, Mode::Record).unwrap().hide("Ada Lovelace");
        let base = format!("{}?key=query-0123&alt=x", server.base_url(protocol));
        let service = Service::new(protocol, base).key(KEY).header("x-auth-token", "Token header-0123");
        let question = format!("I am Ada Lovelace, my key is {KEY}, my token header-0123. (Ada%20Lovelace)");
        let error = run(cassette.service(service), &question, Way::Whole).await.expect_err("a 401");
        assert_eq!(error.status(), Some(401));
        cassette.assert_all_used();
        let recording = read(&path);
        let text = recording.to_string() + &fs::read_to_string(&path).unwrap();
        for secret in ["0123", "Lovelace", "cookie-0001", "0001", "Bearer"] {
            assert!(!text.contains(secret), "{secret} is in {}: {recording:#}", path.display());
        }
        assert!(text.matches("(hidden)").count() >= 6, "{recording:#}");
        let path = recording["exchanges"][0]["request"]["path"].as_str().unwrap();
        assert!(path.ends_with("?alt=x"), "what is no key stays: {path}");
    }
}

#[tokio::test]
async fn a_secret_in_the_pieces_of_a_stream_is_not_recorded() {
    let path = file("spelled.json");
    // A stream brings texts in pieces of eight bytes.
    let server = Server::start(Script::new().text("You said: secret-key-0123456789.")).await.unwrap();
    let cassette = Cassette::open(&path, Mode::Record).unwrap();
    let service = server.service(Protocol::Anthropic).key("secret-key-0123456789");
    run(cassette.service(service), QUESTION, Way::Streamed).await.unwrap();
    let panic = panic_of(|| cassette.assert_all_used());
    assert!(panic.contains("spells out a secret in pieces"), "{panic}");
    drop(cassette);
    assert!(!path.exists(), "nothing but that was there to record");
}

#[tokio::test]
async fn auto_records_once() {
    let path = file("auto.json");
    let server = Server::start(script()).await.unwrap();
    for requests in [2, 2] {
        let cassette = Cassette::open(&path, Mode::Auto).unwrap();
        assert_eq!(cassette.is_replay(), path.exists());
        run(cassette.service(server.service(Protocol::Gemini).key(KEY)), QUESTION, Way::Whole).await.unwrap();
        cassette.assert_all_used();
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn a_cassette_that_is_dropped_is_written() {
    let path = file("dropped.json");
    let server = Server::start(script()).await.unwrap();
    let cassette = Cassette::open(&path, Mode::Record).unwrap();
    let model = cassette.model(server.service(Protocol::Gemini).model("m"));
    drop(cassette);
    agent(model).run(QUESTION).await.unwrap();
    assert_eq!(read(&path)["exchanges"].as_array().unwrap().len(), 2);
}

#[test]
fn a_file_that_is_no_recording_is_told() {
    let missing = file("missing.json");
    let error = Cassette::open(&missing, Mode::Replay).expect_err("no file");
    assert!(error.to_string().contains("there is no recording at"), "{error}");
    for (text, told) in [
        ("", "is not a recording"),
        ("{}", "is not a recording"),
        (r#"{"version":1}"#, "is not a recording"),
        (r#"{"version":2,"tracks":[]}"#, "is of version 2, and this library reads versions up to 1"),
    ] {
        let path = file("wrong.json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let error = Cassette::open(&path, Mode::Replay).expect_err(text);
        assert!(error.to_string().contains(told), "{text}: {error}");
    }
}

#[test]
fn the_environment_says_the_mode() {
    const VARIABLE: &str = "FCALL_CASSETTE";
    if std::env::var_os("FCALL_TEST_CHILD").is_some() {
        println!("mode: {:?}", Mode::from_env());
        return;
    }
    for (value, mode) in [
        (None, "mode: Ok(Replay)"),
        (Some(""), "mode: Ok(Replay)"),
        (Some("replay"), "mode: Ok(Replay)"),
        (Some("record"), "mode: Ok(Record)"),
        (Some("auto"), "mode: Ok(Auto)"),
        (Some("tape"), "mode: Err(FCALL_CASSETTE is `tape`: expected `record`, `replay` or `auto`)"),
    ] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "cassettes::the_environment_says_the_mode", "--nocapture"]);
        child.env("FCALL_TEST_CHILD", "1").env_remove(VARIABLE);
        if let Some(value) = value {
            child.env(VARIABLE, value);
        }
        let output = child.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains(mode), "{value:?}: {said}");
    }
}
