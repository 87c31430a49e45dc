//! Calls that began early, and what goes wrong behind them: each is told of once, kept as it was told, and not repeated.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fcall::{
    Agent, Event, Run, ToolError,
    agent::{CallStatus, Limits, Record, Stop},
    message::{Delta, FinishReason},
    tool, tools,
};

use super::{
    assert_answered,
    eager::{Timed, Times, call, change, look},
    journal::Memory,
};

type Reply = Vec<(u64, Delta)>;

fn reply(calls: &[(u64, &str)], end: (u64, FinishReason)) -> Reply {
    let calls = calls.iter().enumerate().flat_map(|(part, (at, tool))| call(part, *at, tool, part));
    calls.chain([(end.0, Delta::Finish(end.1))]).collect()
}

fn answer() -> Reply {
    vec![(10, Delta::Text { part: 0, text: "done".to_owned() }), (10, Delta::Finish(FinishReason::Stop))]
}

/// A call that is complete only at the reply's end, for all that the protocol says.
fn ready(part: usize, at: u64, tool: &str, name: usize) -> [(u64, Delta); 3] {
    let [start, arguments, (at, _)] = call(part, at, tool, name);
    [start, arguments, (at, Delta::CallReady { part })]
}

/// Listens to a run to its end: what was told of each call, and how it ended.
async fn listen(agent: &Agent, on: impl Fn(&Event)) -> (fcall::Result<Run>, Vec<(String, CallStatus)>) {
    let mut events = agent.request("go").stream();
    let (mut told, mut started) = (Vec::<(String, CallStatus)>::new(), Vec::new());
    loop {
        let event = match events.next().await.expect("a stream ends in Done or an error") {
            Ok(event) => event,
            Err(error) => return (Err(error), told),
        };
        on(&event);
        match event {
            Event::CallFinished { result, status } => told.push((result.call_id, status)),
            Event::CallStarted { id, .. } => started.push(id),
            Event::Restarted => {
                let void = std::mem::take(&mut started);
                told.retain(|(id, _)| !void.contains(id));
            }
            Event::TurnFinished { .. } => started.clear(),
            Event::Done(run) => return (Ok(*run), told),
            _ => {}
        }
    }
}

fn agent(model: Timed, times: &Arc<Times>) -> Agent {
    Agent::builder(model).tools(tools![look, change]).state_arc(Arc::clone(times)).build().unwrap()
}

/// Each call of the run was told of once, as it ended.
#[track_caller]
fn assert_told(run: &Run, mut told: Vec<(String, CallStatus)>) {
    let mut calls: Vec<_> = run.calls().map(|call| (call.call.id.clone(), call.status)).collect();
    calls.sort_by(|a, b| a.0.cmp(&b.0));
    told.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(told, calls, "told of once, as it stands in the run");
    assert_answered(&run.messages);
}

