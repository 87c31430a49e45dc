//! Calls that begin while the reply that asks for them still comes in.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fcall::{
    Agent, Event, Model, Protocol, Run,
    agent::{CallStatus, Hook, Limits, Record, Stop},
    client::Retry,
    message::{Delta, FinishReason, Request, Sink},
    model::BoxFuture,
    testing::{Script, Server, Turn},
    tool, tools,
};
use tokio::time::Instant;

use super::{assert_answered, journal::Memory};

/// When each call began and ended, in milliseconds from the begin of the run.
#[derive(Debug)]
pub(super) struct Times {
    pub(super) origin: Instant,
    seen: Mutex<Vec<(String, u128, u128)>>,
}

impl Times {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { origin: Instant::now(), seen: Mutex::default() })
    }

    async fn work(&self, name: &str) -> String {
        let began = self.origin.elapsed().as_millis();
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.seen.lock().unwrap().push((name.to_owned(), began, self.origin.elapsed().as_millis()));
        format!("{name} is fine")
    }

    pub(super) fn seen(&self) -> Vec<(String, u128, u128)> {
        self.seen.lock().unwrap().clone()
    }
}

/// Look at something
#[tool(read_only)]
pub(super) async fn look(#[state] times: &Times, name: &str) -> String {
    times.work(name).await
}

/// Change something
#[tool]
pub(super) async fn change(#[state] times: &Times, name: &str) -> String {
    times.work(name).await
}

/// Look at something that only one may look at
#[tool(read_only, sequential)]
async fn look_alone(#[state] times: &Times, name: &str) -> String {
    times.work(name).await
}

/// A model whose replies come at these times, in milliseconds; then it says "done".
pub(super) struct Timed {
    replies: Mutex<Vec<Vec<(u64, Delta)>>>,
}

impl Timed {
    pub(super) fn new(reply: Vec<(u64, Delta)>) -> Self {
        Self::all(vec![reply])
    }

    pub(super) fn all(mut replies: Vec<Vec<(u64, Delta)>>) -> Self {
        replies.reverse();
        Self { replies: Mutex::new(replies) }
    }

    /// A reply of one second, with calls that are complete at these times.
    fn second(calls: &[(u64, &str)]) -> Self {
        let mut reply = Vec::new();
        for (part, (at, tool)) in calls.iter().enumerate() {
            reply.extend(call(part, *at, tool, part));
        }
        reply.push((1000, Delta::Finish(FinishReason::ToolCalls)));
        Self::new(reply)
    }
}

pub(super) fn call(part: usize, at: u64, tool: &str, name: usize) -> [(u64, Delta); 3] {
    [
        (at - 50, Delta::CallStart { part, id: format!("c{part}"), name: tool.to_owned() }),
        (at, Delta::CallArguments { part, text: format!("{{\"name\":\"{name}\"}}") }),
        (at, Delta::CallEnd { part }),
    ]
}

impl Model for Timed {
    fn id(&self) -> &str {
        "timed"
    }

    fn reply<'a>(&'a self, _: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        let reply = self.replies.lock().unwrap().pop();
        Box::pin(async move {
            let begin = Instant::now();
            for (at, delta) in reply.into_iter().flatten() {
                tokio::time::sleep_until(begin + Duration::from_millis(at)).await;
                sink.push(delta);
            }
            Ok(())
        })
    }
}

/// Streams a run; what came of it, when each call was told to have ended and when its last call had ended.
async fn streamed(model: impl Model + 'static, times: &Arc<Times>) -> (Run, Vec<(String, u128)>) {
    let tools = tools![look, change, look_alone];
    let agent = Agent::builder(model).tools(tools).state_arc(Arc::clone(times)).build().unwrap();
    follow(&agent, times).await
}

async fn follow(agent: &Agent, times: &Times) -> (Run, Vec<(String, u128)>) {
    let mut events = agent.stream("go");
    let mut told = Vec::new();
    loop {
        match events.next().await.expect("a stream ends in Done").unwrap() {
            Event::CallFinished { result, .. } => told.push((result.call_id, times.origin.elapsed().as_millis())),
            Event::Done(run) => return (*run, told),
            _ => {}
        }
    }
}

