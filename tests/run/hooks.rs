//! Hooks around requests and calls: what they see, what they may do, and that none of it loses a conversation.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fcall::{
    Agent, Event, Message, Run,
    agent::{
        Approval, CallStatus, Hook, HookCall, HookRequest, HookResult, Limits, OnCall, OnRequest, PendingCall, Stop,
    },
    message::{Content, Part, Response, Role, ToolCall, ToolChoice, ToolResult},
    model::BoxFuture,
    testing::Script,
    tool,
    tool::ToolOutput,
    tools,
};

use super::{add, assert_answered, calls, fail};

/// Delete a file
#[tool(destructive)]
fn delete(
    /// Its name
    name: &str,
) -> String {
    format!("{name} is gone")
}

type Seen = Arc<Mutex<Vec<String>>>;

/// Notes what it sees, and does what the test asks for.
#[derive(Clone, Default)]
struct Probe {
    name: &'static str,
    seen: Seen,
    request: Option<fn(&mut HookRequest<'_>) -> HookResult<OnRequest>>,
    replied: Option<fn(&Response) -> HookResult<()>>,
    call: Option<fn(&mut HookCall) -> HookResult<OnCall>>,
    ended: Option<fn(&mut ToolResult) -> HookResult<()>>,
}

impl Probe {
    fn see(&self, what: &str) {
        self.seen.lock().unwrap().push(format!("{}{what}", self.name));
    }
}

impl Hook for Probe {
    fn before_request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, HookResult<OnRequest>> {
        Box::pin(async move {
            self.see(&format!("ask {}", request.turn));
            tokio::task::yield_now().await;
            self.request.map_or(Ok(OnRequest::Ask), |act| act(request))
        })
    }

    fn after_request<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, HookResult<()>> {
        Box::pin(async move {
            self.see(&format!("replied {}", response.message.tool_calls().count()));
            self.replied.map_or(Ok(()), |act| act(response))
        })
    }

    fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        Box::pin(async move {
            self.see(&format!("call {} {}", call.name, call.arguments));
            tokio::task::yield_now().await;
            self.call.map_or(Ok(OnCall::Go), |act| act(call))
        })
    }

    fn after_call<'a>(
        &'a self,
        call: &'a HookCall,
        result: &'a mut ToolResult,
        status: CallStatus,
    ) -> BoxFuture<'a, HookResult<()>> {
        Box::pin(async move {
            self.see(&format!("ended {} {} {status:?}", call.name, result.to_text()));
            self.ended.map_or(Ok(()), |act| act(result))
        })
    }
}

