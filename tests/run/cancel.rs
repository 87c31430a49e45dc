//! A run that is cancelled or dropped loses nothing that had ended.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use fcall::{
    Agent, CallContext, Event, Message,
    agent::{CallStatus, Stop},
    message::Role,
    testing::{Script, Turn},
    tool,
    tool::CancellationToken,
    tools,
};

use super::{add, agent, assert_answered, calls, fail, wait};

const TWO_CALLS: [(&str, &str); 3] =
    [("add", r#"{"a":1,"b":2}"#), ("wait", r#"{"name":"w","millis":100}"#), ("fail", r#"{"how":"hang"}"#)];

#[tokio::test(start_paused = true)]
async fn a_chat_that_is_dropped_in_a_turn_keeps_the_calls_that_ended() {
    let script = Script::new().calls(TWO_CALLS).text("Never mind.");
    let mut chat = agent(&script).chat();
    tokio::time::timeout(Duration::from_secs(1), chat.send("go")).await.expect_err("one tool hangs");
    assert_answered(chat.messages());
    let run = chat.send("and?").await.unwrap();
    assert_answered(&run.messages);
    let told = &script.requests()[1].messages[2];
    assert_eq!(told.role, Role::Tool);
    let told = format!("{told:?}");
    assert!(told.contains(r#"Json("3")"#) && told.contains("w waited 100 ms"), "{told}");
    assert_eq!(told.matches("interrupted").count(), 1, "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_had_not_begun_is_not_said_to_be_interrupted() {
    let script = Script::new().calls([("fail", r#"{"how":"hang"}"#), ("wait", r#"{"name":"w","millis":1}"#)]);
    let agent = Agent::builder(script).tools(tools![wait, fail]).max_parallel_calls(1).build().unwrap();
    let mut chat = agent.chat();
    tokio::time::timeout(Duration::from_secs(1), chat.send("go")).await.expect_err("one tool hangs");
    let told = format!("{:?}", chat.messages()[2]);
    assert!(told.contains("interrupted: ") && told.contains("before this call began"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_is_a_value_with_what_had_ended() {
    let script = Script::new().calls(TWO_CALLS).text("So far: 3.");
    let agent = agent(&script);
    let token = CancellationToken::new();
    let run = tokio::spawn(agent.request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    token.cancel();
    let run = run.await.unwrap().unwrap();
    assert!(run.stop == Stop::Cancelled, "{:?}", run.stop);
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Done, CallStatus::Done, CallStatus::Interrupted]);
    assert_answered(&run.messages);
    let next = agent.request("And?").history(run.messages).run().await.unwrap();
    assert_eq!(next.text, "So far: 3.", "the conversation can be gone on with");
}

#[tokio::test]
async fn a_run_that_is_cancelled_before_it_begins_asks_nothing() {
    let script = Script::new().text("never");
    let token = CancellationToken::new();
    token.cancel();
    let run = agent(&script).request("go").cancel(token).run().await.unwrap();
    assert!(run.stop == Stop::Cancelled);
    assert_eq!(run.messages, [Message::user("go")]);
    assert_eq!(script.left(), 1);
}

#[tokio::test(start_paused = true)]
async fn cancelling_closes_the_request_in_flight() {
    let script = Script::new().turn(Turn::new().text("late").delay(Duration::from_secs(60)));
    let token = CancellationToken::new();
    let run = tokio::spawn(agent(&script).request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    token.cancel();
    let run = run.await.unwrap().unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(run.stop == Stop::Cancelled);
    assert_eq!(run.messages, [Message::user("go")]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_cancelled_and_still_ends_in_done() {
    let mut events = agent(&Script::new().calls(TWO_CALLS)).stream("go");
    let mut done = None;
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::CallFinished { result, .. } if result.name == "wait" => events.cancel(),
            Event::Done(run) => done = Some(run),
            _ => {}
        }
    }
    let run = done.expect("a run");
    assert!(run.stop == Stop::Cancelled);
    assert_eq!(calls(&run)[1], ("wait", "w waited 100 ms".to_owned(), CallStatus::Done));
    assert_answered(&run.messages);
}

/// Wait for the signal, then clean up
#[tool]
async fn tidy(
    /// How long it takes to clean up, in milliseconds
    millis: u64,
    #[context] cx: &CallContext,
) -> String {
    cx.cancelled().await;
    tokio::time::sleep(Duration::from_millis(millis)).await;
    assert!(cx.is_cancelled());
    "half of it is done".to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_looks_at_the_signal_is_given_a_moment_to_end() {
    let script = Script::new().calls([("tidy", r#"{"millis":300}"#), ("tidy", r#"{"millis":3000}"#)]);
    let agent = Agent::builder(script).tools(tools![tidy]).cancel_grace(Duration::from_millis(500)).build().unwrap();
    let token = CancellationToken::new();
    let run = tokio::spawn(agent.request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    token.cancel();
    let run = run.await.unwrap().unwrap();
    assert_eq!(began.elapsed().as_millis(), 500);
    let calls = calls(&run);
    assert_eq!(calls[0], ("tidy", "half of it is done".to_owned(), CallStatus::Done));
    assert_eq!(calls[1].2, CallStatus::Interrupted);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_does_not_look_is_dropped_at_once() {
    let token = CancellationToken::new();
    let script = Script::new().calls([("fail", r#"{"how":"hang"}"#)]);
    let run = tokio::spawn(agent(&script).request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    token.cancel();
    assert_eq!(run.await.unwrap().unwrap().calls().next().expect("one call").status, CallStatus::Interrupted);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_function_on_another_thread_learns_that_its_run_is_gone() {
    struct Told(Mutex<mpsc::Sender<&'static str>>);
    /// Compute until somebody says stop
    #[tool(blocking)]
    fn compute(#[state] told: &Told, #[context] cx: &CallContext) {
        let tell = |what| told.0.lock().unwrap().send(what).unwrap();
        tell("begun");
        while !cx.is_cancelled() {
            std::thread::yield_now();
        }
        tell("ended");
    }
    let check = async |timeout: Duration, end: fn(fcall::agent::EventStream<'static>)| {
        let (tell, told) = mpsc::channel();
        let script = Script::new().calls([("compute", "{}")]).text("done");
        let agent = Agent::builder(script)
            .tools(tools![compute])
            .tool_timeout(timeout)
            .state(Told(Mutex::new(tell)))
            .build()
            .unwrap();
        let mut events = agent.stream("go");
        let told = tokio::task::spawn_blocking(move || {
            assert_eq!(told.recv(), Ok("begun"));
            told
        });
        let mut told = std::pin::pin!(told);
        let told = loop {
            tokio::select! {
                told = &mut told => break told.unwrap(),
                Some(event) = events.next() => drop(event.unwrap()),
            }
        };
        end(events);
        let told = tokio::task::spawn_blocking(move || told.recv()).await.unwrap();
        assert_eq!(told, Ok("ended"));
    };
    // Its run is dropped.
    check(Duration::from_secs(60), drop).await;
    // Its time is up.
    let go_on = |events: fcall::agent::EventStream<'static>| drop(tokio::spawn(events.finish()));
    check(Duration::from_millis(1), go_on).await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_inside_a_tool_is_cancelled_with_the_run_outside() {
    struct Inner(Agent, Arc<AtomicBool>);
    /// Ask somebody else
    #[tool]
    async fn ask_inside(#[state] inner: &Inner, #[context] cx: &CallContext) -> Result<String, fcall::Error> {
        let run = inner.0.request("go").cancel(cx.cancellation()).run().await?;
        inner.1.store(run.stop == Stop::Cancelled, Ordering::SeqCst);
        Ok("cancelled inside".to_owned())
    }
    let cancelled = Arc::new(AtomicBool::new(false));
    let inner = Inner(agent(&Script::new().calls([("fail", r#"{"how":"hang"}"#)])), Arc::clone(&cancelled));
    let script = Script::new().calls([("ask_inside", "{}")]);
    let agent = Agent::builder(script).tools(tools![ask_inside, add, wait, fail]).state(inner).build().unwrap();
    let token = CancellationToken::new();
    let run = tokio::spawn(agent.request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    token.cancel();
    let run = run.await.unwrap().unwrap();
    assert!(cancelled.load(Ordering::SeqCst));
    assert_eq!(calls(&run), [("ask_inside", "cancelled inside".to_owned(), CallStatus::Done)]);
}
