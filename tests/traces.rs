//! Traces as a collector gets them: sent by OpenTelemetry's own exporter to a receiver on the loopback, and read back.

#![allow(deprecated, reason = "the names for generative AI move to a repository of their own, and stay as they are")]
#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use fcall::{
    Agent, Fallback, Protocol as Wire, ToolError,
    agent::{AgentBuilder, Limits},
    client::Retry,
    message::FinishReason,
    serde_json::{self, Value},
    testing::{Fault, Script, Server, Turn},
    tool, tools,
};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_semantic_conventions::attribute as names;
use tracing_subscriber::layer::SubscriberExt;

/// Log in
#[tool]
fn login(
    /// Who
    user: &str,
    /// The password
    #[arg(secret)]
    password: &str,
) -> Result<String, ToolError> {
    match user {
        "nobody" => Err(ToolError::failed(format!("{password} is wrong"))),
        _ => Ok(format!("welcome {user}, with {password}")),
    }
}

/// Wait for so many seconds
#[tool]
fn pause(seconds: u8) -> u8 {
    seconds
}

/// Look into a safe
#[tool(read_only)]
async fn look_into(#[arg(secret)] code: &str) -> String {
    tokio::task::yield_now().await;
    format!("gold, behind {code}")
}

/// What came: the bodies of the requests.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<Value>>>);

impl Received {
    /// A receiver of OTLP over HTTP, as JSON; answers each request with an empty object.
    fn listen() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let received = Self::default();
        let kept = received.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || while kept.take(&stream).is_some() {});
            }
        });
        (received, address)
    }

    fn take(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        self.0.lock().unwrap().push(serde_json::from_slice(&body).expect("OTLP in JSON"));
        let mut stream = stream;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").ok()
    }

    fn spans(&self) -> Vec<Span> {
        let all = self.0.lock().unwrap();
        let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
        let mut spans: Vec<Span> = all
            .iter()
            .flat_map(|body| list(body, "resourceSpans"))
            .flat_map(|resource| list(&resource, "scopeSpans"))
            .flat_map(|scope| list(&scope, "spans"))
            .map(|span| Span::of(&span))
            .collect();
        spans.sort_by_key(|span| span.began);
        spans
    }
}

#[derive(Debug)]
struct Span {
    name: String,
    id: String,
    parent: String,
    began: u128,
    failed: bool,
    kind: u64,
    attributes: BTreeMap<String, String>,
    events: Vec<Happened>,
}

/// An event in a span.
#[derive(Debug)]
struct Happened {
    name: String,
    attributes: BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn attributes(of: &Value) -> BTreeMap<String, String> {
    let value = |value: &Value| value.as_object().and_then(|kinds| kinds.values().next()).map(text);
    let all = of["attributes"].as_array().into_iter().flatten();
    all.map(|one| (text(&one["key"]), value(&one["value"]).unwrap_or_default())).collect()
}

impl Span {
    fn of(span: &Value) -> Self {
        let events = span["events"].as_array().into_iter().flatten();
        Self {
            name: text(&span["name"]),
            id: text(&span["spanId"]),
            parent: text(&span["parentSpanId"]),
            began: text(&span["startTimeUnixNano"]).parse().expect("a time"),
            failed: matches!(span["status"]["code"].as_u64(), Some(2)),
            kind: span["kind"].as_u64().unwrap_or_default(),
            attributes: attributes(span),
            // Those of the crates below are not ours.
            events: events
                .map(|event| Happened { name: text(&event["name"]), attributes: attributes(event) })
                .filter(|event| event.attributes.get("target").is_some_and(|target| target == "fcall"))
                .collect(),
        }
    }

    /// The one event of this name has these attributes.
    #[track_caller]
    fn tells(&self, name: &str, expected: &[(&str, &str)]) {
        let all: Vec<_> = self.events.iter().filter(|event| event.name == name).collect();
        let [event] = all[..] else { panic!("{} times {name}: {self:#?}", all.len()) };
        for (name, value) in expected {
            assert_eq!(event.attributes.get(*name).map(String::as_str), Some(*value), "{name}: {event:#?}");
        }
    }

