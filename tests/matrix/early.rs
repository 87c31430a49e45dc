//! Faults of a streamed reply behind a call that began before its end: what nobody asks for in the end is gone without a
//! trace, and what is asked for again has been done.

use std::time::Duration;

use fcall::{
    agent::{CallStatus, Stop},
    client::Retry,
    testing::Turn,
};

use crate::{
    calls::statuses,
    cell::{Cell, Scene, opened, opening},
    said::{call, model, result},
};

/// The call that begins early, and one that waits for the end of the reply.
fn calls(turn: Turn) -> Turn {
    turn.call("look_up", r#"{"number":7}"#).call("add", r#"{"a":1234567,"b":0}"#)
}

/// A scene whose second reply is lost once the early call has ended.
async fn scene(cell: Cell, turns: impl IntoIterator<Item = Turn>, times: usize) -> Scene {
    let script = turns.into_iter().fold(opening(), fcall::testing::Script::turn);
    let retry = Retry::default().times(times).first(Duration::from_millis(1));
    let scene = cell.start_with(script, retry, |agent| agent).await;
    scene.stage.lose_after_a_look();
    scene
}

/// The run ends in the error, and nothing is left of the reply.
async fn lost(cell: Cell, cut: fn(Turn) -> Turn) {
    if !cell.way.streams() {
        return cell.cannot_exist("calls of a whole reply begin behind it (cut_inside_the_call, cut_after_the_call)");
    }
    // Behind text nothing is asked for again.
    let mut scene = scene(cell, [cut(calls(Turn::new().text("And the rest.")))], 1).await;
    let fault = scene.talk.ask("Go").await.unwrap_err();
    assert!(fault.is_cut() && fault.is_retryable(), "{fault}");
    let run = fault.run().unwrap();
    assert_eq!((run.turns, run.messages.len(), statuses(run)), (1, 3, vec![CallStatus::Done]));
    assert_eq!(run.partial.as_ref().unwrap().message.text(), "And the rest.");
    assert_eq!((scene.stage.looked(), scene.server.requests().len()), (1, 2));
    // Gemini's calls come whole: of half a one nobody hears.
    assert!(scene.talk.taken_back() > 0, "events told of the call that began");
    scene.go_on(opened()).await;
}

/// The reply is asked for again, and asks for the same.
async fn mended(cell: Cell, cut: fn(Turn) -> Turn) {
    if !cell.way.streams() {
        return cell.cannot_exist("calls of a whole reply begin behind it (connection_lost_once)");
    }
    let turns = [cut(calls(Turn::new())), calls(Turn::new()), Turn::new().text("That is all.")];
    let mut scene = scene(cell, turns, 1).await;
    let run = scene.talk.ask("Go").await.unwrap();
    assert_eq!((run.stop.clone(), run.turns, statuses(&run)), (Stop::Answer.into(), 3, vec![CallStatus::Done; 3]));
    let sent = scene.server.requests();
    assert_eq!(sent.len(), 4);
    assert_eq!(sent[1].json(), sent[2].json(), "the same request");
    assert_eq!(scene.stage.looked(), 1, "carried out once");
    let mut said = opened();
    said.extend([call("look_up", r#"{"number":7}"#), call("add", r#"{"a":1234567,"b":0}"#)]);
    said.extend([result("70"), result("1234567"), model("That is all.")]);
    scene.go_on(said).await;
}

pub(crate) async fn cut_inside_the_call_behind_an_early_one(cell: Cell) {
    lost(cell, Turn::cut).await;
}

pub(crate) async fn cut_after_an_early_call(cell: Cell) {
    lost(cell, Turn::cut_after).await;
}

pub(crate) async fn cut_inside_the_call_behind_an_early_one_once(cell: Cell) {
    mended(cell, Turn::cut).await;
}

pub(crate) async fn cut_after_an_early_call_once(cell: Cell) {
    mended(cell, Turn::cut_after).await;
}
