//! Faults of a call: the model is told what was wrong with it, the calls beside it are carried out, and the run goes on.

use std::time::Duration;

use fcall::{
    Run,
    agent::{AgentBuilder, Approval, CallStatus, Stop},
    message::FinishReason,
    protocol::Protocol,
    testing::{Script, Turn},
};

use crate::{
    cell::{Cell, Scene, Way, opened, opening},
    said::{Said, call, error, error_like, model, result, result_like},
    tools::{SECRET, read_log},
};

/// One reply that makes this call between two good ones.
pub(crate) fn beside((name, arguments): (&str, &str)) -> Script {
    let turn = Turn::new().text("And the rest.").call("add", r#"{"a":3,"b":4}"#).call(name, arguments);
    opening().turn(turn.call("add", r#"{"a":5,"b":6}"#))
}

/// The conversation with this reply, once the call was told this.
pub(crate) fn told_beside((name, arguments): (&str, &str), told: Said) -> Vec<Said> {
    let mut said = opened();
    said.extend([
        model("And the rest."),
        call("add", r#"{"a":3,"b":4}"#),
        call(name, arguments),
        call("add", r#"{"a":5,"b":6}"#),
        result("7"),
        told,
        result("11"),
    ]);
    said
}

pub(crate) fn statuses(run: &Run) -> Vec<CallStatus> {
    run.calls().map(|call| call.status).collect()
}

/// A run with this call in it ends in the answer; the model is told this of the call.
async fn check(
    cell: Cell,
    bad: (&str, &str),
    status: CallStatus,
    told: Said,
    how: impl FnOnce(AgentBuilder) -> AgentBuilder,
) -> (Run, Scene) {
    let mut scene = cell.start(beside(bad).text("That is all."), how).await;
    let run = scene.talk.ask("Go").await.unwrap();
    assert!(run.stop == Stop::Answer, "{:?}", run.stop);
    assert_eq!((run.text.as_str(), run.turns), ("That is all.", 3));
    assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, status, CallStatus::Done]);
    let mut said = told_beside(bad, told);
    said.push(model("That is all."));
    scene.assert_said(&said);
    (run, scene)
}

/// The same, and the conversation goes on.
async fn check_all(cell: Cell, bad: (&str, &str), status: CallStatus, told: Said) {
    let (_, scene) = check(cell, bad, status, told.clone(), |agent| agent).await;
    scene.go_on(answered(bad, told)).await;
}

pub(crate) fn answered(bad: (&str, &str), told: Said) -> Vec<Said> {
    let mut said = told_beside(bad, told);
    said.push(model("That is all."));
    said
}

pub(crate) async fn unknown_tool(cell: Cell) {
    let told = error("There is no tool `ad`. Did you mean `add`? The tools are: add, erase, fail, look_up, read_log");
    check_all(cell, ("ad", r#"{"a":1,"b":2}"#), CallStatus::UnknownTool, told).await;
}

pub(crate) async fn malformed_json(cell: Cell) {
    match (cell.protocol, cell.way) {
        (Protocol::Gemini, _) => {
            // The arguments are JSON of the reply, so the service says itself that the model wrote none.
            let void = Turn::new().finish(FinishReason::Malformed("MALFORMED_FUNCTION_CALL".to_owned()));
            let mut scene = cell.start(opening().turn(void).text("That is all."), |agent| agent).await;
            let run = scene.talk.ask("Go").await.unwrap();
            assert!(run.stop == Stop::Answer && run.turns == 3, "{:?} after {} turns", run.stop, run.turns);
            let mut said = opened();
            said.push(model("That is all."));
            scene.go_on(said).await;
        }
        (Protocol::Anthropic, Way::Run | Way::Chat) => cell.cannot_exist(
            "the arguments are JSON of the reply itself: where they are none, the whole reply is none (malformed_reply)",
        ),
        _ => {
            let bad = ("add", r#"{"a":1,"#);
            let told = "The arguments break off before their end (after 7 bytes). Call `add` again with its arguments as one \
                        JSON object.";
            let (_, scene) = check(cell, bad, CallStatus::BadArguments, error(told), |agent| agent).await;
            let sent = scene.server.requests();
            let sent = String::from_utf8_lossy(&sent.last().unwrap().body);
            assert!(sent.contains(r#"{\"a\":1,"#), "the model reads what it wrote, in the call or beside it: {sent}");
            // Where the wire has no place for it in the call, it stands behind what is told.
            scene.go_on(answered(bad, error_like(told))).await;
        }
    }
}

pub(crate) async fn wrong_types(cell: Cell) {
    let told = error(
        "The arguments of `add` can't be used:\n- `a`: expected a whole number, got \"two\"\n- `b`: expected a whole number, \
         got []\nCall `add` again with all of its arguments, corrected.",
    );
    check_all(cell, ("add", r#"{"a":"two","b":[]}"#), CallStatus::BadArguments, told).await;
}

pub(crate) async fn missing_argument(cell: Cell) {
    let told = error(
        "The arguments of `add` can't be used:\n- `a`: missing; send a whole number\nCall `add` again with all of its \
         arguments, corrected.",
    );
    check_all(cell, ("add", r#"{"b":2}"#), CallStatus::BadArguments, told).await;
}

pub(crate) async fn tool_error(cell: Cell) {
    check_all(cell, ("fail", r#"{"how":"failed"}"#), CallStatus::Failed, error("the disk is full")).await;
}

pub(crate) async fn tool_panic(cell: Cell) {
    let bad = ("fail", r#"{"how":"panic"}"#);
    let told = error("the tool failed unexpectedly");
    let (run, scene) = check(cell, bad, CallStatus::Panicked, told.clone(), |agent| agent).await;
    assert_eq!(run.calls().nth(2).and_then(|call| call.detail), Some(SECRET), "the operator is told");
    let is_secret = |body: &[u8]| !String::from_utf8_lossy(body).contains(SECRET);
    assert!(scene.server.requests().iter().all(|request| is_secret(&request.body)), "and no model");
    scene.go_on(answered(bad, told)).await;
}

pub(crate) async fn time_out(cell: Cell) {
    let bad = ("fail", r#"{"how":"hang"}"#);
    let told = error("the tool did not finish within 30ms");
    let limit = Duration::from_millis(30);
    let (_, scene) = check(cell, bad, CallStatus::TimedOut, told.clone(), |agent| agent.tool_timeout(limit)).await;
    scene.go_on(answered(bad, told)).await;
}

pub(crate) async fn denial(cell: Cell) {
    let bad = ("erase", r#"{"file":"a.txt"}"#);
    let told = error("not carried out, denied: a.txt is needed");
    let deny = |agent: AgentBuilder| agent.approve(|_| async { Approval::Deny("a.txt is needed".to_owned()) });
    let (_, scene) = check(cell, bad, CallStatus::Denied, told.clone(), deny).await;
    scene.go_on(answered(bad, told)).await;
}

pub(crate) async fn oversize_result(cell: Cell) {
    let bad = ("read_log", "{}");
    let told = result_like("begin \u{e4}\u{e4}\u{e4}");
    let short = |agent: AgentBuilder| agent.max_result_bytes(401);
    let (run, scene) = check(cell, bad, CallStatus::Done, told.clone(), short).await;
    let call = run.calls().nth(2).unwrap();
    assert_eq!(call.result.to_text(), read_log(), "the program has the whole");
    let told_of = call.told.to_text();
    assert!(told_of.len() < 500 && told_of.ends_with("\u{e4} end"), "{} bytes: {told_of}", told_of.len());
    assert!(told_of.contains("bytes left out"), "{told_of}");
    scene.go_on(answered(bad, told)).await;
}
