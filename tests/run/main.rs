//! The call loop, seen from a user's program: a scripted model on one side, real tools on the other.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

mod approval;
mod cancel;
mod eager;
mod eager_faults;
mod events;
mod faults;
mod history;
mod hooks;
mod journal;
mod large;
mod limits;
mod nested;
mod order;
mod panics;
mod process;
mod recover;
mod saved;
mod schedules;
mod secrets;
mod states;

use std::time::Duration;

use fcall::{Agent, Event, Message, Run, ToolError, agent::CallStatus, testing::Script, tool, tools};

/// Add two numbers
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Wait, then say who waited
#[tool]
async fn wait(
    /// Who waits
    name: &str,
    /// How long, in milliseconds
    millis: u64,
) -> String {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    format!("{name} waited {millis} ms")
}

/// Fail in the way that is asked for
#[tool]
async fn fail(
    /// How to fail
    how: &str,
) -> Result<String, ToolError> {
    match how {
        "retry" => Err(ToolError::retry("use another word")),
        "failed" => Err(ToolError::failed("the disk is full")),
        "fatal" => Err(ToolError::fatal("the account is locked")),
        "panic" => panic!("the secret of the panic"),
        _ => std::future::pending().await,
    }
}

fn agent(script: &Script) -> Agent {
    Agent::builder(script.clone())
        .tools(tools![add, wait, fail])
        .tool_timeout(Duration::from_secs(5))
        .build()
        .expect("the tools have different names")
}

/// Name, result and status of each call.
fn calls(run: &Run) -> Vec<(&str, String, CallStatus)> {
    run.calls().map(|call| (call.call.name.as_str(), call.result.to_text(), call.status)).collect()
}

/// Every call of the conversation has exactly one result, in the message behind it and in its order.
#[track_caller]
fn assert_answered(messages: &[Message]) {
    for (at, message) in messages.iter().enumerate() {
        let asked: Vec<&str> = message.tool_calls().map(|call| call.id.as_str()).collect();
        if asked.is_empty() {
            continue;
        }
        let answers = messages.get(at + 1).unwrap_or_else(|| panic!("nothing answers message {at}"));
        let answered: Vec<&str> = answers
            .parts
            .iter()
            .map(|part| match part {
                fcall::message::Part::ToolResult(result) => result.call_id.as_str(),
                other => panic!("{other:?} stands among the results"),
            })
            .collect();
        assert_eq!(asked, answered, "the results of message {at}");
    }
}

#[tokio::test]
async fn a_tool_answers_and_the_model_goes_on_with_the_result() {
    let script = Script::new().calls([("add", r#"{"a":2,"b":3}"#)]).text("It is 5.");
    let run = agent(&script).run("What is 2 + 3?").await.unwrap();
    assert_eq!(run.to_string(), "It is 5.");
    assert_eq!(calls(&run), [("add", "5".to_owned(), CallStatus::Done)]);
    assert_eq!(run.turns, 2);
    let asked = script.requests();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].tools, ["add", "fail", "wait"], "tools go out by name");
    assert_eq!(asked[1].messages, run.messages[..3], "the second request holds the call and its result");
}

#[tokio::test]
async fn run_and_stream_are_one_loop() {
    let script = || {
        Script::new()
            .calls([("add", r#"{"a":2,"b":3}"#), ("fail", r#"{"how":"failed"}"#)])
            .text("It is 5, and the disk is full.")
    };
    let (whole, streamed) = (script(), script());
    let run = agent(&whole).run("Go").await.unwrap();

    let mut events = agent(&streamed).stream("Go");
    let (mut text, mut arguments, mut finished, mut turns, mut done) = (String::new(), String::new(), 0, 0, None);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::TextDelta(piece) => text += &piece,
            Event::CallArguments { text, .. } => arguments += &text,
            Event::CallFinished { .. } => finished += 1,
            Event::TurnFinished { .. } => turns += 1,
            Event::Done(run) => done = Some(*run),
            _ => {}
        }
    }
    let done = done.expect("a stream ends in Done");
    assert_eq!(done.messages, run.messages);
    assert_eq!(done.stop, run.stop);
    assert_eq!(text, run.text);
    assert_eq!(arguments, r#"{"a":2,"b":3}{"how":"failed"}"#);
    assert_eq!((finished, turns), (2, 2));
    assert!(streamed.requests().iter().all(|asked| asked.stream));
    assert!(whole.requests().iter().all(|asked| !asked.stream));
}

#[tokio::test]
async fn a_stream_can_be_moved_to_another_task() {
    let script = Script::new().calls([("add", r#"{"a":1,"b":1}"#)]).text("2");
    let events = agent(&script).stream("1 + 1?");
    let run = tokio::spawn(events.finish()).await.unwrap().unwrap().expect("a run");
    assert_eq!(run.text, "2");
}

#[tokio::test]
async fn a_chat_keeps_the_conversation() {
    let script = Script::new().calls([("add", r#"{"a":2,"b":3}"#)]).text("5").text("I said 5.");
    let mut chat = agent(&script).chat();
    assert_eq!(chat.send("2 + 3?").await.unwrap().text, "5");
    let second = chat.send("What did you say?").await.unwrap();
    assert_eq!(second.text, "I said 5.");
    assert_eq!((second.turns, second.calls().count()), (1, 0), "the second run counts for itself");
    assert_eq!(script.requests()[2].messages.len(), 5, "the question goes out with all that came before");
    assert_eq!(chat.messages(), second.messages);
}

#[tokio::test]
async fn instructions_stand_first_unless_the_history_has_its_own() {
    let script = Script::new().text("a").text("b");
    let agent = Agent::builder(script.clone()).tools([]).instructions("Be brief.").build().unwrap();
    let first = agent.run("one").await.unwrap();
    agent.request("two").history(first.messages).run().await.unwrap();
    let asked = script.requests();
    assert_eq!(asked[0].messages[0], Message::system("Be brief."));
    assert_eq!(asked[1].messages.iter().filter(|message| message.text() == "Be brief.").count(), 1);
}
