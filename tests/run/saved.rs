//! A run can be saved between any two steps and go on in another process.

use fcall::{
    CallContext, Message, Model, Outcome, Toolbox,
    agent::{CallEnd, CallStatus, Limits, Next, Run, State, Stop},
    message::{Assembler, Request, RequestOptions, ToolChoice, ToolResult},
    serde_json,
    testing::Script,
    tools,
};

use super::{add, agent, assert_answered, fail, wait};

fn script() -> Script {
    Script::new()
        .calls([("add", r#"{"a":2,"b":3}"#), ("fail", r#"{"how":"failed"}"#)])
        .calls([("add", r#"{"a":5,"b":5}"#)])
        .text("It is 10.")
}

#[tokio::test]
async fn a_run_saved_and_read_back_at_every_step_is_the_same_run() {
    let expected = agent(&script()).run("2 + 3 + 5?").await.unwrap();

    let model = script();
    let tools = Toolbox::new(tools![add, wait, fail]).unwrap();
    let options = RequestOptions::default();
    let first = State::new(vec![Message::user("2 + 3 + 5?")], ToolChoice::Auto, Limits::default());
    let mut saved = serde_json::to_string(&first).unwrap();
    loop {
        let mut state: State = serde_json::from_str(&saved).unwrap();
        match state.next() {
            Next::Ask { messages, tool_choice, turn } => {
                let mut reply = Assembler::new(turn as usize);
                let request = Request::new(messages, tools.specs(), &options).tool_choice(tool_choice);
                model.reply(&request, &mut reply).await.unwrap();
                state.replied(reply.finish());
            }
            Next::Call(pending) => {
                let mut ends = Vec::new();
                for call in pending.calls() {
                    let cx = CallContext::for_call(call, pending.turn());
                    ends.push(match tools.call(&call.name, &call.arguments, &cx).await {
                        Ok(Outcome::Done(output)) => {
                            CallEnd::new(Outcome::Done(output).into_result(call), CallStatus::Done)
                        }
                        Ok(outcome) => CallEnd::new(outcome.into_result(call), CallStatus::Failed),
                        Err(unknown) => {
                            CallEnd::new(ToolResult::error(call, unknown.to_string()), CallStatus::UnknownTool)
                        }
                    });
                }
                ends.reverse(); // results come in any order
                state.answered(ends);
            }
            Next::Done(_) => {
                let run = state.into_run();
                assert_eq!(run.messages, expected.messages);
                assert_eq!((run.turns, run.stop), (expected.turns, expected.stop));
                return;
            }
            other => panic!("{other:?}"),
        }
        saved = serde_json::to_string(&state).unwrap();
    }
}

#[test]
fn a_saved_run_of_a_later_version_is_refused() {
    let state = State::new(Vec::new(), ToolChoice::Auto, Limits::default());
    let later = serde_json::to_string(&state).unwrap().replace(r#""version":2"#, r#""version":3"#);
    let error = serde_json::from_str::<State>(&later).unwrap_err();
    assert!(error.to_string().contains("a saved run of version 3"), "{error}");
}

#[test]
fn what_is_not_next_changes_nothing() {
    let mut state = State::new(vec![Message::user("hi")], ToolChoice::Auto, Limits::default());
    let before = state.clone();
    state.answered(Vec::new());
    assert_eq!(state, before);
    state.replied(Assembler::new(1).finish());
    let done = state.clone();
    state.replied(Assembler::new(2).finish());
    assert_eq!(state, done);
}

#[test]
fn a_history_with_open_calls_is_closed() {
    let mut reply = Assembler::new(1);
    for (part, name) in ["add", "wait"].into_iter().enumerate() {
        use fcall::message::{Delta, Sink};
        reply.push(Delta::CallStart { part, id: name.to_owned(), name: name.to_owned() });
        reply.push(Delta::CallEnd { part });
    }
    let open = vec![Message::user("hi"), reply.finish().message, Message::user("and?")];
    let state = State::new(open, ToolChoice::Auto, Limits::default());
    assert_answered(state.messages());
    assert_eq!(state.messages().len(), 4);
}

/// The saved states of every version since the first, each with what comes next in it.
#[test]
fn what_any_version_saved_is_read_and_goes_on() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/saved");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
    files.sort();
    let mut seen = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let mut state: State = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (next, left) = match state.next() {
            Next::Ask { messages, turn, tool_choice } => (format!("ask {turn} {tool_choice:?}"), messages.len()),
            Next::Call(pending) => {
                (format!("call {}", pending.calls().map(|call| call.id.as_str()).collect::<Vec<_>>().join(" ")), 0)
            }
            Next::Approve(calls) => (format!("approve {}", calls[0].id), 0),
            Next::Done(Stop::Approval(paused)) => (format!("done approval {}", paused.calls().len()), 0),
            Next::Done(stop) => (format!("done {stop:?}"), 0),
            other => panic!("{name}: {other:?}"),
        };
        let again: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(again, state, "{name}: what is read is written again");
        state.interrupt();
        assert_answered(state.messages());
        let run = state.into_run();
        let whole = run.calls().map(|call| call.result.to_text()).collect::<Vec<_>>().join(" | ");
        seen.push(format!("{name}: {next} [{left}] {whole}").trim_end().to_owned());
    }
    let expected = include_str!("saved.txt");
    assert_eq!(seen.join("\n"), expected.trim_end(), "tests/run/saved.txt says what each saved state holds");
}

/// Writes a state of this version where its file is missing: `FCALL_SAVE=1 cargo test --test run`.
#[tokio::test]
async fn every_phase_of_this_version_is_in_the_corpus() {
    use fcall::message::FinishReason;
    use fcall::testing::Turn;

    /// Delete a file
    #[fcall::tool(destructive)]
    fn delete(name: &str) -> String {
        format!("{name} is gone")
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/saved");
    let save = |name: &str, state: &State| {
        let file = format!("{folder}/v2-{name}.json");
        if std::env::var_os("FCALL_SAVE").is_some() && !std::path::Path::new(&file).exists() {
            std::fs::write(&file, serde_json::to_string_pretty(state).unwrap() + "\n").unwrap();
        }
        let saved: State = serde_json::from_str(&std::fs::read_to_string(&file).expect("in the corpus")).unwrap();
        assert_eq!(saved, *state, "{name}: this version writes what it wrote before");
    };
    let reply = |turn: usize, reply: Turn| {
        let script = Script::new().turn(reply);
        async move {
            let mut assembler = Assembler::new(turn);
            let (tools, options) = (Toolbox::new(tools![add]).unwrap(), RequestOptions::default());
            script.reply(&Request::new(&[], tools.specs(), &options), &mut assembler).await.unwrap();
            assembler.finish()
        }
    };
    let two = || Turn::new().call("delete", r#"{"name":"a"}"#).call("add", r#"{"a":1,"b":2}"#).usage(12, 34);
    let limits = Limits::default()
        .turns(1)
        .calls(9)
        .total_tokens(1000)
        .wall_time(std::time::Duration::from_secs(60))
        .on_limit(fcall::agent::OnLimit::Answer);
    let mut state = State::new(vec![Message::system("Be brief."), Message::user("go")], ToolChoice::Required, limits);
    save("ask", &state);
    state.pass(std::time::Duration::from_millis(1500));
    state.replied(reply(1, two()).await);
    let Next::Call(pending) = state.next() else { panic!("calls are next") };
    let added = pending.calls().nth(1).expect("two calls").clone();
    state.call_ended(CallEnd::new(ToolResult::text(&added, "3"), CallStatus::Done));
    save("calls", &state);
    state.answered(Vec::new());
    save("last-word", &state);
    state.replied(reply(2, Turn::new().text("3.").finish(FinishReason::Length)).await);
    save("done", &state);

    let script = Script::new().turn(two());
    let agent = fcall::Agent::builder(script).tools(tools![add, delete]).max_result_bytes(0).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let Some(Stop::Approval(paused)) = run.stop else { panic!("{:?}", run.stop) };
    let paused = serde_json::to_string(&paused).unwrap();
    // How long things took differs.
    let mut value: serde_json::Value = serde_json::from_str(&paused).unwrap();
    fn still(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    if key == "elapsed" {
                        *value = serde_json::json!({"secs": 0, "nanos": 0});
                    }
                    still(value);
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(still),
            _ => {}
        }
    }
    still(&mut value);
    let paused: fcall::agent::Paused = serde_json::from_value(value).unwrap();

    // A run inside a call, which is over; and a call by way of another tool, which waits.
    let below = fcall::Agent::builder(Script::new().turn(Turn::new().text("3.").usage(5, 6))).tools([]).name("inner");
    let ask = below.build().unwrap().into_tool("ask", "Asks").unwrap();
    let by_name = r#"{"name":"delete","arguments":{"name":"a"}}"#;
    let turn = Turn::new().call("ask", r#"{"task":"add"}"#).call("use_tool", by_name).usage(12, 34);
    let agent = fcall::Agent::builder(Script::new().turn(turn)).tools([ask]).defer(tools![delete]).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let mut inside = serde_json::to_value(&run.stop).unwrap();
    still(&mut inside);
    let Ok(Stop::Approval(inside)) = serde_json::from_value(inside) else { panic!("{:?}", run.stop) };
    save("inside", &inside.into_state().unwrap());

    let decision = paused.calls()[0].allow_with(serde_json::json!({"name": "b"}));
    let mut state = paused.into_state().unwrap();
    save("approve", &state);
    state.decide([decision]).unwrap();
    save("decided", &state);
}

#[test]
fn a_paused_run_of_a_later_version_says_so() {
    let saved = include_str!("../saved/v2-approve.json");
    let paused = format!(r#"{{"calls":[],"state":{saved}}}"#);
    let read: fcall::agent::Paused = serde_json::from_str(&paused).unwrap();
    assert_eq!(read.calls().len(), 1, "what waits is what the run says");
    let later = paused.replace(r#""version": 2"#, r#""version": 3"#);
    let error = serde_json::from_str::<fcall::agent::Paused>(&later).unwrap_err();
    assert!(error.to_string().contains("a saved run of version 3"), "{error}");
}

#[test]
fn a_run_that_any_version_saved_is_read() {
    let run: Run = serde_json::from_str(include_str!("../saved/runs/v1.json")).unwrap();
    assert_eq!((run.text.as_str(), run.stop.clone(), run.id.clone()), ("5 and 10.", Some(Stop::Answer), None));
    let ends: Vec<(String, CallStatus)> = run.calls().map(|call| (call.result.to_text(), call.status)).collect();
    assert_eq!(ends[0], ("5".to_owned(), CallStatus::Done));
    assert_eq!(ends[1], ("the tool did not finish within 5s".to_owned(), CallStatus::TimedOut));
    assert_answered(&run.messages);
}

/// Writes the journal of this version where its file is missing, as above.
#[tokio::test]
async fn a_journal_that_any_version_wrote_is_recovered() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/saved/journals");
    let folder = std::env::temp_dir().join(format!("fcall-saved-{}", std::process::id()));
    let journal = fcall::FileJournal::open(&folder).unwrap();
    let agent = |script: Script| {
        fcall::Agent::builder(script).tools(tools![add, wait, fail]).journal(journal.clone()).build().unwrap()
    };
    let file = corpus.join("v1.jsonl");
    if std::env::var_os("FCALL_SAVE").is_some() && !file.exists() {
        agent(script()).request("2 + 3 + 5?").id("v1").run().await.unwrap();
        let written = std::fs::read_to_string(folder.join("v1.jsonl")).unwrap();
        // All but the last call's end, the answer and the end of the run: it was killed there.
        let lines: Vec<&str> = written.lines().collect();
        std::fs::write(&file, lines[..lines.len() - 3].join("\n") + "\n").unwrap();
    }
    std::fs::copy(&file, folder.join("v1.jsonl")).unwrap();
    assert_eq!(journal.unfinished().unwrap(), ["v1"]);
    let run = agent(Script::new().text("It is 10.")).recover("v1").await.unwrap().run().await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((run.text.as_str(), run.turns), ("It is 10.", 3));
    let ends: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(ends, [CallStatus::Done, CallStatus::Failed, CallStatus::Interrupted]);
    assert_answered(&run.messages);
}

#[test]
fn a_saved_state_that_was_tampered_with_is_still_a_conversation() {
    let saved = include_str!("../saved/v2-calls.json");
    let check = |from: &str, to: &str| {
        assert!(saved.contains(from), "{from}");
        let mut state: State = serde_json::from_str(&saved.replacen(from, to, 1)).unwrap();
        state.interrupt();
        assert_answered(state.messages());
        let _ = state.into_run();
    };
    check(r#""call_id": "call_1_2""#, r#""call_id": "call_9_9""#);
    check(r#""calls": ["#, r#""calls": ["open", "open", "queued", "undecided","#);
    check(r#""role": "assistant""#, r#""role": "user""#);
    check(r#""reply": 2"#, r#""reply": 999"#);
    check(r#""turns": 1"#, r#""turns": 4294967295"#);
}
