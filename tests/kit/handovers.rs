//! Runs in which another model goes on: what their records and their events say, and what was done before.

use std::sync::{Arc, Mutex};

use fcall::{
    Agent, Event, Fallback, Model, Run, Stop, Tool, ToolError,
    agent::{Approval, CallStatus, Hook, HookResult, Journal, JournalResult, PendingCall, Record, State},
    fallback::{OnBegun, OnEffects},
    message::{Handover, Response},
    model::BoxFuture,
    testing::{Script, Turn},
    tool, tools,
};
use serde_json::json;

use super::get_weather;

/// Sets a thermostat
#[tool(idempotent)]
fn set_temperature(degrees: i8) -> String {
    format!("{degrees} degrees")
}

/// Sends a letter
#[tool]
fn send_letter(to: &str) -> Result<String, ToolError> {
    match to {
        "nobody" => Err(ToolError::failed("the letter came back")),
        "everybody" => panic!("too many letters"),
        _ => Ok(format!("sent to {to}")),
    }
}

/// Closes an account
#[tool(destructive)]
fn close_account(name: &str) -> String {
    format!("{name} is closed")
}

fn agent(model: impl Model + 'static) -> Agent {
    Agent::builder(model)
        .tools(tools![get_weather, set_temperature, send_letter, close_account])
        .approve(|call: PendingCall| async move {
            match call.arguments.contains("Ada") {
                true => Approval::Deny("not hers".to_owned()),
                false => Approval::Allow,
            }
        })
        .build()
        .unwrap()
}

/// A call, then a fault of the first model; the second answers.
fn models(call: (&str, serde_json::Value)) -> (Script, Script) {
    (Script::new().calls([call]).overloaded(), Script::new().text("Done."))
}

fn moves(run: &Run) -> Vec<(Option<u32>, bool)> {
    run.handovers.iter().map(|handover| (handover.turn, handover.after_effects)).collect()
}

/// Fails once a reply has come.
struct Fails;

impl Hook for Fails {
    fn after_request<'a>(&'a self, _: &'a Response) -> BoxFuture<'a, HookResult<()>> {
        Box::pin(async { Err("the disk is full".into()) })
    }
}

/// Can't write a reply down.
struct Full;

impl Journal for Full {
    fn append<'a>(&'a self, _: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
        let full = matches!(record, Record::Reply { .. });
        Box::pin(async move { if full { Err("the disk is full".into()) } else { Ok(()) } })
    }

    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn who_went_on_is_known_where_the_reply_is_lost() {
    let models =
        || Agent::builder(Fallback::new(Script::new().overloaded()).then(Script::new().text("Done."))).tools([]);
    for (what, builder) in [("a hook", models().hook(Fails)), ("the journal", models().journal(Full))] {
        let error = builder.build().unwrap().run("Go").await.unwrap_err();
        let run = error.run().expect("the run so far");
        assert_eq!(moves(run), [(Some(1), false)], "{what}: {error}");
    }
}

#[tokio::test]
async fn a_run_says_who_went_on_for_whom_and_why() {
    let (first, second) = models(("get_weather", json!({"city": "Paris"})));
    let run = agent(Fallback::new(first.clone()).then(second)).run("Go").await.unwrap();
    assert_eq!(run.text, "Done.");
    let [handover] = &run.handovers[..] else { panic!("{:?}", run.handovers) };
    let expected = ("script", "script", Some(2), false);
    assert_eq!((&*handover.from, &*handover.to, handover.turn, handover.after_effects), expected);
    assert!(handover.fault.contains("529 (overloaded_error)"), "{handover:?}");
    let saved: Run = serde_json::from_value(serde_json::to_value(&run).unwrap()).unwrap();
    assert_eq!(saved, run, "the record is saved with the run");
    let alone = agent(Script::new().text("Alone.")).run("Go").await.unwrap();
    assert_eq!(alone.handovers, []);
}