const CALLS: [(u64, &str); 4] = [(100, "look"), (300, "look"), (500, "look"), (700, "look")];

#[tokio::test(start_paused = true)]
async fn calls_of_read_only_tools_begin_as_soon_as_they_are_complete() {
    let times = Times::new();
    let (run, told) = streamed(Timed::second(&CALLS), &times).await;
    println!("call, began, ended (ms): {:?}", times.seen());
    let expected = [(0, 100, 300), (1, 300, 500), (2, 500, 700), (3, 700, 900)];
    assert_eq!(times.seen(), expected.map(|(name, began, ended)| (name.to_string(), began, ended)));
    assert_eq!(told, [("c0", 300), ("c1", 500), ("c2", 700), ("c3", 900)].map(|(id, at)| (id.to_owned(), at)));
    assert_eq!(times.origin.elapsed().as_millis(), 1000, "the turn is over with the reply");
    assert!(run.calls().all(|call| call.status == CallStatus::Done));
    assert_eq!(run.calls().map(|call| call.result.to_text()).collect::<Vec<_>>()[3], "3 is fine");
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_change_something_waits_for_the_end_of_the_reply() {
    let times = Times::new();
    let calls = [CALLS[0], CALLS[1], CALLS[2], (700, "change")];
    let (run, told) = streamed(Timed::second(&calls), &times).await;
    println!("call, began, ended (ms): {:?}", times.seen());
    assert_eq!(times.seen()[3], ("3".to_owned(), 1000, 1200));
    assert_eq!(told[2], ("c2".to_owned(), 700));
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn without_a_stream_nothing_begins_early() {
    let times = Times::new();
    let agent = Agent::builder(Timed::second(&CALLS)).tools(tools![look]).state_arc(Arc::clone(&times));
    let run = agent.build().unwrap().run("go").await.unwrap();
    assert!(times.seen().iter().all(|(_, began, ended)| (*began, *ended) == (1000, 1200)), "{:?}", times.seen());
    assert_answered(&run.messages);
}

struct Watch;

impl Hook for Watch {}

#[tokio::test(start_paused = true)]
async fn nothing_begins_early_that_a_hook_could_stop() {
    let times = Times::new();
    let agent = Agent::builder(Timed::second(&CALLS)).tools(tools![look]).state_arc(Arc::clone(&times)).hook(Watch);
    let (run, _) = follow(&agent.build().unwrap(), &times).await;
    assert!(times.seen().iter().all(|(_, began, _)| *began == 1000), "{:?}", times.seen());
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_early_that_must_be_alone_or_is_over_the_limit() {
    let times = Times::new();
    let calls = [(100, "look_alone"), (200, "look"), (300, "look")];
    let agent = Agent::builder(Timed::second(&calls))
        .tools(tools![look, look_alone])
        .state_arc(Arc::clone(&times))
        .limits(Limits::default().calls(2))
        .build()
        .unwrap();
    let (run, _) = follow(&agent, &times).await;
    let status: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(status, [CallStatus::Done, CallStatus::Done, CallStatus::NotBegun]);
    assert_eq!(times.seen(), [("1", 200, 400), ("0", 1000, 1200)].map(|(n, a, b)| (n.to_owned(), a, b)));
    assert_eq!(run.stop, Some(Stop::MaxCalls));
}

#[tokio::test(start_paused = true)]
async fn calls_that_still_run_are_waited_for_beside_others() {
    let times = Times::new();
    let calls = [(900, "look"), (910, "change"), (950, "look")];
    let (run, told) = streamed(Timed::second(&calls), &times).await;
    let mut seen = times.seen();
    seen.sort();
    assert_eq!(seen, [(0, 900, 1100), (1, 1000, 1200), (2, 950, 1150)].map(|(n, a, b)| (n.to_string(), a, b)));
    assert_eq!(told.len(), 3);
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_may() {
    let times = Times::new();
    let agent = Agent::builder(Timed::second(&[(100, "look"), (110, "look"), (120, "look"), (130, "look")]))
        .tools(tools![look])
        .state_arc(Arc::clone(&times))
        .max_parallel_calls(2)
        .build()
        .unwrap();
    let (run, _) = follow(&agent, &times).await;
    let began: Vec<u128> = times.seen().iter().map(|(_, began, _)| *began).collect();
    assert_eq!(began, [100, 110, 300, 310]);
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_starts_over_does_not_carry_a_call_out_twice() {
    let times = Times::new();
    let mut reply: Vec<(u64, Delta)> = call(0, 100, "look", 7).into();
    reply.extend(call(1, 150, "look", 8));
    reply.push((200, Delta::Restart));
    // The same call under another id, and another call under the old one.
    reply.extend(call(3, 500, "look", 7));
    reply.extend(call(0, 600, "look", 9));
    reply.push((1000, Delta::Finish(FinishReason::ToolCalls)));
    let (run, told) = streamed(Timed::new(reply), &times).await;
    assert_eq!(times.seen().iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["7", "8", "9"]);
    let ended: Vec<(&str, String)> = run.calls().map(|call| (&*call.call.id, call.result.to_text())).collect();
    assert_eq!(ended, [("c3", "7 is fine".to_owned()), ("c0_0_0", "9 is fine".to_owned())]);
    assert_eq!(told, [("c3".to_owned(), 500), ("c0_0_0".to_owned(), 800)], "told of as what is asked for");
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_on_after_it_looked_complete_is_carried_out_as_it_is() {
    let times = Times::new();
    let ready = |part| Delta::CallReady { part };
    let text = |text: &str| Delta::CallArguments { part: 0, text: text.to_owned() };
    let start = Delta::CallStart { part: 0, id: "c0".to_owned(), name: "look".to_owned() };
    let reply = vec![
        (100, start),
        (100, text("{\"name\":\"a\"}")),
        (100, ready(0)),
        (200, text(" trailing")),
        (300, Delta::CallEnd { part: 0 }),
        (300, Delta::Finish(FinishReason::ToolCalls)),
    ];
    let (run, _) = streamed(Timed::new(reply), &times).await;
    let status: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(status, [CallStatus::BadArguments], "the end of an early call is used for the same call only");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_breaks_off_ends_the_calls_that_began() {
    let times = Times::new();
    let turn = Turn::new().call("look", r#"{"name":"a"}"#).text("and now").pace(Duration::from_millis(10)).cut();
    let agent = Agent::builder(Script::new().turn(turn)).tools(tools![look]).state_arc(Arc::clone(&times));
    let mut events = agent.build().unwrap().stream("go");
    let error = loop {
        match events.next().await.expect("an error") {
            Ok(Event::CallFinished { .. }) => panic!("nothing had ended"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.is_cut());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(times.seen(), [], "what nobody asks for in the end is dropped");
    let run = error.into_run().unwrap();
    assert_eq!((run.messages.len(), run.calls().count()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_run_ends_the_calls_that_began() {
    let times = Times::new();
    let agent = Agent::builder(Timed::second(&CALLS)).tools(tools![look]).state_arc(Arc::clone(&times));
    let mut events = agent.build().unwrap().stream("go");
    let mut run = None;
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::CallFinished { .. } => events.cancel(),
            Event::Done(done) => run = Some(*done),
            _ => {}
        }
    }
    let run = run.expect("a run");
    assert_eq!((run.stop.clone(), run.messages.len()), (Some(Stop::Cancelled), 1));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(times.seen().len(), 1, "the one that had ended: {:?}", times.seen());
}

/// With a journal, a crash after every single record: what had ended early is not done again once the reply is written
/// down, and the recovered run is the same.
#[tokio::test(start_paused = true)]
async fn what_began_early_is_recovered() {
    let script = || {
        let wait = Duration::from_millis(100);
        let first = Turn::new().call("change", r#"{"name":"a"}"#).pace(wait);
        let second = Turn::new().call("look", r#"{"name":"b"}"#).call("look", r#"{"name":"c"}"#).text("So many words");
        Script::new().turn(first).turn(second.pace(wait)).text("done")
    };
    let agent = |script: Script, times: &Arc<Times>, memory: &Memory| {
        let agent = Agent::builder(script).tools(tools![look, change]).state_arc(Arc::clone(times));
        agent.journal(memory.clone()).build().unwrap()
    };
    let (whole, times) = (Memory::default(), Times::new());
    let stream = agent(script(), &times, &whole).request("go").id("r").stream();
    let expected = stream.finish().await.unwrap().expect("a run");
    let all = whole.runs.lock().unwrap()["r"].clone();
    let replies = |records: &[Record]| records.iter().filter(|record| matches!(record, Record::Reply { .. })).count();
    let early = |record: &&Record| matches!(record, Record::CallBegan { arguments: Some(_), .. });
    assert_eq!(all.iter().filter(early).count(), 2, "{all:?}");
    let ended =
        all.iter().position(|record| matches!(record, Record::CallEnded(end) if end.result.to_text().starts_with('b')));
    assert_eq!(replies(&all[..ended.expect("b ends")]), 1, "the end stands before the reply: {all:?}");

    for crash in 1..all.len() {
        let (memory, times) = (Memory { crash_after: Some(crash), ..Memory::default() }, Times::new());
        let crashed = agent(script(), &times, &memory).request("go").id("r").stream().finish();
        tokio::time::timeout(Duration::from_secs(3600), crashed).await.expect_err("it never gets further");
        let records = memory.runs.lock().unwrap()["r"].clone();

        let (model, times) = (script(), Times::new());
        (0..replies(&records)).for_each(|_| model.skip());
        let rest = Memory { crash_after: None, ..memory };
        let run =
            agent(model, &times, &rest).recover("r").await.unwrap().stream().finish().await.unwrap().expect("a run");
        assert_answered(&run.messages);
        assert_eq!(run.stop, Some(Stop::Answer), "after {crash}");
        for (was, is) in expected.calls().zip(run.calls()) {
            let interrupted = is.call.name == "change" && is.status == CallStatus::Interrupted;
            assert!(interrupted || (was.told, was.status) == (is.told, is.status), "after {crash}: {is:?}");
        }
        let again = times.seen();
        let is_done = |name: &str| {
            let ended =
                |record: &Record| matches!(record, Record::CallEnded(end) if end.result.to_text().starts_with(name));
            replies(&records) >= 2 && records.iter().any(ended)
        };
        for name in ["b", "c"] {
            let times = again.iter().filter(|(other, ..)| other == name).count();
            assert_eq!(times, usize::from(!is_done(name)), "after {crash}: {name}");
        }
    }
}

/// Over the wire of every protocol: the reply breaks off behind a call that has begun, is asked for again, and asks for
/// the same; the call is carried out once.
#[tokio::test]
async fn a_reply_that_is_asked_for_again_finds_its_calls_done() {
    for protocol in [Protocol::OpenAiChat, Protocol::OpenAiResponses, Protocol::Anthropic, Protocol::Gemini] {
        let times = Times::new();
        let look = || Turn::new().call("look", r#"{"name":"a"}"#);
        let script = Script::new().turn(look().silent()).turn(look()).text("done");
        let server = Server::start(script).await.unwrap();
        let retry = Retry::default().first(Duration::from_millis(1));
        let service = server.service(protocol).retry(retry).idle_timeout(Duration::from_millis(500));
        let agent = Agent::builder(service.model("m")).tools(tools![look]).state_arc(Arc::clone(&times));
        let mut events = agent.build().unwrap().stream("go");
        let (mut restarts, mut told) = (0, Vec::new());
        let run = loop {
            match events.next().await.expect("a stream ends in Done").unwrap() {
                Event::Restarted => restarts += 1,
                Event::CallFinished { result, .. } => told.push(result.call_id),
                Event::Done(run) => break *run,
                _ => {}
            }
        };
        assert_eq!((run.text.as_str(), restarts, times.seen().len()), ("done", 1, 1), "{protocol}");
        assert_eq!(told.last(), run.calls().next().map(|call| &call.call.id), "{protocol}");
        assert_eq!(run.calls().map(|call| call.status).collect::<Vec<_>>(), [CallStatus::Done], "{protocol}");
        assert_answered(&run.messages);
    }
}
