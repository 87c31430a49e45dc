//! Conversations from elsewhere are checked on the way in, and repaired only when that is asked for.

use fcall::{
    Agent, Message, ToolChoice,
    agent::{CallStatus, HistoryFaultKind, Limits, State, Stop, check_history, repair_history},
    message::{Part, Role, ToolCall, ToolResult},
    testing::Script,
    tool, tools,
};

use super::{agent, assert_answered};

fn asks(ids: &[&str]) -> Message {
    let call = |id: &&str| Part::ToolCall(ToolCall::new(*id, "add", r#"{"a":1,"b":2}"#));
    Message::new(Role::Assistant, ids.iter().map(call).collect())
}

fn answers(answers: &[(&str, &str)]) -> Message {
    let result = |(id, text): &(&str, &str)| ToolResult::text(&ToolCall::new(*id, "add", "{}"), *text);
    Message::tool_results(answers.iter().map(result))
}

fn user(text: &str) -> Message {
    Message::user(text)
}

/// Repairs a conversation: what was wrong, and what its results are then.
#[track_caller]
fn check(messages: &[Message], faults: &[&str], results: &[(&str, &str)]) {
    let found: Vec<String> = check_history(messages).iter().map(ToString::to_string).collect();
    assert_eq!(found, faults);
    let (repaired, told) = repair_history(messages.to_vec());
    assert_eq!(told, check_history(messages));
    assert_answered(&repaired);
    assert!(check_history(&repaired).is_empty(), "{repaired:?}");
    let all = repaired.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
        Part::ToolResult(result) => Some((result.call_id.clone(), result.to_text())),
        _ => None,
    });
    let texts: Vec<(String, String)> = all.collect();
    assert_eq!(texts.len(), results.len(), "{texts:?}");
    for ((id, text), (expected_id, expected)) in texts.iter().zip(results) {
        assert!(id == expected_id && text.starts_with(expected), "{texts:?}");
    }
}

#[test]
fn what_is_in_order_is_left_alone() {
    let messages = [
        user("go"),
        asks(&["a", "b"]),
        answers(&[("b", "2")]),
        answers(&[("a", "1")]),
        asks(&["a"]),
        answers(&[("a", "3")]),
        Message::assistant("done"),
    ];
    assert!(check_history(&messages).is_empty(), "answers in any order, in several messages, ids used again");
    assert_eq!(repair_history(messages.to_vec()).0, messages);
}

#[test]
fn every_fault_is_told_and_repaired() {
    check(
        &[user("go"), asks(&["a", "b"]), answers(&[("b", "2")]), user("and?"), asks(&["c"])],
        &["message 1: the call `a` has no answer", "message 4: the call `c` has no answer"],
        &[("a", "interrupted"), ("b", "2"), ("c", "interrupted")],
    );
    check(
        &[asks(&["a"]), answers(&[("a", "1"), ("a", "2")])],
        &["message 1: the call `a` is answered once more"],
        &[("a", "1")],
    );
    check(
        &[user("go"), answers(&[("a", "1")]), Message::assistant("done")],
        &["message 1: nobody made the call `a` that is answered"],
        &[],
    );
    check(
        &[asks(&["a", "b"]), answers(&[("a", "1")]), user("wait"), answers(&[("b", "2")])],
        &["message 3: the answer to the call `b` does not stand directly behind it"],
        &[("a", "1"), ("b", "2")],
    );
    check(
        &[asks(&["a", "a", "a_2"]), answers(&[("a", "1"), ("a", "2"), ("a_2", "3")])],
        &["message 0: two calls have the id `a`"],
        &[("a", "1"), ("a_2_", "2"), ("a_2", "3")],
    );
}

#[test]
fn what_a_repair_leaves_out_is_in_its_report() {
    let (_, faults) = repair_history(vec![user("go"), answers(&[("a", "the only copy")])]);
    assert_eq!(faults[0].kind, HistoryFaultKind::NoCall);
    assert_eq!(faults[0].result.as_ref().map(ToolResult::to_text).as_deref(), Some("the only copy"));
}

#[tokio::test]
async fn a_history_out_of_order_is_refused_before_anything_is_sent() {
    let script = Script::new().text("never");
    let agent = agent(&script);
    let broken = [user("go"), asks(&["a", "b", "c", "d"]), user("and?")];
    let error = agent.request("go on").history(broken.clone()).run().await.unwrap_err();
    assert!(error.is_history());
    assert_eq!(
        error.to_string(),
        "the history is not in order: message 1: the call `a` has no answer; message 1: the call `b` has no answer; \
         message 1: the call `c` has no answer; and 1 more; put it right with `repair_history`, which tells what it changes"
    );
    assert_answered(&error.into_run().expect("the run").messages);
    let mut chat = agent.chat_with(broken.to_vec());
    assert!(chat.send("go on").await.unwrap_err().is_history());
    assert!(chat.send("go on").await.unwrap_err().is_history(), "it does not become right by asking twice");
    assert_eq!(script.left(), 1);
}

