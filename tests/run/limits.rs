//! Reaching a limit is a value; a forced tool choice is obeyed once.

use fcall::{
    Agent, ToolChoice,
    agent::{Approval, CallStatus, PendingCall, Stop},
    message::FinishReason,
    testing::{Script, Turn},
    tool, tools,
};

use super::{add, agent, assert_answered, calls};

fn additions(n: i64) -> Script {
    (0..n).fold(Script::new(), |script, n| script.calls([("add", format!(r#"{{"a":{n},"b":1}}"#))]))
}

#[tokio::test]
async fn reaching_max_turns_is_a_value_with_all_the_work() {
    let script = additions(5);
    let agent = Agent::builder(script.clone()).tools(tools![add]).max_turns(3).build().unwrap();
    let run = agent.run("count").await.unwrap();
    assert!(run.stop == Stop::MaxTurns);
    assert_eq!((run.turns, run.calls().count(), script.left()), (3, 3, 2));
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_forced_choice_is_released_after_the_turn_that_obeyed_it() {
    let script = additions(1).text("done");
    let agent =
        Agent::builder(script.clone()).tools(tools![add]).tool_choice(ToolChoice::tool::<add>()).build().unwrap();
    agent.run("go").await.unwrap();
    let choices: Vec<ToolChoice> = script.requests().into_iter().map(|asked| asked.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::named("add"), ToolChoice::Auto]);
}

#[tokio::test]
async fn a_call_that_the_turn_did_not_allow_is_answered_and_not_carried_out() {
    let script = Script::new().calls([("fail", r#"{"how":"fatal"}"#)]).calls([("add", r#"{"a":1,"b":1}"#)]).text("2");
    let run = agent(&script).request("go").tool_choice(ToolChoice::named("add")).run().await.unwrap();
    assert_eq!(calls(&run)[0].2, CallStatus::NotAllowed);
    assert_eq!(calls(&run)[1], ("add", "2".to_owned(), CallStatus::Done));
    let choices: Vec<ToolChoice> = script.requests().into_iter().map(|asked| asked.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::named("add"), ToolChoice::named("add"), ToolChoice::Auto]);

    let script = additions(1).text("so be it");
    let run = agent(&script).request("go").tool_choice(ToolChoice::None).run().await.unwrap();
    assert_eq!(calls(&run)[0].2, CallStatus::NotAllowed, "no call where none was allowed");
}

#[tokio::test]
async fn a_demanded_call_that_does_not_come_is_told() {
    let run = agent(&Script::new().text("no")).request("go").tool_choice(ToolChoice::Required).run().await.unwrap();
    assert!(run.stop == Stop::NoCall);
    assert_eq!(run.text, "no");
}

#[tokio::test]
async fn a_choice_that_cannot_be_obeyed_is_refused_before_anything_is_sent() {
    let script = Script::new();
    let error = agent(&script).request("go").tool_choice(ToolChoice::named("sub")).run().await.unwrap_err();
    assert_eq!(error.to_string(), "the tool choice names `sub`; the tools are: add, fail, wait");
    let none = Agent::builder(script.clone()).tools([]).tool_choice(ToolChoice::Required).build().unwrap_err();
    assert_eq!(none.to_string(), "the tool choice demands a call, and there are no tools");
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn arguments_that_stay_wrong_stop_the_run() {
    let wrong = |n: u32| ("add", format!(r#"{{"a":"{n}x","b":1}}"#));
    let script = Script::new().calls([wrong(1)]).calls([wrong(2)]).calls([wrong(3)]).text("never");
    let run = agent(&script).run("go").await.unwrap();
    assert!(run.stop == Stop::BadArguments("add".to_owned()));
    assert_eq!(script.left(), 1);
    assert_answered(&run.messages);

    // One that is right in between starts the count anew.
    let script = Script::new()
        .calls([wrong(1)])
        .calls([wrong(2)])
        .calls([("add", r#"{"a":1,"b":1}"#)])
        .calls([wrong(3)])
        .text("done");
    assert!(agent(&script).run("go").await.unwrap().stop == Stop::Answer);
}

#[tokio::test]
async fn the_same_call_with_the_same_result_is_warned_of_and_then_stopped() {
    // The same JSON, written differently.
    let forms =
        [r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, r#"{ "a": 1, "b": 2 }"#, r#"{"a":1,"b":2}"#, r#"{"b":2, "a":1}"#];
    let script = forms.iter().fold(Script::new(), |script, form| script.calls([("add", form)])).text("never");
    let run = agent(&script).run("go").await.unwrap();
    assert!(run.stop == Stop::RepeatedCall("add".to_owned()), "{:?}", run.stop);
    let results: Vec<String> = run.calls().map(|call| call.result.to_text()).collect();
    assert_eq!(results[..3], ["3", "3", "3"]);
    assert!(results[3].starts_with("3\n(The same call"), "{}", results[3]);
    assert_eq!((results.len(), script.left()), (5, 1));
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_call_whose_result_changes_is_polling() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static POLLED: AtomicU32 = AtomicU32::new(0);
    /// Progress of the job in percent
    #[tool]
    fn progress() -> u32 {
        POLLED.fetch_add(10, Ordering::SeqCst)
    }
    let script = (0..9).fold(Script::new(), |script, _| script.calls([("progress", "{}")])).text("done");
    let agent = Agent::builder(script).tools(tools![progress]).build().unwrap();
    assert!(agent.run("wait for it").await.unwrap().stop == Stop::Answer);
}

#[tokio::test]
async fn a_result_over_the_limit_loses_its_middle_and_says_so() {
    /// The log
    #[tool]
    fn log() -> String {
        format!("begin {} end", "ä".repeat(5000))
    }
    let script = Script::new().calls([("log", "{}")]).text("done");
    let agent = Agent::builder(script).tools(tools![log]).max_result_bytes(400).build().unwrap();
    let run = agent.run("read the log").await.unwrap();
    let text = run.calls().next().expect("one call").result.to_text();
    assert!(text.len() < 500, "{} bytes", text.len());
    assert!(text.starts_with("begin ä") && text.ends_with("ä end") && text.contains("bytes left out"), "{text}");
}

#[tokio::test]
async fn what_the_provider_held_back_is_a_value() {
    let check = async |finish: FinishReason, stop: Stop| {
        let script = Script::new().turn(Turn::new().text("I").finish(finish));
        let run = agent(&script).run("go").await.unwrap();
        assert!(run.stop == stop, "{:?}", run.stop);
        assert_eq!(run.text, "I");
    };
    check(FinishReason::Length, Stop::Truncated).await;
    check(FinishReason::ContentFilter, Stop::Filtered).await;
    check(FinishReason::Refusal, Stop::Refused).await;
    check(FinishReason::Other("eos".to_owned()), Stop::Answer).await;
}

#[tokio::test]
async fn a_paused_reply_is_sent_back_unchanged() {
    let script = Script::new().turn(Turn::new().text("Searching").finish(FinishReason::Paused)).text(" done");
    let run = agent(&script).run("go").await.unwrap();
    assert_eq!(run.text, " done");
    let second = &script.requests()[1].messages;
    assert_eq!(second.last().map(|message| message.text()).as_deref(), Some("Searching"));
}

/// Delete a file
#[tool(destructive)]
async fn delete(
    /// Its name
    name: &str,
) -> String {
    format!("{name} is gone")
}

#[tokio::test]
async fn a_destructive_call_that_nobody_approved_is_not_carried_out() {
    let script = Script::new().calls([("add", r#"{"a":1,"b":2}"#), ("delete", r#"{"name":"a.txt"}"#)]).text("never");
    let agent = Agent::builder(script.clone()).tools(tools![add, delete]).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let Some(Stop::Approval(waiting)) = &run.stop else { panic!("{:?}", run.stop) };
    assert_eq!((waiting.len(), waiting[0].name.as_str()), (1, "delete"));
    assert_eq!(waiting[0].arguments, r#"{"name":"a.txt"}"#);
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Done, CallStatus::Unapproved]);
    assert_eq!(script.left(), 1);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn who_approves_is_asked_about_destructive_calls_only() {
    let script = Script::new()
        .calls([("add", r#"{"a":1,"b":2}"#), ("delete", r#"{"name":"a.txt"}"#), ("delete", r#"{"name":"b.txt"}"#)])
        .text("done");
    let approve = |call: PendingCall| async move {
        match call.arguments.contains("a.txt") {
            true => Approval::Allow,
            false => Approval::Deny("b.txt is needed".to_owned()),
        }
    };
    let agent = Agent::builder(script).tools(tools![add, delete]).approve(approve).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!(calls(&run)[1], ("delete", "a.txt is gone".to_owned(), CallStatus::Done));
    assert_eq!(calls(&run)[2].2, CallStatus::Denied);
    assert!(calls(&run)[2].1.contains("b.txt is needed"), "{:?}", calls(&run)[2]);
    assert!(run.stop == Stop::Answer);
}

#[tokio::test]
async fn wrong_calls_of_one_turn_count_once() {
    let wrong = ("add", r#"{"a":"x","b":1}"#);
    let script = Script::new().calls([wrong, wrong, wrong]).calls([("add", r#"{"a":1,"b":1}"#)]).text("2");
    let run = agent(&script).run("go").await.unwrap();
    assert_eq!((run.stop, run.text.as_str()), (Some(Stop::Answer), "2"));
}

#[tokio::test]
async fn a_forced_choice_is_not_obeyed_by_a_tool_that_is_not_there() {
    let script = Script::new().calls([("sum", "{}")]).calls([("add", r#"{"a":1,"b":1}"#)]).text("2");
    agent(&script).request("go").tool_choice(ToolChoice::Required).run().await.unwrap();
    let choices: Vec<ToolChoice> = script.requests().into_iter().map(|asked| asked.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::Required, ToolChoice::Required, ToolChoice::Auto]);
}

#[tokio::test]
async fn a_panic_of_who_approves_is_a_denial() {
    let script = Script::new().calls([("delete", r#"{"name":"a.txt"}"#)]).text("done");
    let approve = |_: PendingCall| async { panic!("nobody is at home") };
    let agent = Agent::builder(script).tools(tools![delete]).approve(approve).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let call = run.calls().next().expect("one call");
    assert_eq!((call.status, call.detail), (CallStatus::Denied, Some("nobody is at home")));
}
