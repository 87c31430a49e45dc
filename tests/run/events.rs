//! What a stream tells of replies that are no good, and of calls that nobody carries out.

use fcall::{
    Event, Run,
    agent::{CallStatus, Limits, OnLimit},
    message::FinishReason,
    testing::{Script, Turn},
};

use super::agent;

fn useless() -> FinishReason {
    FinishReason::Malformed("MALFORMED_FUNCTION_CALL".to_owned())
}

async fn watch(script: &Script, limits: Limits) -> (Vec<Event>, Run) {
    let (mut events, mut stream) = (Vec::new(), agent(script).request("go").limits(limits).stream());
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            Event::Done(run) => return (events, *run),
            event => events.push(event),
        }
    }
    panic!("a stream ends in Done");
}

/// Every call that began to be told of is told of once more, with the result and the status of the run.
#[track_caller]
fn assert_told(events: &[Event], run: &Run) {
    let started: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::CallStarted { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let mut finished: Vec<(&str, CallStatus, String)> = events
        .iter()
        .filter_map(|event| match event {
            Event::CallFinished { result, status } => Some((result.call_id.as_str(), *status, result.to_text())),
            _ => None,
        })
        .collect();
    let asked: Vec<_> = run.calls().map(|call| (call.call.id.as_str(), call.status, call.told.to_text())).collect();
    finished.sort_by_key(|(id, ..)| asked.iter().position(|(other, ..)| other == id));
    assert_eq!(finished, asked);
    assert_eq!(started, asked.iter().map(|(id, ..)| *id).collect::<Vec<_>>());
}

#[tokio::test]
async fn calls_of_a_reply_that_is_no_good_are_told_of_to_their_end() {
    let turn = || Turn::new().call("add", r#"{"a":1,"b":2}"#).call("add", r#"{"a":3,"b":4}"#);
    let none = Limits::default();
    for (what, script, limits) in [
        ("of no use", Script::new().turn(turn().finish(useless())).text("done"), none),
        ("cut off", Script::new().turn(turn().finish(FinishReason::Length)), none),
        ("over the limit", Script::new().turn(turn()).turn(turn()).text("done"), Limits::default().calls(3)),
        ("a last word", Script::new().turn(turn()).turn(turn()), Limits::default().turns(1).on_limit(OnLimit::Answer)),
    ] {
        let (events, run) = watch(&script, limits).await;
        assert!(run.calls().any(|call| call.status != CallStatus::Done), "{what}: {:?}", run.stop);
        assert_told(&events, &run);
    }
}

#[tokio::test]
async fn a_text_of_no_use_is_taken_back() {
    let script = Script::new().turn(Turn::new().text("print(ad").finish(useless())).text("done");
    let (events, run) = watch(&script, Limits::default()).await;
    let mut text = String::new();
    for event in &events {
        match event {
            Event::TextDelta(more) => text.push_str(more),
            Event::Restarted => text.clear(),
            _ => {}
        }
    }
    assert_eq!((text.as_str(), run.text.as_str()), ("done", "done"));
    let restarted = events.iter().position(|event| matches!(event, Event::Restarted)).expect("it starts over");
    let over = events.iter().position(|event| matches!(event, Event::TurnFinished { .. })).expect("the turn ends");
    assert!(restarted < over, "{events:?}");
}
