//! Faults that end a run, or let it wait: it is left with every call answered, and can be gone on with.

use std::sync::Arc;

use fcall::{
    agent::{CallStatus, Limits, Stop},
    testing::Turn,
};

use crate::{
    calls::{answered, beside, statuses, told_beside},
    cell::{Cell, Way, opened, opening},
    said::{call, error, error_like, model, result, result_like},
    talk::paused,
};

pub(crate) async fn cancel_in_the_reply(cell: Cell) {
    let silent = Turn::new().text("And the rest.").silent();
    let mut scene = cell.start(opening().turn(silent), |agent| agent).await;
    let stage = Arc::clone(&scene.stage);
    let run = scene.talk.ask_until("Go", stage.asked(2)).await;
    assert_eq!(run.is_none(), cell.way == Way::Chat, "a question that was dropped has no run");
    if let Some(run) = run {
        assert!(run.stop == Stop::Cancelled, "{:?}", run.stop);
        assert_eq!((statuses(&run), run.turns), (vec![CallStatus::Done], 1));
    }
    scene.go_on(opened()).await;
}

pub(crate) async fn cancel_in_the_call(cell: Cell) {
    let bad = ("fail", r#"{"how":"hang"}"#);
    let mut scene = cell.start(beside(bad), |agent| agent).await;
    let stage = Arc::clone(&scene.stage);
    let run = scene.talk.ask_until("Go", stage.hanging.notified()).await;
    assert_eq!(run.is_none(), cell.way == Way::Chat, "a question that was dropped has no run");
    if let Some(run) = run {
        assert!(run.stop == Stop::Cancelled, "{:?}", run.stop);
        assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, CallStatus::Interrupted, CallStatus::Done]);
    }
    scene.go_on(told_beside(bad, error_like("interrupted: "))).await;
}

pub(crate) async fn fatal_error(cell: Cell) {
    let turn = Turn::new().text("And the rest.").call("add", r#"{"a":3,"b":4}"#).call("fail", r#"{"how":"fatal"}"#);
    let mut scene = cell.start(opening().turn(turn), |agent| agent).await;
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.is_fatal_tool() && !fault.is_retryable(), "{fault}");
    let run = fault.into_run().unwrap();
    assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, CallStatus::Failed]);
    let mut said = opened();
    said.extend([
        model("And the rest."),
        call("add", r#"{"a":3,"b":4}"#),
        call("fail", r#"{"how":"fatal"}"#),
        result("7"),
        error("the tool ended the run"),
    ]);
    scene.go_on(said).await;
}

pub(crate) async fn denial_of_a_paused_run(cell: Cell) {
    let bad = ("erase", r#"{"file":"a.txt"}"#);
    let mut scene = cell.start(beside(bad).text("That is all."), |agent| agent).await;
    let run = scene.talk.ask("Go").await.unwrap();
    assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, CallStatus::Unapproved, CallStatus::Done]);
    let waits = told_beside(bad, error("not carried out: it needs an approval first"));
    scene.assert_said(&waits);
    // It could be gone on with as it is.
    scene.between = cell.in_every_protocol(&run.messages, &waits);

    let paused = paused(&run);
    let decision = paused.calls()[0].deny("a.txt is needed");
    let run = scene.talk.resume(paused, vec![decision]).await.unwrap();
    assert!(run.stop == Stop::Answer && run.text == "That is all.", "{:?}", run.stop);
    assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, CallStatus::Denied, CallStatus::Done]);
    scene.go_on(answered(bad, error("not carried out, denied: a.txt is needed"))).await;
}

pub(crate) async fn repeated_call(cell: Cell) {
    let again = || Turn::new().text("Once more.").call("add", r#"{"a":1,"b":2}"#);
    let twice = |agent: fcall::agent::AgentBuilder| agent.limits(Limits::default().repeated_calls(2));
    let mut scene = cell.start(opening().turn(again()).turn(again()), twice).await;
    let run = scene.talk.ask("Go").await.unwrap();
    assert!(run.stop == Stop::RepeatedCall("add".to_owned()), "{:?}", run.stop);
    assert_eq!(statuses(&run), [CallStatus::Done; 3]);
    let told: Vec<String> = run.calls().map(|call| call.told.to_text()).collect();
    assert!(!told[0].contains("same call") && told[1].contains("The same call has given the same result"), "{told:?}");
    let mut said = opened();
    for told in [result_like("3"), result("3")] {
        said.extend([model("Once more."), call("add", r#"{"a":1,"b":2}"#), told]);
    }
    scene.go_on(said).await;
}