#[tokio::test]
async fn a_run_says_whether_something_was_done_before_the_move() {
    let letter = |to: &str| ("send_letter", json!({"to": to}));
    for (call, status, effects) in [
        (("get_weather", json!({"city": "Paris"})), CallStatus::Done, false),
        (("set_temperature", json!({"degrees": 20})), CallStatus::Done, false),
        (letter("Ada"), CallStatus::Done, true),
        (letter("nobody"), CallStatus::Failed, true),
        (letter("everybody"), CallStatus::Panicked, true),
        (("send_letter", json!({"to": 3, "from": "me"})), CallStatus::BadArguments, false),
        (("send_letters", json!({"to": "Ada"})), CallStatus::UnknownTool, false),
        (("close_account", json!({"name": "Ada"})), CallStatus::Denied, false),
        (("close_account", json!({"name": "Eve"})), CallStatus::Done, true),
    ] {
        let name = format!("{call:?}");
        let (first, second) = models(call.clone());
        let run = agent(Fallback::new(first).then(second)).run("Go").await.unwrap();
        assert_eq!(run.calls().next().unwrap().status, status, "{name}");
        assert_eq!(moves(&run), [(Some(2), effects)], "{name}");

        let (first, second) = models(call);
        let careful = Fallback::new(first).then(second.clone()).on_effects(OnEffects::Stop);
        match agent(careful).run("Go").await {
            Ok(run) => assert!(!effects && run.text == "Done.", "{name}"),
            Err(error) => {
                assert!(effects && error.status() == Some(529), "{name}: {error:?}");
                assert_eq!(second.requests().len(), 0, "{name}");
                let run = error.into_run().unwrap();
                assert_eq!((run.calls().count(), run.handovers.len()), (1, 0), "{name}: what was done is kept");
            }
        }
    }
}

#[tokio::test]
async fn what_was_done_in_an_earlier_run_does_not_count() {
    let first = Script::new().calls([("send_letter", json!({"to": "Ada"}))]).text("Sent.").overloaded().text("Back.");
    let agent = agent(Fallback::new(first.clone()).then(Script::new().text("Here.")));
    let mut chat = agent.chat();
    assert_eq!(moves(&chat.send("Write to Ada").await.unwrap()), []);
    let second = chat.send("And?").await.unwrap();
    assert_eq!((second.text.as_str(), moves(&second)), ("Here.", vec![(Some(1), false)]));
    let third = chat.send("And now?").await.unwrap();
    assert_eq!((third.text.as_str(), moves(&third)), ("Back.", vec![]), "the next run begins with the first again");
}

