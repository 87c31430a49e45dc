//! Reaching a limit is a value; a forced tool choice is obeyed once.

use std::time::Duration;

use fcall::{
    Agent, ToolChoice,
    agent::{CallStatus, Limits, OnLimit, Stop},
    message::{FinishReason, Part},
    testing::{Script, Turn},
    tool, tools,
};

use super::{add, agent, assert_answered, calls, wait};

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
    let results: Vec<String> = run.calls().map(|call| call.told.to_text()).collect();
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
    let agent = Agent::builder(script.clone()).tools(tools![log]).max_result_bytes(400).build().unwrap();
    let run = agent.run("read the log").await.unwrap();
    let call = run.calls().next().expect("one call");
    assert_eq!(call.result.to_text(), log(), "the program has the whole");
    let text = call.told.to_text();
    assert_eq!(script.requests()[1].messages[2].parts, [Part::ToolResult(call.told.clone())]);
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

fn limited(script: &Script, limits: Limits) -> Agent {
    Agent::builder(script.clone()).tools(tools![add, wait]).limits(limits).build().unwrap()
}

#[tokio::test]
async fn calls_over_the_limit_are_answered_and_not_carried_out() {
    let three = (0..3).map(|n| ("add", format!(r#"{{"a":{n},"b":1}}"#))).collect::<Vec<_>>();
    let script = Script::new().calls(three.clone()).calls(three).text("never");
    let run = limited(&script, Limits::default().calls(4)).run("go").await.unwrap();
    assert!(run.stop == Stop::MaxCalls, "{:?}", run.stop);
    let done = run.calls().filter(|call| call.status == CallStatus::Done).count();
    assert_eq!((done, run.calls().count(), script.left()), (4, 6, 1));
    assert!(
        calls(&run)[4..].iter().all(|(_, told, status)| *status == CallStatus::NotBegun && told.contains("no more"))
    );
    assert_answered(&run.messages);

    // As many calls as the limit are no reason to stop.
    let script = additions(2).text("done");
    assert!(limited(&script, Limits::default().calls(2)).run("go").await.unwrap().stop == Stop::Answer);
}

#[tokio::test]
async fn the_limit_of_tokens_counts_all_turns() {
    let turn = |n: u32| Turn::new().call("add", format!(r#"{{"a":{n},"b":1}}"#)).usage(40, 10);
    let script = Script::new().turn(turn(1)).turn(turn(2)).turn(turn(3)).text("never");
    let run = limited(&script, Limits::default().total_tokens(100)).run("go").await.unwrap();
    assert!(run.stop == Stop::TotalTokens, "{:?}", run.stop);
    assert_eq!((run.usage.total(), run.turns), (100, 2));
    assert!(run.calls().all(|call| call.status == CallStatus::Done), "the last turn's calls are carried out");
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_what_goes_on_is_cancelled() {
    let began = tokio::time::Instant::now();
    let two = [("wait", r#"{"name":"a","millis":1000}"#), ("wait", r#"{"name":"b","millis":9000}"#)];
    let script = Script::new().turn(Turn::new().call(two[0].0, two[0].1).delay(Duration::from_secs(1))).calls(two);
    let limits = Limits::default().wall_time(Duration::from_secs(4)).on_limit(OnLimit::Answer);
    let run = limited(&script, limits).run("go").await.unwrap();
    assert!(run.stop == Stop::WallTime, "{:?}", run.stop);
    assert_eq!(began.elapsed(), Duration::from_secs(4));
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Done, CallStatus::Done, CallStatus::Interrupted]);
    assert_answered(&run.messages);

    // A request is cut as well.
    let script = Script::new().turn(Turn::new().text("late").delay(Duration::from_secs(60)));
    let run = limited(&script, limits).run("go").await.unwrap();
    assert!(run.stop == Stop::WallTime, "{:?}", run.stop);
    assert_eq!(began.elapsed(), Duration::from_secs(8));
}

#[tokio::test]
async fn at_a_limit_the_model_may_have_a_last_word_without_tools() {
    let check = async |script: Script, limits: Limits, stop: Stop| {
        let script = script.text("So far: 5.");
        let run = limited(&script, limits.on_limit(OnLimit::Answer)).run("go").await.unwrap();
        assert!(run.stop == stop, "{:?}", run.stop);
        assert_eq!(run.text, "So far: 5.");
        let asked = script.requests();
        let (last, before) = asked.split_last().expect("requests");
        assert_eq!(last.tool_choice, ToolChoice::None);
        assert!(before.iter().all(|asked| asked.tool_choice == ToolChoice::Auto));
        assert_eq!(last.tools, before[0].tools, "the tools stay, or caches and histories with calls would break");
        assert_eq!(script.left(), 0);
        assert_answered(&run.messages);
    };
    check(additions(3), Limits::default().turns(3), Stop::MaxTurns).await;
    check(additions(3), Limits::default().calls(2), Stop::MaxCalls).await;
    let turn = Turn::new().call("add", r#"{"a":1,"b":1}"#).usage(50, 50);
    check(Script::new().turn(turn), Limits::default().total_tokens(100), Stop::TotalTokens).await;
    let same = (0..5).fold(Script::new(), |script, _| script.calls([("add", r#"{"a":1,"b":1}"#)]));
    check(same, Limits::default(), Stop::RepeatedCall("add".to_owned())).await;
    let wrong = Script::new().calls([("add", r#"{"a":"x","b":1}"#)]);
    check(wrong, Limits::default().bad_arguments(1), Stop::BadArguments("add".to_owned())).await;
}

#[tokio::test]
async fn calls_in_a_last_word_are_not_carried_out() {
    let script = additions(2);
    let run = limited(&script, Limits::default().turns(1).on_limit(OnLimit::Answer)).run("go").await.unwrap();
    assert!(run.stop == Stop::MaxTurns);
    assert_eq!(calls(&run)[1].2, CallStatus::NotAllowed);
    assert_eq!((run.turns, script.left()), (2, 0));
    assert_answered(&run.messages);
}

#[tokio::test]
async fn a_limit_that_is_not_said_keeps_what_was_said_before() {
    let script = additions(9);
    let agent = Agent::builder(script.clone())
        .tools(tools![add])
        .max_turns(3)
        .limits(Limits::default().total_tokens(1_000_000))
        .build()
        .unwrap();
    assert_eq!(agent.run("go").await.unwrap().turns, 3);
    assert_eq!(agent.request("go").limits(Limits::default().turns(2)).run().await.unwrap().turns, 2);
}

#[tokio::test]
async fn after_a_reply_of_no_use_the_model_is_asked_again_and_not_for_ever() {
    let useless = || FinishReason::Malformed("MALFORMED_FUNCTION_CALL".to_owned());
    let call = || Turn::new().call("add", r#"{"a":1,"b":1}"#);
    let script =
        Script::new().turn(Turn::new().finish(useless())).turn(call().finish(useless())).turn(call()).text("2");
    let run = agent(&script).run("one and one?").await.unwrap();
    assert!(run.stop == Stop::Answer);
    assert_eq!(run.text, "2");
    assert_answered(&run.messages);
    let ends: Vec<CallStatus> = calls(&run).iter().map(|call| call.2).collect();
    assert_eq!(ends, [CallStatus::NotAllowed, CallStatus::Done], "what can't be used is not carried out");

    let script = (0..9).fold(Script::new(), |script, _| script.turn(Turn::new().finish(useless())));
    let run = agent(&script).run("one and one?").await.unwrap();
    assert_eq!((run.stop, run.turns, script.left()), (Some(Stop::Malformed), 3, 6));
}