    #[track_caller]
    fn has(&self, expected: &[(&str, &str)]) {
        for (name, value) in expected {
            let found = self.attributes.get(*name).map(String::as_str);
            assert_eq!(found, Some(*value), "{name} of {}: {self:#?}", self.name);
        }
    }
}

/// The spans of one run of this agent, as the receiver has them.
async fn spans(builder: AgentBuilder) -> Vec<Span> {
    spans_of(builder, async |agent: Agent| drop(agent.run("let me in").await)).await
}

async fn spans_of(builder: AgentBuilder, run: impl AsyncFnOnce(Agent)) -> Vec<Span> {
    // The exporter's own client asks for a provider of TLS, though nothing here is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (received, address) = Received::listen();
    let made = thread::spawn(move || {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(address)
            .build()
            .expect("an exporter");
        SdkTracerProvider::builder().with_batch_exporter(exporter).build()
    });
    let provider = made.join().expect("a provider");
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("fcall"));
    {
        // Tests run beside each other: the default holds for this thread alone, and so does the runtime.
        let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        run(builder.build().unwrap()).await;
    }
    thread::spawn(move || provider.shutdown().expect("everything is sent")).join().unwrap();
    received.spans()
}

fn agent(script: Script) -> AgentBuilder {
    Agent::builder(script).tools(tools![login, pause])
}