/// Streams a run with a journal, and recovers it from every beginning of what was written: the run is the same.
async fn assert_recovered(replies: Vec<Reply>) -> (Run, Vec<Record>) {
    let with = |replies: Vec<Reply>, memory: &Memory| {
        let agent = Agent::builder(Timed::all(replies)).tools(tools![look, change]).state_arc(Times::new());
        agent.journal(memory.clone()).build().unwrap()
    };
    let whole = Memory::default();
    let stream = with(replies.clone(), &whole).request("go").id("r").stream();
    let run = stream.finish().await.unwrap().expect("a run");
    let records = whole.runs.lock().unwrap()["r"].clone();
    for crash in 1..records.len() {
        let memory = Memory::default();
        memory.runs.lock().unwrap().insert("r".to_owned(), records[..crash].to_vec());
        let replied = records[..crash].iter().filter(|record| matches!(record, Record::Reply { .. })).count();
        let rest = with(replies[replied..].to_vec(), &memory).recover("r").await.unwrap();
        let again = rest.stream().finish().await.unwrap().expect("a run");
        // What began early for a reply that is asked for again begins again, and may end later.
        let asked = |record: &Record| match record {
            Record::Reply { response, .. } => response.message.tool_calls().count(),
            _ => 0,
        };
        let known = records[..crash].iter().map(asked).sum();
        for (was, is) in run.calls().zip(again.calls()).take(known) {
            let result =
                |call: &fcall::agent::Call<'_>| (call.call.arguments.clone(), call.result.to_text(), call.status);
            // What may change something and had begun is not repeated.
            let given_up = is.call.name == "change" && is.status == CallStatus::Interrupted;
            assert!(given_up || result(&was) == result(&is), "after {crash}: {was:?}\n{is:?}\n{records:#?}");
        }
        assert_eq!((again.messages.len(), &again.stop), (run.messages.len(), &run.stop), "after {crash}");
        assert_answered(&again.messages);
    }
    (run, records)
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_ends_badly_keeps_what_its_calls_came_to() {
    let ends = [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Refusal];
    for finish in ends.into_iter().chain([FinishReason::Malformed("no".to_owned())]) {
        let calls = [(100, "look"), (900, "look"), (950, "change")];
        let replies = || vec![reply(&calls, (1000, finish.clone())), answer()];
        let times = Times::new();
        let (run, told) = listen(&agent(Timed::all(replies()), &times), |_| {}).await;
        let run = run.unwrap();
        let status: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
        assert_eq!(status, [CallStatus::Done, CallStatus::NotAllowed, CallStatus::NotAllowed], "{finish:?}");
        assert_eq!(run.calls().next().unwrap().result.to_text(), "0 is fine", "{finish:?}");
        assert_told(&run, told);
        assert_recovered(replies()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_asked_for_by_another_id_is_recovered_by_it() {
    let mut first: Reply = call(0, 850, "look", 7).into();
    first.push((870, Delta::Restart));
    first.extend(call(3, 950, "look", 7));
    first.push((1000, Delta::Finish(FinishReason::ToolCalls)));
    let (run, records) = assert_recovered(vec![first, answer()]).await;
    assert_eq!(run.calls().map(|call| call.result.to_text()).collect::<Vec<_>>(), ["7 is fine"]);
    let began = records.iter().filter(|record| matches!(record, Record::CallBegan { .. })).count();
    assert_eq!(began, 1, "{records:?}");
}

/// The end of each call is found again where replies started over, and ended badly.
#[tokio::test(start_paused = true)]
async fn ends_are_recovered_for_the_calls_that_they_were_told_of() {
    let cut = |calls: &mut Reply| calls.push((1000, Delta::Finish(FinishReason::Length)));
    // Two of the same.
    let mut twice: Reply = [call(0, 100, "look", 7), call(1, 110, "look", 7)].concat();
    twice.push((400, Delta::Restart));
    twice.extend([call(2, 500, "look", 7), call(3, 510, "look", 7)].concat());
    cut(&mut twice);
    // An id that comes again for something else, behind a reply of no use.
    let mut void: Reply = call(0, 100, "look", 7).into();
    void.push((400, Delta::Restart));
    void.extend(ready(1, 500, "look", 7));
    void.push((600, Delta::Finish(FinishReason::Malformed("no".to_owned()))));
    let mut again: Reply = [call(0, 100, "look", 8), call(1, 110, "look", 7)].concat();
    cut(&mut again);
    for replies in [vec![twice, answer()], vec![void, again, answer()]] {
        let (run, _) = assert_recovered(replies).await;
        assert!(run.calls().count() == 2 && run.calls().all(|call| call.status == CallStatus::Done), "{run:?}");
    }
}

/// Look at something that is no more
#[tool(read_only)]
async fn look_in_vain(name: &str) -> Result<String, ToolError> {
    Err(ToolError::fatal(format!("{name} is locked")))
}

#[tokio::test(start_paused = true)]
async fn after_a_fatal_call_nothing_else_begins() {
    for beside in [1, 2] {
        let mut calls = vec![(100, "look_in_vain")];
        calls.extend((0..beside).map(|_| (500, "change")));
        let times = Times::new();
        let agent = Agent::builder(Timed::new(reply(&calls, (1000, FinishReason::ToolCalls))))
            .tools(tools![look_in_vain, change])
            .state_arc(Arc::clone(&times));
        let (ended, told) = listen(&agent.build().unwrap(), |_| {}).await;
        let error = ended.expect_err("a fatal call");
        assert!(error.is_fatal_tool(), "{error}");
        assert_eq!(times.seen(), [], "{beside}: it was known before they began");
        assert_told(error.run().unwrap(), told);
    }
}

/// Between the reply and its calls the run's time is up.
#[tokio::test(start_paused = true)]
async fn a_run_that_stops_behind_a_reply_keeps_what_its_calls_came_to() {
    let times = Times::new();
    let calls = [(100, "look"), (950, "look"), (970, "change")];
    let agent = Agent::builder(Timed::new(reply(&calls, (1000, FinishReason::ToolCalls))))
        .tools(tools![look, change])
        .limits(Limits::default().wall_time(Duration::from_millis(1000)))
        .state_arc(Arc::clone(&times));
    let (run, told) = listen(&agent.build().unwrap(), |_| {}).await;
    let run = run.unwrap();
    assert_eq!(run.stop, Some(Stop::WallTime));
    let status: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(status, [CallStatus::Done, CallStatus::Interrupted, CallStatus::NotBegun]);
    assert_told(&run, told);
    assert_eq!(times.seen().len(), 1);
}

/// A service says at the end of a reply that it is of no use: what it had asked for is taken back.
#[tokio::test(start_paused = true)]
async fn a_reply_that_is_of_no_use_is_taken_back_and_its_calls_are_not_repeated() {
    let void = |end: u64| -> Reply {
        let malformed = Delta::Finish(FinishReason::Malformed("MALFORMED_FUNCTION_CALL".to_owned()));
        ready(0, 100, "look", 7).into_iter().chain([(end, malformed)]).collect()
    };
    // The call has ended, or still runs.
    for end in [1000, 200] {
        let replies = || {
            let second = ready(0, 60, "look", 7).into_iter().chain([(500, Delta::CallEnd { part: 0 })]);
            let second = second.chain([(500, Delta::Finish(FinishReason::ToolCalls))]);
            vec![void(end), second.collect(), answer()]
        };
        let (times, restarts) = (Times::new(), AtomicUsize::new(0));
        let count = |event: &Event| {
            restarts.fetch_add(usize::from(*event == Event::Restarted), Ordering::Relaxed);
        };
        let (run, told) = listen(&agent(Timed::all(replies()), &times), count).await;
        let run = run.unwrap();
        assert_eq!((run.text.as_str(), restarts.into_inner()), ("done", 1), "{end}");
        assert_eq!(times.seen().len(), 1, "{end}: {:?}", times.seen());
        assert_eq!(run.calls().map(|call| call.result.to_text()).collect::<Vec<_>>(), ["7 is fine"], "{end}");
        assert_told(&run, told);
        assert_recovered(replies()).await;
    }
}

/// Look into an account
#[tool(read_only)]
fn look_into(#[arg(secret)] key: &str) -> String {
    format!("{} letters", key.len())
}

#[tokio::test(start_paused = true)]
async fn arguments_with_secrets_are_told_of_before_what_they_came_to() {
    let text = r#"{"key":"sesame"}"#.to_owned();
    let first = vec![
        (10, Delta::CallStart { part: 0, id: "c0".to_owned(), name: "look_into".to_owned() }),
        (20, Delta::CallArguments { part: 0, text }),
        (20, Delta::CallReady { part: 0 }),
        (500, Delta::CallEnd { part: 0 }),
        (500, Delta::Finish(FinishReason::ToolCalls)),
    ];
    let agent = Agent::builder(Timed::new(first)).tools(tools![look_into]).build().unwrap();
    let order = Mutex::new(Vec::new());
    let note = |event: &Event| {
        assert!(!format!("{event:?}").contains("sesame") || matches!(event, Event::Done(_)), "{event:?}");
        order.lock().unwrap().push(match event {
            Event::CallStarted { .. } => "started",
            Event::CallArguments { .. } => "arguments",
            Event::CallFinished { .. } => "finished",
            Event::TurnFinished { .. } => "turn",
            _ => "",
        });
    };
    let (run, told) = listen(&agent, note).await;
    assert_told(&run.unwrap(), told);
    assert_eq!(order.lock().unwrap()[..4], ["started", "arguments", "finished", "turn"]);
}

/// Erase something
#[tool(destructive)]
fn erase(name: &str) -> String {
    format!("{name} is gone")
}

/// A reply that started over asks for calls that began early, beside one that waits for its decision; a crash after every
/// single record before and behind it.
#[tokio::test(start_paused = true)]
async fn what_began_early_beside_a_call_that_waits_is_recovered() {
    let replies = || {
        let mut first: Reply = call(0, 100, "look", 7).into();
        first.extend(call(1, 850, "look", 8));
        first.push((870, Delta::Restart));
        first.extend(call(2, 930, "erase", 5));
        first.extend(call(3, 950, "look", 8));
        first.extend(call(4, 960, "look", 7));
        first.push((1000, Delta::Finish(FinishReason::ToolCalls)));
        vec![first, answer()]
    };
    let agent = |replies: Vec<Reply>, times: &Arc<Times>, memory: &Memory| {
        let agent = Agent::builder(Timed::all(replies)).tools(tools![look, erase]).state_arc(Arc::clone(times));
        agent.journal(memory.clone()).build().unwrap()
    };
    let allowed = |run: &Run| match &run.stop {
        Some(Stop::Approval(paused)) => {
            let pending = paused.calls();
            (paused.clone(), pending.iter().map(|call| call.allow()).collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let expected = ["5 is gone", "8 is fine", "7 is fine"];
    let texts = |run: &Run| run.calls().map(|call| call.result.to_text()).collect::<Vec<_>>();
    let (whole, times) = (Memory::default(), Times::new());
    let one = agent(replies(), &times, &whole);
    let run = one.request("go").id("r").stream().finish().await.unwrap().expect("a run");
    assert_eq!(times.seen().len(), 2, "{:?}", times.seen());
    let (paused, decisions) = allowed(&run);
    let run = one.resume(&paused, decisions).unwrap().stream().finish().await.unwrap().expect("a run");
    assert_eq!((texts(&run), run.text.as_str()), (expected.map(str::to_owned).to_vec(), "done"));
    let records = whole.runs.lock().unwrap()["r"].clone();
    for crash in 1..records.len() {
        let (memory, times) = (Memory::default(), Times::new());
        memory.runs.lock().unwrap().insert("r".to_owned(), records[..crash].to_vec());
        let replied = records[..crash].iter().filter(|record| matches!(record, Record::Reply { .. })).count();
        let rest = agent(replies()[replied..].to_vec(), &times, &memory);
        let mut run = rest.recover("r").await.unwrap().stream().finish().await.unwrap().expect("a run");
        if matches!(run.stop, Some(Stop::Approval(_))) {
            let (paused, decisions) = allowed(&run);
            run = rest.resume(&paused, decisions).unwrap().stream().finish().await.unwrap().expect("a run");
        }
        let mut texts = texts(&run);
        // That call had begun, and is not repeated.
        if run.calls().next().unwrap().status == CallStatus::Interrupted {
            texts[0] = expected[0].to_owned();
        }
        assert_eq!((texts, run.text.as_str()), (expected.map(str::to_owned).to_vec(), "done"), "after {crash}");
        let ended = records[..crash].iter().filter(|record| matches!(record, Record::CallEnded(_))).count();
        assert!(replied == 0 || ended == 0 || times.seen().len() < 2, "after {crash}: {:?}", times.seen());
        assert_answered(&run.messages);
    }
}

/// Replies at random: which calls, when, how often they start over, how they end. Each call is told of once, as it stands
/// in the run; what looks is not carried out more often than the longest reply asks for; every beginning is recovered.
#[tokio::test(start_paused = true)]
async fn whatever_a_reply_does_its_calls_are_told_once_and_recovered() {
    for seed in 0..150_u64 {
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut below = move |most: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % most
        };
        let (mut replies, mut most) = (Vec::new(), [0; 3]);
        for _ in 0..1 + below(2) {
            let (mut asked, mut most_asked) = ([0; 3], [0; 3]);
            let (mut reply, mut late, mut at, mut part) = (Reply::new(), Vec::new(), 100, 0);
            for _ in 0..1 + below(5) {
                let tool = ["look", "look", "change"][below(3) as usize];
                let name = below(3) as usize;
                let [start, arguments, end] = call(part, at, tool, name);
                asked[name] += usize::from(tool == "look");
                most_asked[name] = asked[name].max(most_asked[name]);
                reply.extend([start, arguments]);
                match below(5) {
                    0 => {} // half a call
                    1 | 2 => {
                        reply.push((at, Delta::CallReady { part }));
                        late.push(end.1);
                    }
                    _ => reply.push(end),
                }
                part += 1;
                at += 60 + below(250);
                if below(4) == 0 {
                    reply.push((at - 55, Delta::Restart));
                    late.clear();
                    asked = [0; 3];
                    part = below(2) as usize;
                }
            }
            let ends = [FinishReason::ToolCalls, FinishReason::Length, FinishReason::Malformed("no".to_owned())];
            at += below(300);
            reply.extend(late.into_iter().map(|end| (at, end)));
            reply.push((at, Delta::Finish(ends[[0, 0, 0, 1, 2][below(5) as usize]].clone())));
            // The times of a reply don't go back.
            reply.sort_by_key(|(at, _)| *at);
            replies.push(reply);
            most.iter_mut().zip(most_asked).for_each(|(most, asked)| *most += asked);
        }
        replies.push(answer());
        let times = Times::new();
        let (run, told) = listen(&agent(Timed::all(replies.clone()), &times), |_| {}).await;
        let run = run.unwrap_or_else(|error| panic!("{seed}: {error}"));
        for (name, most) in most.into_iter().enumerate() {
            let changes = run.calls().filter(|call| call.call.name == "change" && call.status == CallStatus::Done);
            let changes = changes.filter(|call| call.arguments.contains(&format!("\"{name}\""))).count();
            let looks = times.seen().iter().filter(|(seen, ..)| *seen == name.to_string()).count() - changes;
            assert!(
                looks <= most,
                "{seed}: {name} was looked at {looks} times, and asked for {most} times: {replies:?}"
            );
        }
        assert_told(&run, told);
        assert_recovered(replies).await;
    }
}
