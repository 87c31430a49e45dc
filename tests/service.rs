//! An agent over a real socket, and a service that fails in the middle of a run: a clear error or a retry that works,
//! and the conversation so far stays in the caller's hands.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

use std::time::{Duration, Instant};

use fcall::{
    Agent, Error, Protocol, Run, ToolChoice,
    agent::CallStatus,
    client::Retry,
    serde_json::{Value, json},
    testing::{Fault, Received, Script, Server},
    tool, tools,
};

/// Add two numbers
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Subtract a number from another
#[tool]
fn subtract(a: i64, b: i64) -> i64 {
    a - b
}

fn script() -> Script {
    let calls = Script::new().calls([("add", r#"{"a":2,"b":3}"#)]);
    // A reply that is cut on its way was made all the same.
    (0..5).fold(calls, |script, _| script.text("It is 5. That is what the tool said."))
}

fn agent(server: &Server, protocol: Protocol) -> Agent {
    let retry = Retry::default().first(Duration::from_millis(1)).longest(Duration::from_millis(5));
    let service = server.service(protocol).retry(retry).idle_timeout(Duration::from_millis(300));
    Agent::builder(service.model("scripted")).tools(tools![add, subtract]).max_tokens(100).build().unwrap()
}

/// Runs until the first turn is over, lets the service fail like this, and returns what became of the run.
///
/// The first reply is asked for without a fault, so the fault meets the second request of a run under way.
async fn fail(protocol: Protocol, stream: bool, faults: Vec<Fault>) -> (Result<Run, Error>, Server, Agent) {
    let server = Server::start(script()).await.unwrap();
    let agent = agent(&server, protocol);
    let result = match stream {
        false => {
            // A whole run asks twice; the fault waits behind a first answer of the model itself.
            let (first, second) = (agent.request("2 + 3?"), &server);
            let mut run = std::pin::pin!(first.run());
            let failing = async {
                while second.requests().is_empty() {
                    tokio::task::yield_now().await;
                }
                for fault in faults {
                    second.fail_next(fault);
                }
                std::future::pending::<()>().await;
            };
            tokio::select! { biased; () = failing => unreachable!("it waits for ever"), run = &mut run => run }
        }
        true => {
            let mut events = agent.stream("2 + 3?");
            let mut faults = Some(faults);
            loop {
                match events.next().await {
                    Some(Ok(fcall::Event::TurnFinished { .. })) => {
                        faults.take().into_iter().flatten().for_each(|fault| server.fail_next(fault));
                    }
                    Some(Ok(fcall::Event::Done(run))) => break Ok(*run),
                    Some(Ok(_)) => {}
                    Some(Err(error)) => break Err(error),
                    None => unreachable!("a stream ends in Done or an error"),
                }
            }
        }
    };
    (result, server, agent)
}

/// The run ends in this error, keeps its first turn, and can be gone on with.
async fn keeps_the_run(what: &str, faults: impl Fn() -> Vec<Fault>, check: impl Fn(&Error)) {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let (result, _server, agent) = fail(protocol, stream, faults()).await;
            let error = result.expect_err(what);
            check(&error);
            let run = error.into_run().unwrap_or_else(|| panic!("{what}, {protocol}: the run is lost"));
            assert_eq!((run.turns, run.messages.len()), (1, 3), "{what}, {protocol}, streamed: {stream}");
            assert_eq!(run.calls().next().map(|call| call.status), Some(CallStatus::Done));
            let again = agent.request("Go on").history(run.messages).run().await;
            let again = again.unwrap_or_else(|error| panic!("{what}, {protocol}: the run can't go on: {error:?}"));
            assert!(again.text.starts_with("It is 5"), "{again}");
        }
    }
}

#[tokio::test]
async fn a_server_that_dies_in_mid_stream() {
    // Before anything was seen the request is repeated twice; after that it is not.
    for (after, requests) in [(1, 3), (600, 1)] {
        let (result, server, agent) = fail(Protocol::OpenAiChat, true, vec![Fault::cut(after); requests]).await;
        assert_eq!(server.requests().len(), 1 + requests, "cut after {after} bytes");
        let error = result.expect_err("the stream was cut");
        assert!(error.is_retryable(), "{error:?}");
        let run = error.into_run().expect("the run so far");
        assert_eq!((run.turns, run.messages.len()), (1, 3));
        agent.request("Go on").history(run.messages).run().await.unwrap();
    }
}

#[tokio::test]
async fn an_error_that_no_retry_mends() {
    let body = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let quota = || vec![Fault::answer(429).header("x-request-id", "req_7").header("request-id", "req_7").body(body)];
    keeps_the_run("an exhausted quota", quota, |error| {
        assert_eq!((error.status(), error.request_id()), (Some(429), Some("req_7")));
        assert!(error.to_string().contains("You exceeded your current quota"), "{error}");
        assert!(!error.is_retryable());
    })
    .await;
}

#[tokio::test]
async fn a_server_error_that_stays() {
    let failing = || vec![Fault::answer(500).body(r#"{"error":{"message":"boom","type":"server_error"}}"#); 3];
    keeps_the_run("a server error", failing, |error| {
        assert_eq!((error.status(), error.service_message()), (Some(500), Some("boom")));
    })
    .await;
}

#[tokio::test]
async fn a_body_that_is_no_json() {
    let html = || vec![Fault::answer(200).header("content-type", "text/html").body("<html>Welcome!</html>")];
    keeps_the_run("a page", html, |error| assert!(error.to_string().contains("not"), "{error}")).await;
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    keeps_the_run("silence", || vec![Fault::hang(); 3], |error| assert!(error.is_timeout(), "{error:?}")).await;
}

#[tokio::test]
async fn a_fault_that_passes_is_retried() {
    let busy = Fault::answer(429).header("retry-after", "1").body(r#"{"error":{"message":"slow down"}}"#);
    for (fault, waits) in
        [(busy, Duration::from_secs(1)), (Fault::answer(500), Duration::ZERO), (Fault::close(), Duration::ZERO)]
    {
        for protocol in Protocol::ALL {
            let began = Instant::now();
            let (result, server, _) = fail(protocol, false, vec![fault.clone()]).await;
            assert!(result.unwrap().text.starts_with("It is 5."), "{protocol}");
            assert_eq!(server.requests().len(), 3, "one request was repeated");
            assert!(began.elapsed() >= waits, "{:?} is sooner than the server asked for", began.elapsed());
        }
    }
}

/// The body of a request with this choice; the script goes on as the choice demands.
async fn sent(protocol: Protocol, choice: ToolChoice, parallel: Option<bool>) -> Value {
    let script = Script::new().calls([("add", r#"{"a":2,"b":3}"#)]).text("5");
    let server = Server::start(script).await.unwrap();
    let model = server.service(protocol).model("gpt-4o").with_dialect(|dialect| dialect.enforces_name = true);
    let mut agent = Agent::builder(model).tools(tools![add, subtract]).max_tokens(100).tool_choice(choice);
    if let Some(parallel) = parallel {
        agent = agent.parallel_calls(parallel);
    }
    agent.build().unwrap().run("2 + 3?").await.unwrap();
    server.requests().first().map(Received::json).expect("a request")
}

#[tokio::test]
async fn tool_choice_on_the_wire() {
    let cases = [
        (ToolChoice::Auto, json!("auto"), json!({"type": "auto"})),
        (ToolChoice::None, json!("none"), json!({"type": "none"})),
        (ToolChoice::Required, json!("required"), json!({"type": "any"})),
        (
            ToolChoice::tool::<add>(),
            json!({"type": "function", "function": {"name": "add"}}),
            json!({"type": "tool", "name": "add"}),
        ),
    ];
    for (choice, openai, anthropic) in cases {
        assert_eq!(sent(Protocol::OpenAiChat, choice.clone(), None).await["tool_choice"], openai);
        assert_eq!(sent(Protocol::Anthropic, choice, None).await["tool_choice"], anthropic);
    }
    let one = sent(Protocol::OpenAiChat, ToolChoice::Auto, Some(false)).await;
    assert_eq!(one["parallel_tool_calls"], false);
    let one = sent(Protocol::Anthropic, ToolChoice::Required, Some(false)).await;
    assert_eq!(one["tool_choice"], json!({"type": "any", "disable_parallel_tool_use": true}));
}
