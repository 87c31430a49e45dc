//! Calls that may destroy something: who is asked, what may be said, and how long it may take.

use std::{sync::Arc, time::Duration};

use fcall::{
    Agent, Event, Run, ToolChoice,
    agent::{Approval, CallStatus, Decision, Hook, HookCall, HookResult, OnCall, Paused, PendingCall, Stop},
    model::BoxFuture,
    serde_json::{self, json},
    testing::Script,
    tool, tools,
};
use tokio::sync::Notify;

use super::{add, assert_answered, calls, wait};

/// Delete a file
#[tool(destructive)]
async fn delete(
    /// Its name
    name: &str,
) -> String {
    format!("{name} is gone")
}

fn agent(script: &Script) -> fcall::agent::AgentBuilder {
    Agent::builder(script.clone()).tools(tools![add, wait, delete])
}

fn paused(run: &Run) -> &Paused {
    match &run.stop {
        Some(Stop::Approval(paused)) => paused,
        other => panic!("{other:?}"),
    }
}

const TURN: [(&str, &str); 3] =
    [("delete", r#"{"name":"a.txt"}"#), ("add", r#"{"a":1,"b":2}"#), ("delete", r#"{"name":"b.txt"}"#)];

#[tokio::test]
async fn the_run_waits_with_the_other_calls_of_the_turn_carried_out() {
    let script = Script::new().calls(TURN).text("never");
    let run = agent(&script).build().unwrap().run("go").await.unwrap();
    let waiting = paused(&run).calls();
    assert_eq!(waiting.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["call_1_1", "call_1_3"]);
    assert_eq!((waiting[0].name.as_str(), waiting[0].arguments.as_str()), ("delete", r#"{"name":"a.txt"}"#));
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Unapproved, CallStatus::Done, CallStatus::Unapproved]);
    assert_eq!(script.left(), 1);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_run_that_waits_is_resumed_with_the_decisions() {
    let script = Script::new().calls(TURN).text("done");
    let agent = agent(&script).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let saved = serde_json::to_string(paused(&run)).unwrap();
    let paused: Paused = serde_json::from_str(&saved).unwrap();
    let decisions = [paused.calls()[1].deny("b.txt is needed"), paused.calls()[0].allow()];
    let sent = serde_json::to_string(&decisions).unwrap();
    let decisions: Vec<Decision> = serde_json::from_str(&sent).unwrap();
    let run = agent.resume(&paused, decisions).unwrap().run().await.unwrap();
    assert!(run.stop == Stop::Answer, "{:?}", run.stop);
    assert_eq!(
        calls(&run),
        [
            ("delete", "a.txt is gone".to_owned(), CallStatus::Done),
            ("add", "3".to_owned(), CallStatus::Done),
            ("delete", "not carried out, denied: b.txt is needed".to_owned(), CallStatus::Denied),
        ]
    );
    assert_eq!((run.turns, run.messages.len()), (2, 4), "the run counts on where it was");
    assert_answered(&run.messages);
}

#[tokio::test]
async fn the_stream_of_a_run_that_goes_on_tells_of_calls_that_were_denied() {
    let agent = agent(&Script::new().calls(TURN).text("done")).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let paused = paused(&run);
    let decisions = [paused.calls()[0].deny("a.txt is needed"), paused.calls()[1].allow()];
    let mut events = agent.resume(paused, decisions).unwrap().stream();
    let mut ended = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::CallFinished { result, status } = event.unwrap() {
            ended.push((result.call_id, status));
        }
    }
    let expected = [("call_1_1".to_owned(), CallStatus::Denied), ("call_1_3".to_owned(), CallStatus::Done)];
    assert_eq!(ended, expected, "what had ended before the run waited was told then");
}

#[tokio::test]
async fn calls_that_nobody_decided_upon_go_on_waiting() {
    let script = Script::new().calls(TURN).text("done");
    let agent = agent(&script).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let first = paused(&run).clone();
    let run = agent.resume(&first, [first.calls()[0].allow()]).unwrap().run().await.unwrap();
    let second = paused(&run);
    assert_eq!(second.calls(), &first.calls()[1..]);
    assert_eq!(calls(&run)[0].2, CallStatus::Done);
    let again = agent.resume(second, [first.calls()[0].allow()]).unwrap_err();
    assert!(again.is_refused_decision(), "it was carried out already: {again}");
    let run = agent.resume(second, [second.calls()[0].allow()]).unwrap().run().await.unwrap();
    assert_eq!(calls(&run)[2], ("delete", "b.txt is gone".to_owned(), CallStatus::Done));
    assert_eq!(script.left(), 0);
}

#[tokio::test]
async fn a_decision_on_another_call_is_refused() {
    let script = Script::new().calls(TURN);
    let agent = agent(&script).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let paused = paused(&run);
    let check = |change: fn(&mut PendingCall), why: &str| {
        let mut decision = paused.calls()[0].allow();
        change(&mut decision.call);
        let error = agent.resume(paused, [decision]).unwrap_err();
        assert!(error.is_refused_decision());
        assert!(error.to_string().contains(why), "{error}");
    };
    check(|call| call.id = "call_9_9".to_owned(), "no call with this id waits");
    check(|call| call.id = "call_1_2".to_owned(), "no call with this id waits");
    check(|call| call.id = "call_1_3".to_owned(), "other arguments");
    check(|call| call.name = "add".to_owned(), "another tool");
    check(|call| call.arguments = r#"{"name":"passwords.txt"}"#.to_owned(), "other arguments");
    check(|call| call.arguments = "no JSON".to_owned(), "other arguments");
    let twice = [paused.calls()[0].allow(), paused.calls()[0].deny("no")];
    assert!(agent.resume(paused, twice).unwrap_err().to_string().contains("two decisions"));
    // The same arguments, written differently, are the same.
    let mut spaced = paused.calls()[0].allow();
    spaced.call.arguments = r#"{ "name" : "a.txt" }"#.to_owned();
    assert!(agent.resume(paused, [spaced]).is_ok());
}

#[tokio::test]
async fn changed_arguments_are_used_and_the_model_is_told() {
    let check = |run: &Run| {
        let call = run.calls().next().expect("one call");
        assert_eq!(call.call.arguments, r#"{"name":"a.txt"}"#, "what the model said is not touched");
        assert_eq!(call.arguments, r#"{"name":"copy.txt"}"#);
        assert_eq!(call.result.to_text(), "copy.txt is gone");
        let told = call.told.to_text();
        assert!(
            told.starts_with("copy.txt is gone") && told.contains(r#"approved instead: {"name":"copy.txt"}"#),
            "{told}"
        );
    };
    let script = || Script::new().calls([TURN[0]]).text("done");
    let agent_ = agent(&script()).build().unwrap();
    let run = agent_.run("go").await.unwrap();
    let waits = paused(&run);
    let decision = waits.calls()[0].allow_with(json!({"name": "copy.txt"}));
    check(&agent_.resume(waits, [decision]).unwrap().run().await.unwrap());

    let approve = |_: PendingCall| async { Approval::AllowWith(json!({"name": "copy.txt"})) };
    check(&agent(&script()).approve(approve).build().unwrap().run("go").await.unwrap());

    // Arguments that don't fit are no better from a person.
    let approve = |_: PendingCall| async { Approval::AllowWith(json!({"name": 1})) };
    let run = agent(&script()).approve(approve).build().unwrap().run("go").await.unwrap();
    assert_eq!(calls(&run)[0].2, CallStatus::BadArguments);
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
    let run = agent(&script).approve(approve).build().unwrap().run("go").await.unwrap();
    assert_eq!(calls(&run)[1], ("delete", "a.txt is gone".to_owned(), CallStatus::Done));
    assert_eq!(calls(&run)[2].2, CallStatus::Denied);
    assert!(calls(&run)[2].1.contains("b.txt is needed"), "{:?}", calls(&run)[2]);
    assert!(run.stop == Stop::Answer);
}

#[tokio::test]
async fn a_panic_of_who_approves_is_a_denial() {
    let script = Script::new().calls([TURN[0]]).text("done");
    let approve = |_: PendingCall| async { panic!("nobody is at home") };
    let run = agent(&script).approve(approve).build().unwrap().run("go").await.unwrap();
    let call = run.calls().next().expect("one call");
    assert_eq!((call.status, call.detail), (CallStatus::Denied, Some("nobody is at home")));
}

#[tokio::test(start_paused = true)]
async fn who_thinks_it_over_does_not_hold_back_the_other_calls() {
    let script = Script::new().calls([
        ("delete", r#"{"name":"a.txt"}"#),
        ("wait", r#"{"name":"w","millis":100}"#),
        ("add", r#"{"a":1,"b":2}"#),
    ]);
    let script = script.text("done");
    let said = Arc::new(Notify::new());
    let answer = Arc::clone(&said);
    let approve = move |_: PendingCall| {
        let answer = Arc::clone(&answer);
        async move {
            answer.notified().await;
            Approval::Allow
        }
    };
    // One place, which a call that waits for a decision does not take.
    let agent = agent(&script).approve(approve).max_parallel_calls(1).build().unwrap();
    let mut events = agent.stream("go");
    let (mut ended, mut done) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::CallFinished { result, .. } => ended.push(result.name),
            Event::Done(run) => done = Some(run),
            _ => {}
        }
        if ended.len() == 2 {
            said.notify_one();
        }
    }
    assert_eq!(ended, ["wait", "add", "delete"], "the decision came when the others had ended");
    let run = done.expect("a run");
    assert_eq!(calls(&run)[0], ("delete", "a.txt is gone".to_owned(), CallStatus::Done), "in the order asked");
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_can_be_cancelled() {
    let script = Script::new().calls(TURN);
    let agent = agent(&script).approve(|_| std::future::pending()).build().unwrap();
    let token = fcall::tool::CancellationToken::new();
    let run = tokio::spawn(agent.request("go").cancel(token.clone()).run());
    tokio::time::sleep(Duration::from_secs(1)).await;
    token.cancel();
    let run = run.await.unwrap().unwrap();
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::NotBegun, CallStatus::Done, CallStatus::NotBegun]);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_resumed_run_has_its_conversation() {
    let agent = agent(&Script::new().calls(TURN)).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let error = agent.resume(paused(&run), []).unwrap().history(run.messages.clone()).run().await.unwrap_err();
    assert!(error.to_string().contains("`history` can't be given to a run that is resumed"), "{error}");
}

#[tokio::test]
async fn a_chat_that_waits_can_be_resumed_or_asked_on() {
    let script = Script::new().calls([TURN[0]]).text("it is gone");
    let agent = agent(&script).build().unwrap();
    let mut chat = agent.chat();
    let run = chat.send("go").await.unwrap();
    assert_answered(chat.messages());
    let decision = paused(&run).calls()[0].allow();
    let run = chat.resume([decision.clone()]).await.unwrap();
    assert_eq!(run.text, "it is gone");
    assert_eq!(chat.messages(), run.messages);
    assert_eq!(calls(&run)[0].2, CallStatus::Done);
    assert_answered(chat.messages());
    assert!(chat.resume([decision]).await.expect_err("nothing waits").is_refused_decision());
}

#[tokio::test]
async fn a_stream_of_a_resumed_chat_that_nobody_reads_changes_nothing() {
    let script = Script::new().calls([("delete", r#"{"name":"a"}"#)]).text("done");
    let mut chat = Agent::builder(script).tools(tools![delete]).build().unwrap().chat();
    let decision = paused(&chat.send("go").await.unwrap()).calls()[0].allow();
    drop(chat.resume_stream([decision.clone()]).unwrap());
    assert_answered(chat.messages());
    let run = chat.resume_stream([decision]).unwrap().finish().await.unwrap().expect("the run is done");
    assert_eq!((run.text.as_str(), run.calls().next().map(|call| call.status)), ("done", Some(CallStatus::Done)));
    assert_eq!(chat.messages(), run.messages);
}

#[tokio::test]
async fn only_what_was_carried_out_is_told_of_as_carried_out_with_other_arguments() {
    for (arguments, is_carried_out) in [(serde_json::json!({"name": "b"}), true), (serde_json::json!({}), false)] {
        let script = Script::new().calls([("delete", r#"{"name":"a"}"#)]).text("done");
        let approve = move |_: PendingCall| std::future::ready(Approval::AllowWith(arguments.clone()));
        let run =
            Agent::builder(script).tools(tools![delete]).approve(approve).build().unwrap().run("go").await.unwrap();
        let told = run.calls().next().expect("a call").told.to_text();
        assert_eq!(told.contains("Carried out with other arguments"), is_carried_out, "{told}");
    }
}

/// Delete some files
#[tool(destructive)]
fn prune(#[arg(range = 1..=10)] count: u32) -> String {
    format!("{count} are gone")
}

#[tokio::test]
async fn other_arguments_that_do_not_fit_are_not_the_models_fault() {
    /// Count some files
    #[tool]
    fn count_up(#[arg(range = 1..=10)] count: u32) -> u32 {
        count
    }
    let script = |name: &'static str| {
        let call = |script: Script, count: u32| script.calls([(name, format!(r#"{{"count":{count}}}"#))]);
        (1..=4).fold(Script::new(), call).text("done")
    };
    let builder = |script| Agent::builder(script).tools(tools![prune, count_up]);
    let check = |run: &Run, why: &str| {
        assert!(run.stop == Stop::Answer, "it does not count as the model's: {:?}", run.stop);
        for call in run.calls() {
            let told = call.told.to_text();
            assert_eq!((call.status, call.arguments), (CallStatus::BadArguments, r#"{"count":99}"#));
            assert!(told.starts_with(why) && told.contains("got 99"), "{told}");
            assert!(!told.contains("again"), "the model has nothing to correct: {told}");
        }
        assert_eq!(run.calls().count(), 4);
    };
    let approve = |_: PendingCall| std::future::ready(Approval::AllowWith(json!({"count": 99})));
    let agent = builder(script("prune")).approve(approve).tool_choice(ToolChoice::named("prune")).build().unwrap();
    let run = agent.run("go").await.unwrap();
    check(&run, "not carried out: other arguments were approved instead, which do not fit");

    struct Rewrites;
    impl Hook for Rewrites {
        fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
            call.arguments = r#"{"count":99}"#.to_owned();
            Box::pin(async { Ok(OnCall::Go) })
        }
    }
    let run = builder(script("count_up")).hook(Rewrites).build().unwrap().run("go").await.unwrap();
    check(&run, "not carried out: the program put other arguments in their place, which do not fit");
}