#[tokio::test]
async fn a_run_stays_with_the_model_that_went_on() {
    let call = || ("get_weather", json!({"city": "Paris"}));
    let first = Script::new().overloaded().text("never asked");
    let second = Script::new().calls([call()]).calls([call()]).text("Done.");
    let run = agent(Fallback::new(first.clone()).then(second.clone())).run("Go").await.unwrap();
    assert_eq!((moves(&run), run.turns), (vec![(Some(1), false)], 3));
    assert_eq!((first.requests().len(), second.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_stream_tells_the_move_before_anything_that_follows() {
    let first = Script::new().turn(Turn::new().text("Half of this").cut());
    let fallback = Fallback::new(first).then(Script::new().text("All of it.")).on_begun(OnBegun::Restart);
    let mut events = agent(fallback).stream("Go");
    let mut told = Vec::new();
    let mut done = None;
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::TextDelta(text) => told.push(text),
            Event::Restarted => told.push("(restarted)".to_owned()),
            Event::HandedOver(handover) => told.push(format!("(turn {:?}: {})", handover.turn, handover.fault)),
            Event::TurnFinished { turn, .. } => told.push(format!("(turn {turn} finished)")),
            Event::Done(run) => done = Some(*run),
            other => panic!("{other:?}"),
        }
    }
    let fault = "(turn Some(1): the scripted message broke off before its end)";
    assert_eq!(told, ["Half o", "(restarted)", fault, "All of i", "t.", "(turn 1 finished)"]);
    let run = done.expect("a run");
    assert_eq!((run.text.as_str(), moves(&run)), ("All of it.", vec![(Some(1), false)]));
    assert_eq!(run.messages.len(), 2, "half a reply is no part of the conversation");
}

#[tokio::test]
async fn a_turn_says_which_model_answered() {
    use fcall::{Protocol, testing::Server};
    let server = Server::start(Script::new().text("Hello!")).await.unwrap();
    let model = server.service(Protocol::Anthropic).model("house-model");
    let mut events = agent(Fallback::new(Script::new().refused()).then(model)).stream("Go");
    let mut answered = None;
    while let Some(event) = events.next().await {
        if let Event::TurnFinished { model, .. } = event.unwrap() {
            answered = model;
        }
    }
    assert_eq!(answered.as_deref(), Some("house-model"));
}

#[tokio::test]
async fn the_moves_are_on_the_error_where_nobody_answers() {
    let fallback =
        || Fallback::new(Script::new().overloaded()).then(Script::new().refused()).then(Script::new().error(401, "no"));
    let error = agent(fallback()).run("Go").await.expect_err("all fail");
    assert_eq!(error.status(), Some(401));
    assert_eq!(moves(error.run().unwrap()), [(Some(1), false), (Some(1), false)]);
    let error = agent(fallback()).stream("Go").finish().await.expect_err("all fail");
    assert_eq!(moves(error.run().unwrap()).len(), 2);
    let error = agent(fallback()).chat().send("Go").await.expect_err("all fail");
    assert_eq!(moves(error.run().unwrap()).len(), 2);
}

#[tokio::test]
async fn a_run_that_waited_for_a_decision_knows_what_was_done_before() {
    // Nobody is asked, so the run waits: the letter is sent, the account is not closed yet.
    let turn = Turn::new().call("send_letter", json!({"to": "Ada"})).call("close_account", json!({"name": "Eve"}));
    let first = Script::new().turn(turn).overloaded();
    let fallback = Fallback::new(first).then(Script::new().text("Done."));
    let waits = Agent::builder(fallback).tools(tools![send_letter, close_account]).build().unwrap();
    let run = waits.run("Go").await.unwrap();
    let Some(Stop::Approval(paused)) = &run.stop else { panic!("{:?}", run.stop) };
    let saved = serde_json::to_string(paused).unwrap();
    let paused = serde_json::from_str(&saved).unwrap();
    let run = waits.resume(&paused, paused.calls().iter().map(PendingCall::allow)).unwrap().run().await.unwrap();
    assert_eq!((run.text.as_str(), moves(&run)), ("Done.", vec![(Some(2), true)]));
}

#[test]
fn the_moves_are_saved_with_the_state() {
    use fcall::{
        Message, ToolChoice,
        agent::Limits,
        message::{Assembler, Delta, Sink},
    };
    let mut state = State::new(vec![Message::user("Go")], ToolChoice::Auto, Limits::default());
    let mut reply = Assembler::new(1);
    reply.push(Delta::Text { part: 0, text: "Half".into() });
    reply.push(Delta::Handover(Handover::new("a", "b", "down")));
    reply.push(Delta::Restart);
    reply.push(Delta::Text { part: 0, text: "Whole".into() });
    state.replied(reply.finish());
    let saved = serde_json::to_string(&state).unwrap();
    let run = serde_json::from_str::<State>(&saved).unwrap().into_run();
    assert_eq!((run.text.as_str(), run.handovers), ("Whole", vec![Handover::new("a", "b", "down")]));
}

#[tokio::test]
async fn calls_of_a_reply_that_was_taken_back_are_not_carried_out() {
    for stream in [false, true] {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&sent);
        let schema = json!({"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]});
        let letter = Tool::new("send_letter", "Sends a letter", schema, move |arguments: serde_json::Value| {
            kept.lock().unwrap().push(arguments);
            async { "sent" }
        });
        let half = Turn::new().call("send_letter", json!({"to": "first"})).cut_after();
        let second = Script::new().calls([("send_letter", json!({"to": "second"}))]).text("Sent.");
        let fallback = Fallback::new(Script::new().turn(half)).then(second).on_begun(OnBegun::Restart);
        let agent = Agent::builder(fallback).tools([letter.unwrap()]).build().unwrap();
        let run = match stream {
            false => agent.run("Go").await.unwrap(),
            true => agent.stream("Go").finish().await.unwrap().unwrap(),
        };
        assert_eq!(*sent.lock().unwrap(), [json!({"to": "second"})], "streamed: {stream}");
        run.assert_called("send_letter").with(json!({"to": "second"})).times(1);
    }
}
