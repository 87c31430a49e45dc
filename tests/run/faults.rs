//! Whatever goes wrong with a call is a result the model reads; whatever ends a run keeps the run.

use std::time::Duration;

use fcall::{
    Agent, Message, Model,
    agent::{CallStatus, Stop},
    message::{Delta, FinishReason, Request, Role, Sink},
    model::BoxFuture,
    testing::{Script, Turn},
    tools,
};

use super::{add, agent, assert_answered, calls};

/// Runs one call and returns what the model was told of it.
async fn told(name: &str, arguments: &str) -> (String, CallStatus) {
    let script = Script::new().calls([(name, arguments)]).text("done");
    let run = agent(&script).run("go").await.unwrap();
    assert_eq!(run.text, "done", "the run goes on");
    assert_answered(&run.messages);
    let call = run.calls().next().expect("one call");
    assert!(call.result.is_error, "the result is flagged");
    (call.result.to_text(), call.status)
}

#[tokio::test]
async fn an_unknown_tool_is_answered_with_the_tools_there_are() {
    let (text, status) = told("ad", r#"{"a":1,"b":2}"#).await;
    assert_eq!(status, CallStatus::UnknownTool);
    assert_eq!(text, "There is no tool `ad`. Did you mean `add`? The tools are: add, fail, wait");
}

#[tokio::test]
async fn all_bad_arguments_are_told_at_once() {
    let (text, status) = told("add", r#"{"a":"two"}"#).await;
    assert_eq!(status, CallStatus::BadArguments);
    assert!(text.contains("a") && text.contains("\"two\"") && text.contains("whole number"), "{text}");
    assert!(text.contains('b') && text.contains("missing"), "{text}");
}

#[tokio::test]
async fn arguments_that_are_no_json_are_told() {
    let (text, status) = told("add", r#"{"a":1,"#).await;
    assert_eq!(status, CallStatus::BadArguments);
    assert!(text.contains("JSON"), "{text}");
}

#[tokio::test]
async fn a_failure_is_told_in_the_authors_words() {
    assert_eq!(told("fail", r#"{"how":"failed"}"#).await, ("the disk is full".to_owned(), CallStatus::Failed));
    assert_eq!(told("fail", r#"{"how":"retry"}"#).await.0, "use another word");
}

#[tokio::test]
async fn a_panic_is_a_result_and_its_text_is_not_for_the_model() {
    let script = Script::new().calls([("fail", r#"{"how":"panic"}"#)]).text("done");
    let run = agent(&script).run("go").await.unwrap();
    let call = run.calls().next().expect("one call");
    assert_eq!((call.status, call.detail), (CallStatus::Panicked, Some("the secret of the panic")));
    assert!(!call.result.to_text().contains("secret"), "{}", call.result.to_text());
}

#[tokio::test]
async fn a_panic_beside_other_calls_does_not_lose_them() {
    let script = Script::new().calls([("fail", r#"{"how":"panic"}"#), ("add", r#"{"a":1,"b":2}"#)]).text("done");
    let run = agent(&script).run("go").await.unwrap();
    assert_eq!(calls(&run)[1], ("add", "3".to_owned(), CallStatus::Done));
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_told() {
    let (text, status) = told("fail", r#"{"how":"hang"}"#).await;
    assert_eq!((text.as_str(), status), ("the tool did not finish within 5s", CallStatus::TimedOut));
}

#[tokio::test]
async fn a_fatal_tool_ends_the_run_and_every_call_is_answered() {
    let script = Script::new().calls([("add", r#"{"a":1,"b":2}"#), ("fail", r#"{"how":"fatal"}"#)]);
    let error = agent(&script).run("go").await.unwrap_err();
    assert!(error.is_fatal_tool());
    assert_eq!(error.to_string(), "tool `fail` ended the run: the account is locked");
    let run = error.into_run().expect("the run so far");
    assert_eq!(calls(&run)[0], ("add", "3".to_owned(), CallStatus::Done));
    assert!(!calls(&run)[1].1.contains("locked"), "what a fatal tool says is for the program");
    assert_eq!(run.stop, None);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn an_error_of_the_service_keeps_the_run() {
    let script = Script::new().calls([("add", r#"{"a":1,"b":2}"#)]).error(400, "no such model").text("3");
    let agent = agent(&script);
    let error = agent.run("1 + 2?").await.unwrap_err();
    assert_eq!((error.status(), error.service_message()), (Some(400), Some("no such model")));
    let run = error.into_run().expect("the run so far");
    assert_eq!((run.turns, run.messages.len()), (1, 3));
    assert_answered(&run.messages);
    let again = agent.request("Again, please").history(run.messages).run().await.unwrap();
    assert_eq!(again.text, "3");
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_kept_aside() {
    let script = Script::new().turn(Turn::new().text("It is going to be sunny").cut());
    let error = agent(&script).run("go").await.unwrap_err();
    assert!(error.is_cut() && error.is_retryable());
    let run = error.into_run().expect("the run so far");
    assert_eq!(run.messages, [Message::user("go")], "half a reply is no part of the conversation");
    assert_eq!(run.partial.expect("what had come").message.text(), "It is going");
}

#[tokio::test]
async fn half_a_call_is_not_carried_out() {
    let cut = Turn::new().text("Adding.").call("add", r#"{"a":1,"b":2}"#).cut();
    let error = agent(&Script::new().turn(cut)).run("go").await.unwrap_err();
    let run = error.into_run().expect("the run so far");
    assert_eq!((run.calls().count(), run.messages.len()), (0, 1));

    // Complete calls of a reply that hit its limit are answered, not carried out.
    let limit = Turn::new().call("add", r#"{"a":1,"b":2}"#).finish(FinishReason::Length);
    let run = agent(&Script::new().turn(limit)).run("go").await.unwrap();
    assert!(run.stop == Stop::Truncated);
    assert_eq!(calls(&run)[0].2, CallStatus::NotAllowed);
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn a_chat_goes_on_after_an_error_and_after_a_cancellation() {
    let script = Script::new().error(500, "oops").calls([("fail", r#"{"how":"hang"}"#)]).text("Never mind.");
    let mut chat = agent(&script).chat();
    chat.send("one").await.unwrap_err();
    tokio::time::timeout(Duration::from_secs(1), chat.send("two")).await.expect_err("the tool hangs");
    let run = chat.send("three").await.unwrap();
    assert_eq!(run.text, "Never mind.");
    assert_answered(&run.messages);
    let told = &script.requests()[2].messages;
    let results = told.iter().find(|message| message.role == Role::Tool).expect("the open call is answered");
    assert!(format!("{results:?}").contains("interrupted"), "{results:?}");
    let users: Vec<String> = told.iter().filter(|m| m.role == Role::User).map(Message::text).collect();
    assert_eq!(users, ["one", "two", "three"]);
}

/// A server that counts its calls from 0 in every reply.
struct CountsFromZero;

impl Model for CountsFromZero {
    fn id(&self) -> &str {
        "counts from zero"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        Box::pin(async move {
            if request.messages.len() > 4 {
                sink.push(Delta::Text { part: 0, text: "done".to_owned() });
                return Ok(());
            }
            for part in 0..2 {
                let text = format!(r#"{{"a":{},"b":{part}}}"#, request.messages.len());
                sink.push(Delta::CallStart { part, id: "call_0".to_owned(), name: "add".to_owned() });
                sink.push(Delta::CallArguments { part, text });
                sink.push(Delta::CallEnd { part });
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn ids_that_a_server_uses_twice_are_told_apart() {
    let agent = Agent::builder(CountsFromZero).tools(tools![add]).build().unwrap();
    let mut events = agent.stream("go");
    let (mut started, mut done) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            fcall::Event::CallStarted { id, .. } => started.push(id),
            fcall::Event::Done(run) => done = Some(run),
            _ => {}
        }
    }
    let run = done.expect("a run");
    let ids: Vec<&str> = run.calls().map(|call| call.call.id.as_str()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), 4, "{ids:?}");
    assert_eq!(started, ids, "events and conversation show the same ids");
    let results: Vec<String> = run.calls().map(|call| call.result.to_text()).collect();
    assert_eq!(results, ["1", "2", "3", "4"]);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn after_a_fatal_call_nothing_more_is_begun() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static WIPED: AtomicU32 = AtomicU32::new(0);
    /// Wipe the disk
    #[fcall::tool(sequential)]
    fn wipe() {
        WIPED.fetch_add(1, Ordering::SeqCst);
    }
    let script = Script::new().calls([("fail", r#"{"how":"fatal"}"#), ("wipe", "{}"), ("wipe", "{}")]);
    let agent = Agent::builder(script).tools(tools![super::fail, wipe]).build().unwrap();
    let run = agent.run("go").await.unwrap_err().into_run().expect("the run so far");
    assert_eq!(WIPED.load(Ordering::SeqCst), 0);
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Failed, CallStatus::NotBegun, CallStatus::NotBegun]);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_reply_that_says_nothing_has_no_text() {
    let script = Script::new().text("first").turn(Turn::new());
    let mut chat = agent(&script).chat();
    assert_eq!(chat.send("one").await.unwrap().text, "first");
    assert_eq!(chat.send("two").await.unwrap().text, "", "an older answer is not this one's");
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_was_dropped_can_be_saved_as_it_is() {
    let mut chat = agent(&Script::new().calls([("fail", r#"{"how":"hang"}"#)])).chat();
    tokio::time::timeout(Duration::from_secs(1), chat.send("go")).await.expect_err("the tool hangs");
    assert_answered(chat.messages());
}

#[tokio::test]
async fn an_error_before_the_first_request_keeps_the_conversation() {
    let agent = agent(&Script::new());
    let history = [Message::user("one"), Message::assistant("two")];
    let choice = fcall::ToolChoice::named("nobody");
    let error = agent.request("three").history(history).tool_choice(choice).run().await.unwrap_err();
    assert_eq!(error.into_run().expect("the run").messages.len(), 3);
}