const CALL: (&str, &str) = ("login", r#"{"user":"ann","password":"hunter22"}"#);

fn two_turns() -> Script {
    Script::new().turn(Turn::new().call(CALL.0, CALL.1).usage(100, 20)).turn(Turn::new().text("done").usage(130, 5))
}

#[tokio::test]
async fn a_run_its_requests_and_its_calls_are_spans_by_the_conventions() {
    let builder = agent(two_turns()).name("porter").max_tokens(64).temperature(0.5).top_p(0.25).stop("END").seed(7);
    let spans = spans(builder).await;
    let name: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    let [run, first, call, second] = &spans[..] else { panic!("{name:?}") };
    assert_eq!([&run.name, &call.name], ["invoke_agent porter", "execute_tool login"]);
    assert!(first.name.starts_with("chat ") && second.name == first.name, "{name:?}");
    assert!([first, call, second].iter().all(|span| span.parent == run.id), "{spans:#?}");
    assert!(!spans.iter().any(|span| span.failed), "{spans:#?}");
    assert_eq!([run.kind, first.kind, call.kind], [1, 3, 1], "internal, client, internal");
    run.has(&[
        (names::GEN_AI_OPERATION_NAME, "invoke_agent"),
        (names::GEN_AI_AGENT_NAME, "porter"),
        (names::GEN_AI_USAGE_INPUT_TOKENS, "230"),
        (names::GEN_AI_USAGE_OUTPUT_TOKENS, "25"),
    ]);
    first.has(&[
        (names::GEN_AI_OPERATION_NAME, "chat"),
        (names::GEN_AI_REQUEST_MAX_TOKENS, "64"),
        (names::GEN_AI_REQUEST_TEMPERATURE, "0.5"),
        (names::GEN_AI_REQUEST_TOP_P, "0.25"),
        (names::GEN_AI_REQUEST_STOP_SEQUENCES, r#"["END"]"#),
        (names::GEN_AI_REQUEST_SEED, "7"),
        (names::GEN_AI_REQUEST_STREAM, "false"),
        (names::GEN_AI_RESPONSE_FINISH_REASONS, r#"["tool_call"]"#),
        (names::GEN_AI_USAGE_INPUT_TOKENS, "100"),
        (names::GEN_AI_USAGE_OUTPUT_TOKENS, "20"),
    ]);
    assert!(first.attributes.contains_key(names::GEN_AI_REQUEST_MODEL), "{first:#?}");
    second.has(&[(names::GEN_AI_RESPONSE_FINISH_REASONS, r#"["stop"]"#)]);
    call.has(&[
        (names::GEN_AI_OPERATION_NAME, "execute_tool"),
        (names::GEN_AI_TOOL_NAME, "login"),
        (names::GEN_AI_TOOL_TYPE, "function"),
        (names::GEN_AI_TOOL_DESCRIPTION, "Log in"),
        (names::GEN_AI_TOOL_CALL_ID, "call_1_1"),
    ]);
    let told = format!("{spans:?}");
    for content in ["hunter22", "let me in", "welcome", "\"ann"] {
        assert!(!told.contains(content), "content is off, and `{content}` was told: {told}");
    }
}

/// A call that begins while the reply comes in is one of the run, not of the request.
#[tokio::test]
async fn a_call_that_begins_early_is_a_span_of_the_run() {
    let reply = Turn::new().call("look_into", r#"{"code":"hunter22"}"#).text("So many words as it takes");
    let script = Script::new().turn(reply.pace(Duration::from_millis(5))).text("done");
    let builder = Agent::builder(script).tools(tools![look_into]).trace_content(true);
    let spans = spans_of(builder, async |agent: Agent| {
        let run = agent.stream("let me in").finish().await.unwrap().expect("a run");
        assert_eq!(run.calls().count(), 1);
    })
    .await;
    let named = |name: &str| spans.iter().find(|span| span.name.starts_with(name)).expect("a span");
    let (run, call) = (named("invoke_agent"), named("execute_tool look_into"));
    assert_eq!(call.parent, run.id, "{spans:#?}");
    call.has(&[(names::GEN_AI_TOOL_CALL_ID, "call_1_1")]);
    assert!(!format!("{spans:?}").contains("hunter22"), "{spans:#?}");
}

#[tokio::test]
async fn content_is_told_where_it_is_asked_for_and_secrets_never() {
    let spans = spans(agent(two_turns()).trace_content(true)).await;
    let told = format!("{spans:?}");
    assert!(!told.contains("hunter22"), "{told}");
    let [run, first, call, second] = &spans[..] else { panic!("{told}") };
    assert_eq!(run.name, "invoke_agent");
    call.has(&[
        (names::GEN_AI_TOOL_CALL_ARGUMENTS, r#"{"user":"ann","password":"[secret]"}"#),
        (names::GEN_AI_TOOL_CALL_RESULT, "welcome ann, with [secret]"),
    ]);
    let asked = r#"[{"role":"user","parts":[{"type":"text","content":"let me in"}]}]"#;
    first.has(&[(names::GEN_AI_INPUT_MESSAGES, asked)]);
    assert!(second.attributes[names::GEN_AI_INPUT_MESSAGES].contains("welcome ann, with [secret]"), "{second:#?}");
    let answer = r#"[{"role":"assistant","parts":[{"type":"text","content":"done"}]}]"#;
    second.has(&[(names::GEN_AI_OUTPUT_MESSAGES, answer)]);
    first.tells(
        "gen_ai.client.inference.operation.details",
        &[
            (names::GEN_AI_OPERATION_NAME, "chat"),
            (names::GEN_AI_REQUEST_MODEL, "script"),
            (names::GEN_AI_USAGE_INPUT_TOKENS, "100"),
            (names::GEN_AI_INPUT_MESSAGES, asked),
        ],
    );
    second.tells("gen_ai.client.inference.operation.details", &[(names::GEN_AI_OUTPUT_MESSAGES, answer)]);
}

#[tokio::test]
async fn what_fails_says_how() {
    let nobody = r#"{"user":"nobody","password":"hunter22"}"#;
    let spans = spans(agent(Script::new().calls([("login", nobody)]).error(400, "no"))).await;
    let [run, _, call, request] = &spans[..] else { panic!("{spans:#?}") };
    assert!(run.failed && call.failed && request.failed, "{spans:#?}");
    call.has(&[(names::ERROR_TYPE, "failed")]);
    request.has(&[(names::ERROR_TYPE, "400")]);
    run.has(&[(names::ERROR_TYPE, "400")]);
    assert!(!format!("{spans:?}").contains("hunter22"), "{spans:#?}");
    let exception = [
        (names::EXCEPTION_TYPE, "400"),
        (names::EXCEPTION_MESSAGE, "the service answered 400 (invalid_request_error)"),
    ];
    run.tells("exception", &exception);
    request.tells("exception", &exception);
}

#[tokio::test]
async fn what_an_operator_wants_to_hear_of_are_events() {
    // A retry.
    let server = Server::start(Script::new().text("done")).await.unwrap();
    server.fail_next(Fault::answer(503));
    let retry = Retry::default().first(std::time::Duration::from_millis(10));
    let model = server.service(Wire::OpenAiChat).retry(retry).model("m");
    let all = spans(Agent::builder(model).tools(tools![pause])).await;
    let [run, request] = &all[..] else { panic!("{all:#?}") };
    let told = [
        (names::HTTP_REQUEST_RESEND_COUNT, "1"),
        (names::HTTP_RESPONSE_STATUS_CODE, "503"),
        (names::ERROR_TYPE, "503"),
    ];
    request.tells("fcall.retry", &told);
    assert!(request.events.len() == 1 && run.events.is_empty(), "{all:#?}");

    // Another model.
    let fallback = Fallback::new(Script::new().overloaded()).then(Script::new().text("done"));
    let all = spans(Agent::builder(fallback).tools(tools![pause])).await;
    let told =
        [("fcall.handover.from", "script"), ("fcall.handover.after_effects", "false"), (names::ERROR_TYPE, "529")];
    all[1].tells("fcall.handover", &told);

    // A reply that is of no use.
    let void = Turn::new().text("print(login(").finish(FinishReason::Malformed("MALFORMED_FUNCTION_CALL".to_owned()));
    let all = spans(agent(Script::new().turn(void).text("done"))).await;
    all[0].tells("fcall.restart", &[]);

    // Calls that are not carried out, arguments that were put right, a limit.
    let calls = [("login to mybank", "{}"), ("pause", r#"{"seconds":"7"}"#)];
    let limits = Limits::default().turns(1);
    let all = spans(agent(Script::new().calls(calls)).limits(limits)).await;
    let [run, _, call] = &all[..] else { panic!("{all:#?}") };
    run.tells("fcall.call.refused", &[(names::GEN_AI_TOOL_CALL_ID, "call_1_1"), (names::ERROR_TYPE, "unknown_tool")]);
    assert!(!format!("{all:?}").contains("mybank"), "a model may write anything for a name: {all:#?}");
    run.tells("fcall.limit", &[("fcall.stop", "max_turns")]);
    call.tells("fcall.arguments.repaired", &[(names::GEN_AI_TOOL_NAME, "pause"), ("fcall.repairs", "1")]);

    // Nothing happened.
    let all = spans(agent(two_turns())).await;
    assert!(all.iter().all(|span| span.events.is_empty()), "{all:#?}");
}

#[tokio::test]
async fn every_name_is_one_of_the_conventions() {
    const KNOWN: [&str; 25] = [
        names::ERROR_TYPE,
        names::GEN_AI_AGENT_NAME,
        names::GEN_AI_CONVERSATION_ID,
        names::GEN_AI_INPUT_MESSAGES,
        names::GEN_AI_OPERATION_NAME,
        names::GEN_AI_OUTPUT_MESSAGES,
        names::GEN_AI_PROVIDER_NAME,
        names::GEN_AI_REQUEST_MAX_TOKENS,
        names::GEN_AI_REQUEST_MODEL,
        names::GEN_AI_REQUEST_SEED,
        names::GEN_AI_REQUEST_STOP_SEQUENCES,
        names::GEN_AI_REQUEST_STREAM,
        names::GEN_AI_REQUEST_TEMPERATURE,
        names::GEN_AI_REQUEST_TOP_P,
        names::GEN_AI_RESPONSE_FINISH_REASONS,
        names::GEN_AI_RESPONSE_ID,
        names::GEN_AI_RESPONSE_MODEL,
        names::GEN_AI_TOOL_CALL_ARGUMENTS,
        names::GEN_AI_TOOL_CALL_ID,
        names::GEN_AI_TOOL_CALL_RESULT,
        names::GEN_AI_TOOL_DESCRIPTION,
        names::GEN_AI_TOOL_NAME,
        names::GEN_AI_TOOL_TYPE,
        names::GEN_AI_USAGE_INPUT_TOKENS,
        names::GEN_AI_USAGE_OUTPUT_TOKENS,
    ];
    let spans = spans(agent(two_turns()).name("porter").trace_content(true).seed(1).max_tokens(9)).await;
    assert_eq!(spans.len(), 4, "{spans:#?}");
    for span in &spans {
        let of_events = span.events.iter().flat_map(|event| event.attributes.keys());
        for name in span.attributes.keys().chain(of_events) {
            // What the bridge between the two libraries adds of its own is not ours to name.
            let foreign = ["code.", "thread.", "busy_ns", "idle_ns", "target", "level"];
            let ours = !foreign.iter().any(|start| name.starts_with(start));
            assert!(!ours || KNOWN.contains(&name.as_str()), "`{name}` is no name of the conventions: {span:#?}");
        }
    }
}

#[tokio::test]
async fn the_spans_of_a_run_inside_a_call_stand_below_that_call() {
    let inner = agent(two_turns()).name("porter").build().unwrap().into_tool("ask_porter", "Lets people in").unwrap();
    let script = Script::new().calls([("ask_porter", r#"{"task":"let ann in"}"#)]).text("done");
    let spans = spans(Agent::builder(script).tools([inner]).name("host")).await;
    let one = |name: &str| spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name}: {spans:#?}"));
    let (outer, call, inner) = (one("invoke_agent host"), one("execute_tool ask_porter"), one("invoke_agent porter"));
    assert_eq!((&call.parent, &inner.parent), (&outer.id, &call.id));
    assert_eq!(one("execute_tool login").parent, inner.id);
    inner.has(&[(names::GEN_AI_USAGE_INPUT_TOKENS, "230")]);
    // What is used inside counts outside too.
    outer.has(&[(names::GEN_AI_USAGE_INPUT_TOKENS, "230")]);
}
