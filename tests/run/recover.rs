//! Runs that are recovered at the edges: just before their end, typed, under hooks.

use fcall::{
    Agent, Event,
    agent::{CallStatus, Hook, HookCall, HookResult, OnCall, Record},
    model::BoxFuture,
    testing::Script,
    tools,
};

use super::{add, calls, journal::Memory};

/// A journal with the first records of a run.
fn first(records: &[Record]) -> Memory {
    let memory = Memory::default();
    memory.runs.lock().unwrap().insert("r".to_owned(), records.to_vec());
    memory
}

fn records(memory: &Memory) -> Vec<Record> {
    memory.runs.lock().unwrap()["r"].clone()
}

fn typed(script: Script, journal: &Memory) -> Agent {
    Agent::builder(script).tools(tools![add]).journal(journal.clone()).build().unwrap()
}

#[tokio::test]
async fn a_typed_run_whose_answer_came_by_a_call_is_recovered_with_it() {
    let whole = Memory::default();
    let script = Script::new().calls([("final_answer", r#"{"value":7}"#)]);
    let expected = typed(script, &whole).request("go").id("r").run_as::<u8>().await.unwrap();
    let all = records(&whole);
    let ended = all.iter().position(|record| matches!(record, Record::CallEnded(_))).expect("the call ended");
    for kept in ended + 1..=all.len() {
        // Nobody is left to be asked.
        let rest = first(&all[..kept]);
        let again = typed(Script::new(), &rest).recover("r").await.unwrap().run_as::<u8>().await;
        let again = again.unwrap_or_else(|error| panic!("after {kept} of {}: {error}", all.len()));
        assert_eq!((again.value, &again.run.messages), (7, &expected.run.messages), "after {kept}");
        assert_eq!(again.run.stop, expected.run.stop, "after {kept}");
    }
}

#[tokio::test]
async fn a_run_that_is_over_is_written_down_as_over_once() {
    let whole = Memory::default();
    typed(Script::new().text("done"), &whole).request("go").id("r").run().await.unwrap();
    let all = records(&whole);
    let rest = first(&all[..all.len() - 1]);
    for _ in 0..2 {
        let run = typed(Script::new(), &rest).recover("r").await.unwrap().run().await.unwrap();
        assert_eq!(run.text, "done");
        assert_eq!(records(&rest), all);
    }
}

/// Adds to another number than the model asked for.
struct Forty;

impl Hook for Forty {
    fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        Box::pin(async move {
            call.arguments = call.arguments.replace(r#""a":"#, r#""a":4"#);
            Ok(OnCall::Go)
        })
    }
}

/// Add two numbers again
#[fcall::tool(read_only)]
fn sum(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::test]
async fn a_hook_sees_a_recovered_call_as_the_model_wrote_it() {
    let agent = |script: Script, journal: &Memory| {
        Agent::builder(script).tools(tools![sum]).hook(Forty).journal(journal.clone()).build().unwrap()
    };
    let script = || Script::new().calls([("sum", r#"{"a":0,"b":2}"#)]).text("done");
    let whole = Memory::default();
    let expected = agent(script(), &whole).request("go").id("r").run().await.unwrap();
    assert_eq!(calls(&expected), [("sum", "42".to_owned(), CallStatus::Done)]);
    let all = records(&whole);
    let began = all.iter().position(|record| matches!(record, Record::CallBegan { .. })).expect("the call began");
    let rest = script();
    rest.skip();
    let run = agent(rest, &first(&all[..=began])).recover("r").await.unwrap().run().await.unwrap();
    assert_eq!(run.messages, expected.messages);
    assert_eq!(run.calls().next().map(|call| call.arguments), expected.calls().next().map(|call| call.arguments));
}

#[tokio::test]
async fn the_stream_of_a_recovered_run_tells_of_calls_that_were_given_up() {
    let script = || Script::new().calls([("add", r#"{"a":1,"b":2}"#), ("add", r#"{"a":3,"b":4}"#)]).text("done");
    let whole = Memory::default();
    typed(script(), &whole).request("go").id("r").run().await.unwrap();
    let all = records(&whole);
    let ended = all.iter().rposition(|record| matches!(record, Record::CallEnded(_))).expect("two calls ended");
    let rest = script();
    rest.skip();
    let mut events = typed(rest, &first(&all[..ended])).recover("r").await.unwrap().stream();
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::CallFinished { status, .. } = event.unwrap() {
            told.push(status);
        }
    }
    assert_eq!(told, [CallStatus::Interrupted], "the other's end was told before");
}