#[tokio::test]
async fn a_history_is_repaired_when_asked_and_the_run_tells_how() {
    let script = Script::new().text("fine");
    let broken = [user("go"), asks(&["a"]), user("and?")];
    let run = agent(&script).request("go on").history(broken.clone()).repair_history().run().await.unwrap();
    assert_eq!(run.text, "fine");
    assert_answered(&script.requests()[0].messages);
    assert_eq!(run.repaired, check_history(&broken));
    let next = agent(&Script::new().text("fine")).request("more").history(run.messages).run().await.unwrap();
    assert!(next.repaired.is_empty());
}

#[tokio::test]
async fn a_message_out_of_order_is_refused_before_anything_is_sent() {
    let both =
        Message::new(Role::Assistant, asks(&["a"]).parts.into_iter().chain(answers(&[("a", "1")]).parts).collect());
    for odd in [answers(&[("a", "1")]), asks(&["a"]), both] {
        let script = Script::new().text("fine").text("fine");
        let agent = agent(&script);
        let error = agent.run(odd.clone()).await.unwrap_err();
        assert!(error.is_history(), "{error}");
        assert_answered(&error.into_run().expect("the run").messages);
        assert!(agent.stream(odd.clone()).finish().await.unwrap_err().is_history());
        let error =
            agent.request(odd.clone()).history([user("go"), Message::assistant("done")]).run().await.unwrap_err();
        assert!(error.is_history() && error.to_string().contains("message 2: "), "{error}");

        let mut chat = agent.chat();
        let error = chat.send(odd.clone()).await.unwrap_err();
        assert!(error.is_history(), "{error}");
        assert!(chat.stream(odd.clone()).finish().await.unwrap_err().is_history());
        assert!(chat.send_as::<u32>(odd.clone()).await.unwrap_err().is_history());
        assert_eq!(script.left(), 2, "nothing was sent");
        assert!(chat.messages().is_empty(), "nor kept: {:?}", chat.messages());
        chat.send("and now?").await.unwrap();
        assert!(chat.send(odd).await.unwrap_err().is_history());
        assert_eq!(chat.messages(), [user("and now?"), Message::assistant("fine")], "the chat goes on");
    }
}

#[tokio::test]
async fn a_message_is_repaired_when_asked_and_the_run_tells_how() {
    let script = Script::new().text("fine").text("never");
    let run = agent(&script).request(asks(&["a"])).repair_history().run().await.unwrap();
    assert_answered(&script.requests()[0].messages);
    assert_eq!(
        run.repaired.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["message 0: the call `a` has no answer"]
    );

    // What is left out is told, but there is nothing left to ask with.
    for history in [vec![], vec![user("go"), Message::assistant("done")]] {
        let error =
            agent(&script).request(answers(&[("a", "1")])).history(history).repair_history().run().await.unwrap_err();
        assert!(error.is_history() && error.to_string().contains("nothing is left of the message"), "{error}");
        let left_out = &error.run().expect("the run").repaired[0];
        assert_eq!(left_out.result.as_ref().map(ToolResult::to_text).as_deref(), Some("1"));
    }
    assert_eq!(script.left(), 1);
}

#[tokio::test]
async fn a_message_may_answer_the_calls_that_wait_for_it() {
    let script = Script::new().text("It is 3.");
    let history = [user("1 + 2?"), asks(&["a"])];
    let run = agent(&script).request(answers(&[("a", "3")])).history(history.clone()).run().await.unwrap();
    assert_eq!((run.text.as_str(), run.repaired.len()), ("It is 3.", 0));
    let mut sent = history.to_vec();
    sent.push(answers(&[("a", "3")]));
    assert_eq!(script.requests()[0].messages, sent);
}

#[test]
fn a_loop_by_hand_is_held_to_the_same() {
    let mut state = State::new(vec![user("hi")], ToolChoice::Auto, Limits::default());
    let before = state.clone();
    for odd in [answers(&[("a", "1")]), asks(&["a"])] {
        assert!(state.resume(odd, ToolChoice::Auto).unwrap_err().is_history());
        assert_eq!(state, before, "nothing has changed");
    }
    state.resume(user("and now?"), ToolChoice::Auto).unwrap();
    assert_eq!(state.messages().len(), 2);
    let broken = vec![user("go"), asks(&["a"])];
    let run = State::new(broken.clone(), ToolChoice::Auto, Limits::default()).into_run();
    assert_eq!(run.repaired, check_history(&broken), "what was put right is told");
}

/// Delete a file
#[tool(destructive)]
fn delete(name: &str) -> String {
    format!("{name} is gone")
}

#[tokio::test]
async fn a_refused_message_leaves_a_chat_that_waits_as_it_was() {
    let script = Script::new().calls([("delete", r#"{"name":"a"}"#)]).text("done");
    let mut chat = Agent::builder(script).tools(tools![delete]).build().unwrap().chat();
    let run = chat.send("go").await.unwrap();
    let Some(Stop::Approval(paused)) = &run.stop else { panic!("{:?}", run.stop) };
    assert!(chat.send(asks(&["b"])).await.unwrap_err().is_history());
    let run = chat.resume(paused.calls().iter().map(|call| call.allow())).await.unwrap();
    assert_eq!(run.calls().map(|call| call.status).collect::<Vec<_>>(), [CallStatus::Done]);
}