const ADD: [(&str, &str); 1] = [("add", r#"{"a":1,"b":2}"#)];

fn agent(script: &Script, hooks: impl IntoIterator<Item = Probe>) -> Agent {
    let builder = Agent::builder(script.clone()).tools(tools![add, fail, delete]);
    let allowed = builder.approve(|_: PendingCall| async { Approval::Allow });
    hooks.into_iter().fold(allowed, fcall::agent::AgentBuilder::hook).build().unwrap()
}

/// One run with a call of `add`, both ways, with this hook.
async fn run(probe: Probe) -> Run {
    let script = || Script::new().calls(ADD).text("done");
    let streamed = agent(&script(), [probe.clone()]).stream("go").finish().await.unwrap().expect("the run is done");
    let run = agent(&script(), [probe]).run("go").await.unwrap();
    assert_answered(&run.messages);
    assert_eq!(calls(&run), calls(&streamed));
    assert_eq!(run.messages, streamed.messages);
    run
}

#[tokio::test]
async fn hooks_see_all_in_order_and_back() {
    let seen = Seen::default();
    let probe = |name| Probe { name, seen: Arc::clone(&seen), ..Probe::default() };
    let script = Script::new().calls(ADD).text("done");
    agent(&script, [probe("1 "), probe("2 ")]).run("go").await.unwrap();
    let expected = [
        "1 ask 1",
        "2 ask 1",
        "2 replied 1",
        "1 replied 1",
        r#"1 call add {"a":1,"b":2}"#,
        r#"2 call add {"a":1,"b":2}"#,
        "2 ended add 3 Done",
        "1 ended add 3 Done",
        "1 ask 2",
        "2 ask 2",
        "2 replied 0",
        "1 replied 0",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_request_is_rewritten_for_one_time() {
    let script = Script::new().calls(ADD).text("done");
    let rewrite: fn(&mut HookRequest<'_>) -> HookResult<OnRequest> = |request| {
        if request.turn == 1 {
            request.messages.to_mut().insert(0, Message::system("be brief"));
            *request.tool_choice.to_mut() = ToolChoice::Required;
            request.options.to_mut().max_tokens = Some(7);
        }
        Ok(OnRequest::Ask)
    };
    let run = agent(&script, [Probe { request: Some(rewrite), ..Probe::default() }]).run("go").await.unwrap();
    let asked = script.requests();
    let (first, second) = (asked[0].request(), asked[1].request());
    assert_eq!((first.messages[0].text().as_str(), first.messages[1].text().as_str()), ("be brief", "go"));
    assert_eq!((first.tool_choice, first.options.max_tokens), (&ToolChoice::Required, Some(7)));
    assert_eq!((second.messages[0].text().as_str(), second.tool_choice), ("go", &ToolChoice::Auto));
    assert_eq!(second.options.max_tokens, None);
    assert_eq!(run.messages[0].role, Role::User, "the conversation is as it was");
}

#[tokio::test]
async fn messages_out_of_order_are_never_sent() {
    let script = Script::new().text("never");
    let rewrite: fn(&mut HookRequest<'_>) -> HookResult<OnRequest> = |request| {
        let mut orphan = Message::assistant("");
        orphan.parts = vec![Part::ToolCall(ToolCall::new("1", "add", "{}"))];
        request.messages.to_mut().push(orphan);
        Ok(OnRequest::Ask)
    };
    let error = agent(&script, [Probe { request: Some(rewrite), ..Probe::default() }]).run("go").await.unwrap_err();
    assert!(error.is_history(), "{error}");
    assert_eq!((script.left(), error.run().map(|run| run.messages.len())), (1, Some(1)));
}

#[tokio::test]
async fn a_hook_answers_instead_of_the_model() {
    let script = Script::new().text("from the model");
    let answer: fn(&mut HookRequest<'_>) -> HookResult<OnRequest> = |request| {
        let mut message = Message::assistant("from the hook");
        if request.turn == 1 {
            message.parts = vec![Part::ToolCall(ToolCall::new("", "add", r#"{"a":20,"b":22}"#))];
        }
        Ok(OnRequest::Answer(message))
    };
    let agent = agent(&script, [Probe { request: Some(answer), ..Probe::default() }]);
    let mut stream = agent.stream("go");
    let (mut text, mut run) = (String::new(), None);
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            Event::TextDelta(more) => text.push_str(&more),
            Event::Done(done) => run = Some(done),
            _ => {}
        }
    }
    let run = run.unwrap();
    assert_eq!((run.text.as_str(), text.as_str(), script.left()), ("from the hook", "from the hook", 1));
    assert_eq!(calls(&run), [("add", "42".to_owned(), CallStatus::Done)]);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn arguments_are_rewritten_and_checked_again() {
    let good: fn(&mut HookCall) -> HookResult<OnCall> = |call| {
        call.arguments = r#"{"a":1,"b":41}"#.to_owned();
        call.id = "another".to_owned();
        Ok(OnCall::Go)
    };
    let run1 = run(Probe { call: Some(good), ..Probe::default() }).await;
    let call = run1.calls().next().unwrap();
    assert_eq!((call.result.to_text().as_str(), call.arguments), ("42", r#"{"a":1,"b":41}"#));
    assert_eq!(call.call.arguments, ADD[0].1, "the conversation keeps what the model wrote");

    let bad: fn(&mut HookCall) -> HookResult<OnCall> = |call| {
        call.arguments = r#"{"a":"one"}"#.to_owned();
        Ok(OnCall::Go)
    };
    let run2 = run(Probe { call: Some(bad), ..Probe::default() }).await;
    assert_eq!(run2.calls().next().unwrap().status, CallStatus::BadArguments);
}

#[tokio::test]
async fn a_call_is_denied_or_answered_instead() {
    let deny: fn(&mut HookCall) -> HookResult<OnCall> = |_| Ok(OnCall::Deny("no sums today".to_owned()));
    let seen = Seen::default();
    let run1 = run(Probe { call: Some(deny), seen: Arc::clone(&seen), ..Probe::default() }).await;
    let told = "not carried out, denied: no sums today";
    assert_eq!(calls(&run1), [("add", told.to_owned(), CallStatus::Denied)]);
    assert!(seen.lock().unwrap().contains(&format!("ended add {told} Denied")));

    let answer: fn(&mut HookCall) -> HookResult<OnCall> = |_| Ok(OnCall::Answer(ToolOutput::text("from a cache")));
    let run2 = run(Probe { call: Some(answer), ..Probe::default() }).await;
    assert_eq!(calls(&run2), [("add", "from a cache".to_owned(), CallStatus::Done)]);
}

#[tokio::test]
async fn a_result_is_rewritten_and_keeps_its_call() {
    let rewrite: fn(&mut ToolResult) -> HookResult<()> = |result| {
        result.content = vec![Content::Text("x".repeat(100_000))];
        result.call_id = "another".to_owned();
        Ok(())
    };
    let run = run(Probe { ended: Some(rewrite), ..Probe::default() }).await;
    let call = run.calls().next().unwrap();
    assert_eq!((call.result.to_text().len(), &call.result.call_id), (100_000, &call.call.id));
    assert!(call.told.to_text().len() < 70_000, "what the model is told is still bounded");
}

#[tokio::test]
async fn what_was_approved_instead_is_told_whatever_a_hook_makes_of_the_result() {
    let rewrite: fn(&mut ToolResult) -> HookResult<()> = |result| {
        result.content = vec![Content::Text("gone".to_owned())];
        Ok(())
    };
    let script = Script::new().calls([("delete", r#"{"name":"a.txt"}"#)]).text("done");
    let instead = fcall::serde_json::json!({"name": "b.txt"});
    let run = Agent::builder(script)
        .tools(tools![delete])
        .approve(move |_: PendingCall| std::future::ready(Approval::AllowWith(instead.clone())))
        .hook(Probe { ended: Some(rewrite), ..Probe::default() })
        .build()
        .unwrap()
        .run("go")
        .await
        .unwrap();
    let call = run.calls().next().unwrap();
    assert_eq!((call.result.to_text().as_str(), call.arguments), ("gone", r#"{"name":"b.txt"}"#));
    assert!(call.told.to_text().contains(r#"approved instead: {"name":"b.txt"}"#), "{}", call.told.to_text());
}

#[tokio::test]
async fn approved_arguments_are_not_rewritten() {
    let rewrite: fn(&mut HookCall) -> HookResult<OnCall> = |call| {
        call.arguments = r#"{"name":"all"}"#.to_owned();
        Ok(OnCall::Go)
    };
    let script = Script::new().calls([("delete", r#"{"name":"a.txt"}"#)]).text("never");
    let error = agent(&script, [Probe { call: Some(rewrite), ..Probe::default() }]).run("go").await.unwrap_err();
    assert!(error.is_hook() && error.to_string().contains("`delete`"), "{error}");
    let run = error.into_run().unwrap();
    assert_eq!(run.calls().next().unwrap().status, CallStatus::NotBegun);
    assert_answered(&run.messages);
}

/// Never ends.
struct Stuck(&'static str);

impl Hook for Stuck {
    fn before_request<'a>(&'a self, _: &'a mut HookRequest<'_>) -> BoxFuture<'a, HookResult<OnRequest>> {
        let stuck = self.0 == "before_request";
        Box::pin(async move { if stuck { std::future::pending().await } else { Ok(OnRequest::Ask) } })
    }

    fn after_request<'a>(&'a self, _: &'a Response) -> BoxFuture<'a, HookResult<()>> {
        let stuck = self.0 == "after_request";
        Box::pin(async move { if stuck { std::future::pending().await } else { Ok(()) } })
    }

    fn before_call<'a>(&'a self, _: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        let stuck = self.0 == "before_call";
        Box::pin(async move { if stuck { std::future::pending().await } else { Ok(OnCall::Go) } })
    }

    fn after_call<'a>(
        &'a self,
        _: &'a HookCall,
        _: &'a mut ToolResult,
        _: CallStatus,
    ) -> BoxFuture<'a, HookResult<()>> {
        let stuck = self.0 == "after_call";
        Box::pin(async move { if stuck { std::future::pending().await } else { Ok(()) } })
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_never_ends_does_not_outlive_the_run_s_time() {
    for at in ["before_request", "after_request", "before_call", "after_call"] {
        let script = Script::new().calls(ADD).text("never");
        let agent = Agent::builder(script.clone())
            .tools(tools![add])
            .limits(Limits::default().wall_time(Duration::from_secs(30)))
            .hook(Stuck(at))
            .build()
            .unwrap();
        let run = tokio::time::timeout(Duration::from_secs(60), agent.run("go")).await.expect("the run ends").unwrap();
        assert_eq!(run.stop, Some(Stop::WallTime), "{at}");
        assert_answered(&run.messages);
    }
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_keeps_the_run() {
    let probes: [(Probe, Option<CallStatus>); 8] = [
        (Probe { request: Some(|_| Err("broken".into())), ..Probe::default() }, None),
        (Probe { request: Some(|_| panic!("broken")), ..Probe::default() }, None),
        (Probe { replied: Some(|_| Err("broken".into())), ..Probe::default() }, None),
        (Probe { replied: Some(|_| panic!("broken")), ..Probe::default() }, None),
        (Probe { call: Some(|_| Err("broken".into())), ..Probe::default() }, Some(CallStatus::NotBegun)),
        (Probe { call: Some(|_| panic!("broken")), ..Probe::default() }, Some(CallStatus::NotBegun)),
        (Probe { ended: Some(|_| Err("broken".into())), ..Probe::default() }, Some(CallStatus::Done)),
        (Probe { ended: Some(|_| panic!("broken")), ..Probe::default() }, Some(CallStatus::Done)),
    ];
    for (probe, status) in probes {
        let script = Script::new().calls(ADD).text("never");
        let error = agent(&script, [probe]).run("go").await.unwrap_err();
        assert!(error.is_hook(), "{error}");
        assert!(format!("{error:?}").contains("broken"), "{error:?}");
        let run = error.into_run().expect("the run is kept");
        assert_eq!(run.calls().next().map(|call| call.status), status);
        assert_answered(&run.messages);
    }
}
