//! Agents as tools: a call is a run of its own, inside the run that makes it.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fcall::{
    Agent, CallContext, Error, Model, Run, ToolChoice, ToolError,
    agent::{
        Approval, CallEnd, CallStatus, InnerRun, Limits, Next, OnLimit, PendingCall, Record, State, Stop, check_history,
    },
    message::{Assembler, Message, Request, RequestOptions, ToolResult, ToolSpecs, Usage},
    serde_json,
    testing::{Script, Turn},
    tool,
    tool::{CancellationToken, Tool},
    tools,
};

use super::{add, assert_answered, calls, journal::Memory, wait};

const ASK: (&str, &str) = ("research", r#"{"task":"Find it out"}"#);

fn turn(usage: u64) -> Turn {
    Turn::new().usage(usage - 1, 1)
}

/// The agent as a tool of another one.
fn research(agent: Agent) -> Tool {
    agent.into_tool("research", "Answers questions about the world").unwrap()
}

fn inner(script: &Script) -> fcall::agent::AgentBuilder {
    Agent::builder(script.clone()).tools(tools![add, wait]).name("researcher")
}

fn outer(script: &Script, tool: Tool) -> fcall::agent::AgentBuilder {
    Agent::builder(script.clone()).tools([tool])
}

fn runs(run: &Run) -> Vec<&InnerRun> {
    run.calls().flat_map(|call| call.runs).collect()
}

fn tokens(usage: Usage) -> (Option<u64>, Option<u64>) {
    (usage.input, usage.output)
}

#[tokio::test]
async fn the_answer_of_the_inner_run_is_the_result_and_what_it_used_counts() {
    let below = Script::new().turn(turn(20).call("add", r#"{"a":2,"b":3}"#)).turn(turn(30).text("It is 5."));
    let above = Script::new().turn(turn(100).call(ASK.0, ASK.1)).turn(turn(200).text("5, they say."));
    let agent = outer(&above, research(inner(&below).instructions("Be exact.").build().unwrap())).build().unwrap();
    let run = agent.run("2 + 3?").await.unwrap();
    assert_eq!(run.text, "5, they say.");
    assert_eq!(calls(&run), [("research", "It is 5.".to_owned(), CallStatus::Done)]);
    assert_eq!(tokens(run.usage), (Some(99 + 199 + 19 + 29), Some(4)));
    assert_eq!(run.turns, 2, "the turns are the run's own");
    let [entry] = runs(&run)[..] else { panic!("one run inside") };
    assert_eq!((entry.agent.as_deref(), entry.turns, entry.calls), (Some("researcher"), 2, 1));
    assert_eq!((tokens(entry.usage), &entry.stop), ((Some(48), Some(2)), &Some(Stop::Answer)));
    let asked = &below.requests()[0].messages;
    assert_eq!(*asked, [Message::system("Be exact."), Message::user("Find it out")], "nothing else is seen");
    assert_eq!(above.requests()[0].tools, ["research"]);
}

#[tokio::test]
async fn its_parameter_is_checked_like_any() {
    let below = Script::new();
    let above = Script::new().calls([("research", "{}")]).calls([("research", r#"{"task":" "}"#)]).text("Well.");
    let agent = outer(&above, research(inner(&below).build().unwrap())).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::BadArguments; 2]);
    assert!(calls(&run)[0].1.contains("`task`"), "{:?}", calls(&run));
    let name = inner(&below).build().unwrap().into_tool("no name", "..").unwrap_err();
    assert!(name.to_string().contains("a name is 1 to 64 letters"), "{name}");
}

#[tokio::test]
async fn an_inner_run_out_of_tokens_is_a_result_and_the_outer_meets_its_own_limit() {
    let below = (0..9).fold(Script::new(), |script, n| {
        script.turn(turn(40).text(format!("Step {n}.")).call("add", format!(r#"{{"a":{n},"b":1}}"#)))
    });
    let above = Script::new().turn(turn(50).call(ASK.0, ASK.1)).turn(turn(10).text("never"));
    let limits = Limits::default().total_tokens(140);
    let agent = outer(&above, research(inner(&below).build().unwrap())).limits(limits).build().unwrap();
    let run = agent.run("go").await.unwrap();
    // 50 outside, then 40 each: the third reply crosses what was left.
    assert_eq!((runs(&run)[0].turns, &runs(&run)[0].stop), (3, &Some(Stop::TotalTokens)));
    assert_eq!((run.usage.total(), run.stop.clone()), (170, Some(Stop::TotalTokens)));
    let [(_, told, status)] = &calls(&run)[..] else { panic!("one call") };
    assert_eq!(*status, CallStatus::Failed);
    assert!(told.contains("limit of tokens") && told.contains("Step 2."), "{told}");
    assert!(run.calls().next().unwrap().told.is_error);
    assert_eq!(above.left(), 1, "nothing more is asked");
    assert_answered(&run.messages);

    // By its own rules: with a last word where it says so.
    let below = Script::new().turn(turn(200).call("add", r#"{"a":1,"b":1}"#));
    let above = Script::new().turn(turn(50).call(ASK.0, ASK.1)).turn(turn(10).text("As far as I know."));
    let limits = limits.on_limit(OnLimit::Answer);
    let agent = outer(&above, research(inner(&below).build().unwrap())).limits(limits).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!((run.text.as_str(), run.stop.clone()), ("As far as I know.", Some(Stop::TotalTokens)));
    let told = &calls(&run)[0].1;
    assert!(told.contains("add: 2"), "where it said nothing, what its calls came to: {told}");
}

#[tokio::test(start_paused = true)]
async fn several_inner_runs_at_once_share_what_is_left() {
    // Each reply takes its time, so that they go on beside each other.
    let script = || {
        (0..9).fold(Script::new(), |script, n| {
            let call = turn(10).delay(Duration::from_millis(10)).call("add", format!(r#"{{"a":{n},"b":1}}"#));
            script.turn(call)
        })
    };
    let (one, two) = (script(), script());
    let tools = [
        inner(&one).build().unwrap().into_tool("one", "One").unwrap(),
        inner(&two).build().unwrap().into_tool("two", "Two").unwrap(),
    ];
    let both = Turn::new().usage(4, 1).call("one", r#"{"task":"a"}"#).call("two", r#"{"task":"b"}"#);
    let above = Script::new().turn(both).text("never");
    let limits = Limits::default().total_tokens(65);
    let agent = Agent::builder(above.clone()).tools(tools).limits(limits).build().unwrap();
    let run = agent.run("go").await.unwrap();
    // 60 are left: six replies in all and not six each, and one that was asked for while the last of them came.
    let replies: u32 = runs(&run).iter().map(|run| run.turns).sum();
    assert!((6..=7).contains(&replies), "{:?}", runs(&run));
    assert_eq!(run.usage.total(), 5 + 10 * u64::from(replies));
    assert!(runs(&run).iter().all(|run| run.stop == Some(Stop::TotalTokens)));
    assert!(run.stop == Stop::TotalTokens);
}

#[tokio::test]
async fn a_run_below_the_inner_one_counts_on_every_level() {
    let lowest = Script::new().turn(turn(7).call("add", r#"{"a":1,"b":1}"#)).turn(turn(7).text("2"));
    let middle = Script::new().turn(turn(20).call(ASK.0, ASK.1)).turn(turn(20).text("Two."));
    let above = Script::new().turn(turn(100).call("ask", r#"{"task":"x"}"#)).turn(turn(100).text("2"));
    let middle = outer(&middle, research(inner(&lowest).build().unwrap())).build().unwrap();
    let agent = outer(&above, middle.into_tool("ask", "Asks").unwrap()).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!(run.usage.total(), 254);
    let entry = runs(&run)[0];
    assert_eq!((entry.usage.total(), entry.turns, entry.calls), (54, 2, 2));
}

#[tokio::test]
async fn calls_are_counted_and_held_over_both() {
    let below = Script::new()
        .calls([("add", r#"{"a":1,"b":1}"#), ("add", r#"{"a":2,"b":2}"#), ("add", r#"{"a":3,"b":3}"#)])
        .text("2 and 4");
    let above = Script::new().calls([ASK]).calls([("research", r#"{"task":"more"}"#)]).text("never");
    let limits = Limits::default().calls(3);
    let agent = outer(&above, research(inner(&below).build().unwrap())).limits(limits).build().unwrap();
    let run = agent.run("go").await.unwrap();
    // One is the call itself, so two are left to the run inside.
    let entry = runs(&run)[0];
    assert_eq!((entry.calls, &entry.stop), (2, &Some(Stop::MaxCalls)));
    assert!(run.stop == Stop::MaxCalls);
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Failed, CallStatus::NotBegun]);
    assert_eq!(below.left(), 1);
}

#[tokio::test]
async fn an_inner_run_that_ends_in_an_error_is_a_result_and_its_cause_is_for_the_operator() {
    let below =
        Script::new().turn(turn(30).call("add", r#"{"a":2,"b":3}"#)).error(400, "the budget of key 17 is spent");
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1)).turn(turn(10).text("Somehow 5."));
    let agent = outer(&above, research(inner(&below).build().unwrap())).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!((run.text.as_str(), run.usage.total()), ("Somehow 5.", 50));
    let call = run.calls().next().unwrap();
    assert_eq!(call.status, CallStatus::Failed);
    let told = call.told.to_text();
    assert!(told.contains("an error ended its work") && told.contains("add: 5") && !told.contains("key 17"), "{told}");
    assert!(call.detail.unwrap().contains("key 17"), "{:?}", call.detail);
    assert!(call.runs[0].error.as_deref().unwrap().contains("key 17") && call.runs[0].stop.is_none());
    assert_eq!(call.runs[0].turns, 1, "the second reply never began");
}

#[tokio::test]
async fn a_tool_that_ends_the_inner_run_does_not_end_the_outer() {
    let below = Script::new().calls([("fail", r#"{"how":"fatal"}"#)]);
    let above = Script::new().calls([ASK]).text("Too bad.");
    let failing = Agent::builder(below).tools(tools![super::fail]).build().unwrap();
    let run = outer(&above, research(failing)).build().unwrap().run("go").await.unwrap();
    assert_eq!(run.text, "Too bad.");
    assert!(run.calls().next().unwrap().detail.unwrap().contains("the account is locked"));
}

/// Counts what is dropped while it waits.
static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

/// Wait for ever
#[tool]
async fn wait_for_ever() -> String {
    let _guard = Guard;
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn cancelling_the_outer_run_ends_the_inner_with_every_call_answered() {
    let journal = Memory::default();
    let below = Script::new().turn(turn(30).call("add", r#"{"a":1,"b":1}"#).call("wait_for_ever", "{}"));
    let inner = Agent::builder(below).tools(tools![add, wait_for_ever]).journal(journal.clone()).build().unwrap();
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1)).text("never");
    let agent = outer(&above, research(inner)).build().unwrap();
    let token = CancellationToken::new();
    let run = tokio::spawn(agent.request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    token.cancel();
    let run = run.await.unwrap().unwrap();
    assert!(run.stop == Stop::Cancelled);
    assert_answered(&run.messages);
    let [entry] = runs(&run)[..] else { panic!("one run inside") };
    assert_eq!((&entry.stop, run.usage.total()), (&Some(Stop::Cancelled), 40));
    let told = &calls(&run)[0].1;
    assert!(told.contains("was stopped before it had an answer") && told.contains("add: 2"), "{told}");
    assert_eq!(calls(&run)[0].2, CallStatus::Interrupted);
    assert!(told.starts_with("interrupted: ") && told.contains("may or may not have had an effect"), "{told}");

    // The inner run as its own journal has it.
    let records = journal.runs.lock().unwrap()[entry.id.as_deref().expect("the journal's id")].clone();
    let ends = records.iter().filter(|record| matches!(record, Record::CallEnded(_))).count();
    assert!(matches!(records.last(), Some(Record::Over { stop: Some(Stop::Cancelled) })) && ends == 2, "{records:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_inner_run_out_of_time_interrupted_is_told() {
    let below = Script::new().turn(turn(30).call("wait_for_ever", "{}"));
    let inner = Agent::builder(below).tools(tools![wait_for_ever]).build().unwrap();
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1)).text("well");
    let agent = outer(&above, research(inner)).tool_timeout(Duration::from_secs(5)).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let (_, told, status) = &calls(&run)[0];
    assert_eq!((*status, run.text.as_str()), (CallStatus::Failed, "well"));
    let expected = "The agent's time was up before it had an answer. Its call of `wait_for_ever` was interrupted: it may or \
                    may not have had an effect.";
    assert_eq!(told, expected);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_outer_run_drops_the_inner() {
    let before = DROPPED.load(Ordering::SeqCst);
    let below = Script::new().calls([("wait_for_ever", "{}")]);
    let inner = Agent::builder(below).tools(tools![wait_for_ever]).build().unwrap();
    let agent = outer(&Script::new().calls([ASK]), research(inner)).build().unwrap();
    tokio::time::timeout(Duration::from_secs(1), agent.run("go")).await.expect_err("it waits for ever");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(DROPPED.load(Ordering::SeqCst) > before);
}

#[tokio::test(start_paused = true)]
async fn the_inner_run_has_the_time_of_the_outer_and_of_its_call() {
    let below = || Script::new().turn(turn(30).text("So far: 7.").call("wait", r#"{"name":"w","millis":60000}"#));
    // The outer run's time.
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1));
    let limits = Limits::default().wall_time(Duration::from_secs(5));
    let agent = outer(&above, research(inner(&below()).build().unwrap())).limits(limits).build().unwrap();
    let began = tokio::time::Instant::now();
    let run = agent.run("go").await.unwrap();
    assert!(run.stop == Stop::WallTime && began.elapsed() < Duration::from_secs(7));
    assert_eq!(run.usage.total(), 40);
    assert!(calls(&run)[0].1.contains("So far: 7."), "{:?}", calls(&run));

    // The call's: the run inside ends before it is cut.
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1)).text("At least 7.");
    let agent = outer(&above, research(inner(&below()).build().unwrap()))
        .tool_timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!((run.text.as_str(), &runs(&run)[0].stop), ("At least 7.", &Some(Stop::WallTime)));
    let (_, told, status) = &calls(&run)[0];
    assert!(told.contains("time was up") && told.contains("So far: 7."), "{told}");
    assert_eq!(*status, CallStatus::Failed);

    // Its own, where it has one: then that is how long its calls may take.
    let above = Script::new().calls([ASK]).text("Yes.");
    let slow = Script::new().turn(Turn::new().delay(Duration::from_secs(100)).text("Done at last."));
    let slow = inner(&slow).limits(Limits::default().wall_time(Duration::from_secs(120))).build().unwrap();
    let run = outer(&above, research(slow)).build().unwrap().run("go").await.unwrap();
    assert_eq!(calls(&run)[0].1, "Done at last.");
}

#[tokio::test(start_paused = true)]
async fn what_a_call_used_that_was_cut_counts_all_the_same() {
    /// Ask somebody who does not look at the clock
    #[tool(timeout = "3s")]
    async fn ask(#[state] agent: &Agent, #[context] cx: &CallContext) -> Result<String, Error> {
        let run = agent.request("Find it out").within(cx).run().await?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(run.text)
    }
    let below = Script::new().turn(turn(30).text("42"));
    let above = Script::new().turn(turn(10).call("ask", "{}")).turn(turn(10).text("Nobody answers."));
    let agent = Agent::builder(above).tools(tools![ask]).state(inner(&below).build().unwrap()).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!((calls(&run)[0].2, run.usage.total()), (CallStatus::TimedOut, 50));
    assert_eq!(runs(&run)[0].turns, 1);
}

/// Asks itself, as often as it is let.
static ITSELF: OnceLock<Agent> = OnceLock::new();

/// Ask yourself
#[tool]
async fn ask_yourself(#[context] cx: &CallContext) -> Result<String, ToolError> {
    let agent = ITSELF.get().expect("set by the test");
    let run = agent.request("again").within(cx).run().await.map_err(ToolError::failed)?;
    match run.stop {
        Some(Stop::Answer) => Ok(run.text),
        stop => Err(ToolError::failed(format!("{stop:?}"))),
    }
}

#[tokio::test]
async fn agents_that_ask_themselves_end_at_the_depth_that_is_allowed() {
    let asks = |times: usize, answers: usize| {
        let script = (0..times).fold(Script::new(), |script, _| script.calls([("ask_yourself", "{}")]));
        (0..answers).fold(script, |script, _| script.text("deep"))
    };
    // The run itself and four below it ask; the fifth below is not begun.
    let script = asks(5, 5);
    let agent =
        ITSELF.get_or_init(|| Agent::builder(script.clone()).tools(tools![ask_yourself]).build().unwrap()).clone();
    let run = agent.run("go").await.unwrap();
    assert_eq!((run.text.as_str(), script.left(), script.requests().len()), ("deep", 0, 10));
    let deepest = script.requests().iter().map(|asked| format!("{asked:?}")).find(|asked| asked.contains("MaxDepth"));
    assert!(deepest.is_some(), "the one that was told so goes on without");
}

#[tokio::test]
async fn too_deep_is_a_result_that_the_model_reads() {
    let below = Script::new();
    let above = Script::new().calls([ASK]).text("Then I say: 5.");
    let agent = outer(&above, research(inner(&below).build().unwrap())).limits(Limits::default().depth(0)).build();
    let run = agent.unwrap().run("go").await.unwrap();
    let (_, told, status) = &calls(&run)[0];
    assert!(told.contains("any deeper") && *status == CallStatus::Failed, "{told}");
    assert_eq!((run.text.as_str(), &runs(&run)[0].stop), ("Then I say: 5.", &Some(Stop::MaxDepth)));
    assert!(below.requests().is_empty());
}

/// How many files were deleted.
static DELETED: AtomicUsize = AtomicUsize::new(0);

/// Delete a file
#[tool(destructive)]
fn delete(name: &str) -> String {
    DELETED.fetch_add(1, Ordering::SeqCst);
    format!("{name} is gone")
}

#[tokio::test]
async fn an_inner_run_can_not_wait_for_an_approval_and_asks_its_own() {
    let script = || Script::new().calls([("delete", r#"{"name":"a.txt"}"#)]).text("Gone.");
    let above = Script::new().calls([ASK]).text("Somebody has to look at it.");
    let below = Agent::builder(script()).tools(tools![delete]).build().unwrap();
    // Who approves the outer agent's calls is not asked about the inner's.
    let agent = outer(&above, research(below)).approve(|_: PendingCall| async { Approval::Allow }).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let (_, told, status) = &calls(&run)[0];
    assert!(told.contains("`delete`, which needs an approval") && *status == CallStatus::Failed, "{told}");
    assert_eq!(DELETED.load(Ordering::SeqCst), 0);
    let Some(Stop::Approval(paused)) = &runs(&run)[0].stop else { panic!("{:?}", runs(&run)) };
    assert_eq!(paused.calls()[0].name, "delete");
    assert!(paused.clone().into_state().unwrap_err().to_string().contains("inside a call"));

    let below = Agent::builder(script()).tools(tools![delete]).approve(|_: PendingCall| async { Approval::Allow });
    let above = Script::new().calls([ASK]).text("Gone.");
    let run = outer(&above, research(below.build().unwrap())).build().unwrap().run("go").await.unwrap();
    assert_eq!((calls(&run)[0].1.as_str(), DELETED.load(Ordering::SeqCst)), ("Gone.", 1));
}

struct Owner(&'static str);

/// Say whose state it is
#[tool]
fn whose(#[state] owner: &Owner) -> &'static str {
    owner.0
}

#[tokio::test]
async fn states_of_the_outer_agent_are_not_lent_to_the_inner() {
    let below = || Script::new().calls([("whose", "{}")]).text("Mine.");
    let own = below();
    let agent = Agent::builder(own.clone()).tools(tools![whose]).state(Owner("inner")).build().unwrap();
    let above = Script::new().calls([ASK]).text("So.");
    outer(&above, research(agent)).state(Owner("outer")).build().unwrap().run("go").await.unwrap();
    assert!(format!("{:?}", own.requests()[1].messages).contains(r#"Text("inner")"#));

    let waits = Agent::builder(below()).tools(tools![whose]).state_per_run::<Owner>().build().unwrap();
    let error = waits.into_tool("research", "..").unwrap_err();
    assert!(error.to_string().contains("whose"), "{error}");
}

#[tokio::test]
async fn what_inner_runs_used_is_saved_with_the_run_and_counts_once() {
    // The inner run's call is over when the run has to wait for a decision on the other call.
    let below = Script::new().turn(turn(30).call("add", r#"{"a":1,"b":1}"#)).turn(turn(30).text("2"));
    let both = Turn::new().usage(4, 1).call(ASK.0, ASK.1).call("delete", r#"{"name":"b"}"#);
    let above = Script::new().turn(both).turn(turn(10).call(ASK.0, ASK.1)).turn(turn(10).text("Done."));
    let build = |below: &Script| {
        let tool = research(inner(below).build().unwrap());
        let limits = Limits::default().total_tokens(100);
        Agent::builder(above.clone()).tools(tools![delete]).tools([tool]).limits(limits).build().unwrap()
    };
    let run = build(&below).run("go").await.unwrap();
    assert_eq!(run.usage.total(), 65);
    let saved = serde_json::to_string(&run.stop).unwrap();
    let stop: Stop = serde_json::from_str(&saved).unwrap();
    let Stop::Approval(paused) = stop else { panic!("{stop:?}") };
    // 25 are left after the next reply: the first one of the run inside crosses that.
    let again = Script::new().turn(turn(30).call("add", r#"{"a":1,"b":1}"#)).turn(turn(30).text("never"));
    let agent = build(&again);
    let decisions: Vec<_> = paused.calls().iter().map(|call| call.deny("no")).collect();
    let run = agent.resume(&paused, decisions).unwrap().run().await.unwrap();
    assert_eq!((run.usage.total(), run.stop.clone(), again.left()), (105, Some(Stop::TotalTokens), 1));
    assert_eq!(runs(&run).iter().map(|run| run.usage.total()).sum::<u64>(), 90);
    let read: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    assert_eq!(read, run);
}

#[tokio::test]
async fn a_recovered_run_knows_what_its_inner_runs_used() {
    let journal = Memory::default();
    let below = Script::new().turn(turn(30).text("2"));
    let above = Script::new().turn(turn(10).call(ASK.0, ASK.1)).turn(turn(10).text("Two."));
    let tool = research(inner(&below).build().unwrap());
    let agent = outer(&above, tool.clone()).journal(journal.clone()).build().unwrap();
    let expected = agent.request("go").id("r").run().await.unwrap();
    let all = journal.runs.lock().unwrap()["r"].clone();
    let ended = all.iter().position(|record| matches!(record, Record::CallEnded(_))).expect("the call ended");
    journal.runs.lock().unwrap().insert("r".to_owned(), all[..=ended].to_vec());
    let rest = Script::new().turn(turn(10).text("Two."));
    let agent = outer(&rest, tool).journal(journal.clone()).build().unwrap();
    let run = agent.recover("r").await.unwrap().run().await.unwrap();
    assert_eq!((run.usage, run.messages.len()), (expected.usage, expected.messages.len()));
    assert_eq!(runs(&run), runs(&expected));
}

#[tokio::test]
async fn a_loop_by_hand_counts_what_it_says_of_runs_inside_calls() {
    let limits = Limits::default().total_tokens(100);
    let mut state = State::new(vec![Message::user("hi")], ToolChoice::Auto, limits);
    let mut reply = Assembler::new(1);
    Script::new()
        .calls([ASK])
        .reply(&Request::new(&[], &ToolSpecs::default(), &RequestOptions::default()), &mut reply)
        .await
        .unwrap();
    state.replied(reply.finish());
    let Next::Call(pending) = state.next() else { panic!("{:?}", state.next()) };
    let inside = inner(&Script::new().turn(turn(120).text("5"))).build().unwrap().run("go").await.unwrap();
    let call = pending.calls().next().unwrap();
    let mut end = CallEnd::new(ToolResult::text(call, &inside.text), CallStatus::Done);
    end.runs.push(InnerRun::from(&inside));
    state.answered(vec![end]);
    assert!(matches!(state.next(), Next::Done(Stop::TotalTokens)), "{:?}", state.next());
    assert_eq!(state.into_run().usage.total(), 120);
}

#[tokio::test]
async fn a_tool_of_ones_own_runs_an_agent_inside_its_call_and_has_a_typed_answer() {
    /// Add up all of it
    #[tool]
    async fn sum(#[state] agent: &Arc<Agent>, #[context] cx: &CallContext, words: &str) -> Result<i64, Error> {
        Ok(agent.request(words).within(cx).run_as::<i64>().await?.value)
    }
    let below = Script::new().turn(turn(30).call("final_answer", r#"{"value":12}"#));
    let above = Script::new().turn(turn(10).call("sum", r#"{"words":"five and seven"}"#)).turn(turn(10).text("12"));
    let below = Arc::new(inner(&below).build().unwrap());
    let run = Agent::builder(above).tools(tools![sum]).state(below).build().unwrap().run("go").await.unwrap();
    assert_eq!((calls(&run)[0].1.as_str(), run.usage.total()), ("12", 50));
    assert!(check_history(&run.messages).is_empty());
    // By hand there is no run to share with.
    let cx = CallContext::new();
    let alone = inner(&Script::new().text("alone")).build().unwrap();
    assert_eq!(alone.request("go").within(&cx).run().await.unwrap().text, "alone");
}

#[tokio::test]
async fn a_function_that_blocks_may_run_an_agent_and_tells_of_it() {
    /// Ask, and wait for the answer on a thread of its own
    #[tool(blocking)]
    fn ask(#[state] agent: &Agent, #[context] cx: &CallContext) -> Result<String, Error> {
        let run = tokio::runtime::Handle::current().block_on(agent.request("Find it out").within(cx).run())?;
        Ok(run.text)
    }
    let below = Script::new().turn(turn(30).text("42"));
    let above = Script::new().turn(turn(10).call("ask", "{}")).turn(turn(10).text("42."));
    let agent = Agent::builder(above).tools(tools![ask]).state(inner(&below).build().unwrap()).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!((calls(&run)[0].1.as_str(), run.usage.total(), runs(&run).len()), ("42", 50, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_begins_early_shares_what_is_left_with_the_others_of_its_turn() {
    /// Ask, and change nothing
    #[tool(read_only)]
    async fn ask(#[state] agent: &Agent, #[context] cx: &CallContext, what: &str) -> Result<String, Error> {
        let run = agent.request(what).within(cx).run().await?;
        Ok(format!("{:?}", run.stop))
    }
    let below =
        (0..9).fold(Script::new(), |script, n| script.turn(turn(30).call("add", format!(r#"{{"a":{n},"b":1}}"#))));
    // The first call begins while the reply still comes in, the second one behind its end.
    let reply = Turn::new().call("ask", r#"{"what":"a"}"#).text("And").pace(Duration::from_millis(50));
    let reply = reply.call(ASK.0, ASK.1).usage(49, 1);
    let tools = [research(inner(&below).build().unwrap())];
    let agent = Agent::builder(Script::new().turn(reply).text("never")).tools(tools![ask]).tools(tools);
    let agent =
        agent.state(inner(&below).build().unwrap()).limits(Limits::default().total_tokens(130)).build().unwrap();
    let run = agent.stream("go").finish().await.unwrap().expect("a run");
    assert!(run.stop == Stop::TotalTokens, "{:?}", run.stop);
    let below = runs(&run).iter().map(|run| run.usage.total()).sum::<u64>();
    assert_eq!(run.usage.total(), 50 + below);
    // 130 less what the reply cost, and one reply more at most of each run.
    assert!((80..=150).contains(&below), "{below}: {:?}", runs(&run));
}
