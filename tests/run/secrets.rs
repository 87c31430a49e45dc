//! `#[arg(secret)]`: the tool is given the value and the conversation keeps it; nothing else shows it.

#![allow(dead_code, reason = "the arguments are only read")]
#![allow(clippy::needless_pass_by_value, clippy::too_many_arguments, reason = "a tool takes what a model sends")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use fcall::{
    Agent, Event, Message, Run, Schema, ToolError,
    agent::{
        Approval, CallStatus, Hook, HookRequest, HookResult, Journal, JournalResult, OnRequest, Paused, PendingCall,
        Record, Stop,
    },
    message::{Delta, FinishReason, Request, Sink, ToolCall},
    model::{BoxFuture, Model},
    serde_json::{self, json},
    testing::{Script, Turn},
    tool,
    tool::Tool,
    tools,
};
use serde::Deserialize;

use super::assert_answered;

#[derive(Deserialize, Schema)]
struct Key {
    /// Who owns it
    owner: String,
    /// The key itself
    #[arg(secret)]
    token: String,
}

#[derive(Deserialize, Schema)]
struct Card {
    /// The number
    #[arg(secret)]
    number: String,
}

#[derive(Deserialize, Schema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Way {
    Cash {
        coins: u32,
    },
    Code {
        /// What was sent
        #[arg(secret)]
        code: String,
    },
}

#[derive(Deserialize, Schema)]
struct Nested {
    /// Inside
    #[arg(secret)]
    word: String,
    /// Deeper
    inner: Option<Box<Nested>>,
}

#[derive(Deserialize, Schema)]
struct Payment {
    /// What for
    purpose: String,
    #[serde(flatten)]
    card: Card,
}

/// Log in
#[tool]
fn login(
    /// Who
    user: &str,
    /// The password
    #[arg(secret)]
    password: &str,
    /// Keys
    keys: Option<Vec<Key>>,
    /// Payment
    payment: Option<Payment>,
    /// Way
    way: Option<Way>,
    /// Nested
    nested: Option<Nested>,
    /// Headers
    #[arg(secret)]
    headers: Option<HashMap<String, u32>>,
    /// A number
    #[arg(secret, range = 1000..=9999)]
    pin: Option<u32>,
) -> Result<String, ToolError> {
    let _ = (&keys, &payment, &way, &nested, &headers, pin);
    match user {
        "failed" => Err(ToolError::failed(format!("{password} is wrong"))),
        "fatal" => Err(ToolError::fatal(format!("{password} is locked"))),
        "panic" => panic!("{password} is too much"),
        "echo" => Ok(format!("welcome with {password}")),
        _ => Ok("welcome".to_owned()),
    }
}

/// Remove an account
#[tool(destructive)]
fn remove(
    /// Who
    user: &str,
    /// The password
    #[arg(secret)]
    password: &str,
) -> String {
    let _ = password;
    format!("{user} is gone")
}

/// Say a word
#[tool]
fn say(
    /// The word
    word: &str,
) -> String {
    word.to_owned()
}

fn agent(script: &Script) -> fcall::agent::AgentBuilder {
    Agent::builder(script.clone()).tools(tools![login, remove, say])
}

/// None of these stands in the text.
#[track_caller]
fn assert_hidden(secrets: &[&str], place: &str, text: &str) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} stands in {place}: {text}");
    }
}

/// The events of a run, and the run; whatever shows it hides these.
async fn watch(agent: &Agent, secrets: &[&str]) -> (Vec<Event>, Result<Run, fcall::Error>) {
    let (mut events, mut stream) = (Vec::new(), agent.stream("go"));
    let mut run = None;
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Done(done)) => run = Some(Ok(*done)),
            Ok(event) => {
                assert_hidden(secrets, "an event", &format!("{event:?}"));
                events.push(event);
            }
            Err(error) => {
                assert_hidden(secrets, "the error", &format!("{error} {error:#?}"));
                run = Some(Err(error));
            }
        }
    }
    (events, run.expect("a run ends"))
}

/// One call of `login`, run both ways: what its arguments are shown as, and how it ended.
async fn shown(arguments: &str, secrets: &[&str]) -> (String, CallStatus, String) {
    let script = || Script::new().calls([("login", arguments)]).text("done");
    let whole = agent(&script()).build().unwrap().run("go").await.unwrap();
    assert_hidden(secrets, "the run", &format!("{whole:?}"));
    let (events, run) = watch(&agent(&script()).build().unwrap(), secrets).await;
    let run = run.unwrap();
    assert_hidden(secrets, "the run", &format!("{run:?} {:?}", run.calls().collect::<Vec<_>>()));
    assert_answered(&run.messages);
    let call = run.calls().next().expect("one call");
    assert_eq!(call.call.arguments, arguments, "the conversation keeps what the model wrote");
    let told: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::CallArguments { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(told, [call.call.shown()], "the arguments are told of once, whole");
    (call.call.shown().to_owned(), call.status, call.result.to_text())
}

#[tokio::test]
async fn every_secret_is_hidden_wherever_it_stands() {
    let arguments = json!({
        "user": "ann", "password": "hunter22",
        "keys": [{"owner": "bob", "token": "tok-1111"}, {"owner": "eve", "token": "tok-2222"}],
        "payment": {"purpose": "rent", "number": "4111-1111"},
        "way": {"kind": "code", "code": "code-9"},
        "nested": {"word": "word-one", "inner": {"word": "word-two", "inner": null}},
        "headers": {"key-in-a-map": 77_777},
        "pin": 4321,
    });
    let secrets =
        ["hunter22", "tok-1111", "tok-2222", "4111", "code-9", "word-one", "word-two", "77777", "key-in-a-map", "4321"];
    let (shown, status, _) = shown(&arguments.to_string(), &secrets).await;
    assert_eq!(status, CallStatus::Done);
    let expected = json!({
        "user": "ann", "password": "[secret]",
        "keys": [{"owner": "bob", "token": "[secret]"}, {"owner": "eve", "token": "[secret]"}],
        "payment": {"purpose": "rent", "number": "[secret]"},
        "way": {"kind": "code", "code": "[secret]"},
        "nested": {"word": "[secret]", "inner": {"word": "[secret]", "inner": null}},
        "headers": "[secret]",
        "pin": "[secret]",
    });
    assert_eq!(shown, expected.to_string());
}

#[tokio::test]
async fn what_is_told_of_bad_arguments_quotes_no_secret() {
    const BAD: &[(&str, &[&str])] = &[
        (r#"{"user":"ann","password":77777777}"#, &["77777777"]),
        (r#"{"user":1,"password":"hunter22"}"#, &["hunter22"]),
        (r#"{"user":"ann","password":["hunter22"],"x":1}"#, &["hunter22"]),
        (r#"{"user":"ann","pasword":"hunter22"}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"hunter22","pin":31337}"#, &["hunter22", "31337"]),
        (r#"{"user":"ann","password":"p","pin":"hunter22"}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","keys":["hunter22"]}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","keys":[{"owner":"bob","token":{"hunter22":5}}]}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","keys":[{"owner":"bob","tokn":"hunter22"}]}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","payment":{"purpose":1,"number":"hunter22"}}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","payment":{"purpose":"x","number":22222222}}"#, &["22222222"]),
        (r#"{"user":"ann","password":"p","way":{"kind":"code","code":22222222}}"#, &["22222222"]),
        (r#"{"user":"ann","password":"p","way":"hunter22"}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","nested":{"word":"w","inner":{"word":22222222}}}"#, &["22222222"]),
        (r#"{"user":"ann","password":"p","nested":{"word":"w","inner":"hunter22"}}"#, &["hunter22"]),
        (r#"{"user":"ann","password":"p","headers":{"hunter22":"four-and-4"}}"#, &["hunter22", "four-and-4"]),
        (r#"{"user":"ann","password":"hunter22""#, &["hunter22"]),
        (r#""hunter22""#, &["hunter22"]),
        (r#""\"hunter22\"""#, &["hunter22"]),
        (r#"["hunter22"]"#, &["hunter22"]),
        ("hunter22", &["hunter22"]),
    ];
    for (arguments, secrets) in BAD {
        let (_, status, told) = shown(arguments, secrets).await;
        assert_eq!(status, CallStatus::BadArguments, "{arguments}: {told}");
        assert_hidden(secrets, "what the model is told", &told);
    }
}

#[tokio::test]
async fn what_the_tool_itself_says_is_told_of_without_the_secret() {
    for user in ["failed", "panic", "echo"] {
        let script = Script::new()
            .calls([("login", format!(r#"{{"user":"{user}","password":"hunter\"22"}}"#).as_str())])
            .text("done");
        let (events, run) = watch(&agent(&script).build().unwrap(), &["hunter\"22", "hunter\\\"22"]).await;
        let finished = events.iter().find_map(|event| match event {
            Event::CallFinished { result, .. } => Some(result.to_text()),
            _ => None,
        });
        let (finished, run) = (finished.expect("the call ended"), run.unwrap());
        let call = run.calls().next().unwrap();
        match user {
            "panic" => assert_eq!(call.detail, Some("[secret] is too much")),
            "failed" => assert_eq!(finished, "[secret] is wrong"),
            _ => assert_eq!(finished, "welcome with [secret]"),
        }
    }
    let script = Script::new().calls([("login", r#"{"user":"fatal","password":"hunter22"}"#)]).text("done");
    let (_, run) = watch(&agent(&script).build().unwrap(), &["hunter22"]).await;
    assert!(run.unwrap_err().to_string().contains("[secret] is locked"));
}

#[derive(Deserialize, Schema)]
struct Tree(Vec<Tree>);

/// Say what was sent
#[tool]
fn repeat(
    /// One
    one: Option<Key>,
    /// Many
    many: Option<Vec<Key>>,
    /// Words
    #[arg(secret)]
    words: Option<Vec<String>>,
    /// All of it
    #[arg(secret)]
    whole: Option<Card>,
    /// A code
    #[arg(secret)]
    code: Option<u32>,
    /// A share
    #[arg(secret)]
    share: Option<f64>,
    /// A list of itself
    #[arg(secret)]
    tree: Option<Tree>,
    /// By name
    #[arg(secret)]
    named: Option<HashMap<String, u8>>,
) -> Result<String, ToolError> {
    let _ = tree.map(|Tree(trees)| trees.len());
    let named = named.into_iter().flatten().map(|(name, _)| name);
    let keys = one.iter().chain(many.iter().flatten()).map(|key| key.token.clone());
    let words = words.into_iter().flatten().chain(whole.map(|card| card.number));
    let numbers = code.map(|code| code.to_string()).into_iter().chain(share.map(|share| share.to_string()));
    let all: Vec<String> = keys.chain(words).chain(numbers).chain(named).collect();
    Err(ToolError::fatal(format!("no login with {}", all.join(", "))))
}

#[tokio::test]
async fn a_secret_that_came_in_a_text_is_hidden_too() {
    const KEY: &str = r#"{"owner":"ann","token":"hunter-22"}"#;
    for (key, value, secret) in [
        ("one", json!({"owner": "ann", "token": "hunter-22"}), "hunter-22"),
        ("one", json!(KEY), "hunter-22"),
        ("many", json!(format!("[{KEY}]")), "hunter-22"),
        ("many", json!([KEY, KEY]), "hunter-22"),
        ("many", json!(json!([KEY]).to_string()), "hunter-22"),
        ("many", json!(KEY), "hunter-22"),
        ("words", json!(r#"["hunter-22","hunter-22"]"#), "hunter-22"),
        ("whole", json!(r#"{"number":"hunter-22"}"#), "hunter-22"),
        ("code", json!(73_519_924.0), "73519924"),
        ("code", json!("73519924"), "73519924"),
        ("share", json!("5.5e8"), "550000000"),
        ("share", json!(550_000_000), "550000000"),
        ("named", json!({"hunter-22": 1}), "hunter-22"),
        ("named", json!(r#"{"hunter-22":1}"#), "hunter-22"),
    ] {
        for arguments in [json!({ key: value }).to_string(), json!(json!({ key: value }).to_string()).to_string()] {
            let script = Script::new().calls([("repeat", arguments.as_str())]);
            let agent = Agent::builder(script).tools(tools![repeat]).build().unwrap();
            let (_, run) = watch(&agent, &[secret]).await;
            let error = run.expect_err("the tool ends the run").to_string();
            assert!(error.contains("no login with [secret]"), "{arguments}: {error}");
        }
    }
}

#[tokio::test]
async fn a_secret_list_of_itself_is_looked_into_to_an_end() {
    for tree in [json!(5), json!({"a": 1}), json!([[[]]])] {
        let script = Script::new().calls([("repeat", json!({ "tree": tree }).to_string().as_str())]).text("done");
        let agent = Agent::builder(script).tools(tools![repeat]).build().unwrap();
        let (events, _) = watch(&agent, &[]).await;
        assert!(
            events.iter().any(|event| matches!(event, Event::CallArguments { text, .. } if text.contains("[secret]")))
        );
    }
}

#[tokio::test]
async fn a_misspelt_tool_may_have_been_the_one_with_secrets() {
    let script = Script::new().calls([("logn", r#"{"user":"ann","password":"hunter22"}"#)]).text("done");
    let (_, run) = watch(&agent(&script).build().unwrap(), &["hunter22"]).await;
    assert_hidden(&["hunter22"], "the run", &format!("{:?}", run.unwrap()));
}

#[tokio::test]
async fn calls_of_other_tools_are_told_of_as_they_come() {
    let script = Script::new().calls([("say", r#"{"word":"hello"}"#)]).text("done");
    let (events, run) = watch(&agent(&script).build().unwrap(), &[]).await;
    let run = run.unwrap();
    assert!(format!("{run:?}").contains("hello"));
    let arguments = events.iter().filter_map(|event| match event {
        Event::CallArguments { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(arguments.collect::<String>(), r#"{"word":"hello"}"#);
}

/// Answers with these deltas, then with a word.
struct Pieces(Mutex<Option<Vec<Delta>>>);

impl Model for Pieces {
    fn id(&self) -> &str {
        "pieces"
    }

    fn reply<'a>(&'a self, _: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        let deltas = self.0.lock().unwrap().take();
        let word = || vec![Delta::Text { part: 0, text: "done".to_owned() }, Delta::Finish(FinishReason::Stop)];
        deltas.unwrap_or_else(word).into_iter().for_each(|delta| sink.push(delta));
        Box::pin(async { Ok(()) })
    }
}

/// A reply whose arguments come in pieces, with or without a word at their end.
fn in_pieces(end: bool) -> Vec<Delta> {
    let argue = |text: &str| Delta::CallArguments { part: 0, text: text.to_owned() };
    let mut deltas = vec![
        Delta::CallStart { part: 0, id: "a".to_owned(), name: "login".to_owned() },
        argue(r#"{"user":"ann","pass"#),
        argue(r#"word":"hun"#),
        argue(r#"ter22"}"#),
    ];
    deltas.extend(end.then_some(Delta::CallEnd { part: 0 }));
    deltas.push(Delta::Finish(FinishReason::ToolCalls));
    deltas
}

#[tokio::test]
async fn arguments_in_pieces_are_held_back_to_their_end() {
    for end in [true, false] {
        let agent = Agent::builder(Pieces(Mutex::new(Some(in_pieces(end))))).tools(tools![login]).build().unwrap();
        let (events, run) = watch(&agent, &["hunt", "ter22"]).await;
        assert_eq!(run.unwrap().calls().next().map(|call| call.status), Some(CallStatus::Done));
        let position = |wanted: fn(&Event) -> bool| events.iter().position(wanted).expect("it happened");
        let told = position(
            |event| matches!(event, Event::CallArguments { text, .. } if text == r#"{"user":"ann","password":"[secret]"}"#),
        );
        assert!(told > position(|event| matches!(event, Event::CallStarted { .. })));
        assert!(told < position(|event| matches!(event, Event::TurnFinished { .. })));
        assert_eq!(events.iter().filter(|event| matches!(event, Event::CallArguments { .. })).count(), 1);
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_shows_nothing_of_a_secret() {
    let script = Script::new().turn(Turn::new().half_call("login", r#"{"user":"ann","password":"hunt"#).cut());
    let (events, run) = watch(&agent(&script).build().unwrap(), &["hunt"]).await;
    assert!(!events.iter().any(|event| matches!(event, Event::CallArguments { .. })), "{events:?}");
    let error = run.unwrap_err();
    let partial = error.run().and_then(|run| run.partial.as_ref());
    assert_hidden(&["hunt"], "the partial reply", &format!("{partial:?}"));
}

#[tokio::test]
async fn who_approves_is_given_the_secret_and_shows_none() {
    let script = || Script::new().calls([("remove", r#"{"user":"ann","password":"hunter22"}"#)]).text("done");
    let asked = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&asked);
    let asking = agent(&script()).approve(move |call: PendingCall| {
        *seen.lock().unwrap() = Some(call);
        async { Approval::AllowWith(json!({"user": "ann", "password": "other-44"})) }
    });
    let (_, run) = watch(&asking.build().unwrap(), &["hunter22", "other-44"]).await;
    let (run, call) = (run.unwrap(), asked.lock().unwrap().take().expect("somebody was asked"));
    assert_eq!(call.arguments, r#"{"user":"ann","password":"hunter22"}"#);
    assert_eq!(call.shown(), r#"{"user":"ann","password":"[secret]"}"#);
    let decision = call.allow_with(json!({"user": "ann", "password": "other-44"}));
    assert_hidden(&["hunter22", "other-44"], "the decision", &format!("{call:?} {decision:?}"));
    assert_hidden(&["hunter22", "other-44"], "the run", &format!("{run:?} {:?}", run.calls().collect::<Vec<_>>()));
    let told = run.calls().next().unwrap();
    assert_eq!(told.arguments, r#"{"user":"ann","password":"other-44"}"#);
    assert!(told.told.to_text().contains(r#"{"user":"ann","password":"[secret]"}"#), "{}", told.told.to_text());

    let run = agent(&script()).build().unwrap().run("go").await.unwrap();
    assert_hidden(&["hunter22"], "a run that waits", &format!("{run:?}"));
    let Some(Stop::Approval(paused)) = &run.stop else { panic!("{:?}", run.stop) };
    let saved: Paused = serde_json::from_str(&serde_json::to_string(paused).unwrap()).unwrap();
    assert_hidden(&["hunter22"], "a saved run", &format!("{saved:?} {:?}", saved.calls()));
    let decision = saved.calls()[0].allow_with(json!({"user": "ann", "password": "other-44"}));
    let mut state = saved.into_state().unwrap();
    state.decide([decision]).unwrap();
    assert_hidden(&["hunter22", "other-44"], "the state", &format!("{state:?} {:?}", state.next()));
}

#[tokio::test]
async fn what_a_tool_echoes_is_not_shown_either() {
    let call = |user: &str| ("login", format!(r#"{{"user":"{user}","password":"hunter22"}}"#));
    let script = || Script::new().calls([call("echo"), call("failed")]).text("done");
    let agent = agent(&script()).build().unwrap();
    let mut chat = agent.chat();
    let run = chat.send("go").await.unwrap();
    assert_eq!(
        run.calls().next().unwrap().told.to_text(),
        "welcome with hunter22",
        "the model and the program have it"
    );
    let all: Vec<_> = run.calls().collect();
    let (done, history) = (Event::Done(Box::new(run.clone())), agent.request("and?").history(run.messages.clone()));
    for (what, shown) in [
        ("the run", format!("{run:?}")),
        ("the run at length", format!("{run:#?}")),
        ("its calls", format!("{all:?}")),
        ("the event", format!("{done:?}")),
        ("a request that goes on from it", format!("{history:?}")),
        ("the chat", format!("{chat:?}")),
    ] {
        assert_hidden(&["hunter22"], what, &shown);
        assert!(what != "the run" || shown.contains("welcome with [secret]"), "{shown}");
    }
    let saved: Run = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    assert_hidden(&["hunter22"], "a saved run", &format!("{saved:?}"));
}

#[tokio::test]
async fn what_a_tool_echoes_is_not_shown_by_who_sees_the_run() {
    /// Shows all that it is shown.
    #[derive(Clone, Default)]
    struct Sees(Arc<Mutex<String>>);
    impl Sees {
        fn see(&self, what: &dyn std::fmt::Debug) {
            *self.0.lock().unwrap() += &format!("{what:?}\n");
        }
    }
    impl Hook for Sees {
        fn before_request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, HookResult<OnRequest>> {
            self.see(request);
            Box::pin(async { Ok(OnRequest::Ask) })
        }
    }
    impl Journal for Sees {
        fn append<'a>(&'a self, _: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
            self.see(record);
            Box::pin(async { Ok(()) })
        }
        fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }
    impl Model for Sees {
        fn id(&self) -> &'static str {
            "sees"
        }
        fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
            self.see(request);
            let call = || {
                vec![
                    Delta::CallStart { part: 0, id: "a".to_owned(), name: "login".to_owned() },
                    Delta::CallArguments { part: 0, text: r#"{"user":"echo","password":"hunter22"}"#.to_owned() },
                    Delta::Finish(FinishReason::ToolCalls),
                ]
            };
            let word = || vec![Delta::Text { part: 0, text: "done".to_owned() }, Delta::Finish(FinishReason::Stop)];
            let deltas = if request.messages.len() > 1 { word() } else { call() };
            deltas.into_iter().for_each(|delta| sink.push(delta));
            Box::pin(async { Ok(()) })
        }
    }
    let sees = Sees::default();
    let filter = {
        let sees = sees.clone();
        move |_: &Tool, asking: &fcall::agent::Asking<'_>| {
            sees.see(asking);
            true
        }
    };
    let agent =
        Agent::builder(sees.clone()).tools(tools![login]).hook(sees.clone()).journal(sees.clone()).select(filter);
    let run = agent.build().unwrap().run("go").await.unwrap();
    assert!(run.calls().next().unwrap().told.to_text().contains("hunter22"));
    let shown = sees.0.lock().unwrap().clone();
    for what in ["HookRequest {", "Request {", "Asking {", "CallEnded(", "Over {"] {
        assert!(shown.contains(what), "nothing was shown of {what}");
    }
    assert_hidden(&["hunter22"], "what others see", &shown);
}

#[tokio::test]
async fn what_a_tool_echoes_of_approved_arguments_is_not_shown_either() {
    /// Remove an account
    #[tool(destructive)]
    fn erase(#[arg(secret)] password: &str) -> String {
        format!("gone with {password}")
    }
    let script = Script::new().calls([("erase", r#"{"password":"hunter22"}"#)]).text("done");
    let approve = |_: PendingCall| async { Approval::AllowWith(json!({"password": "other-44"})) };
    let agent = Agent::builder(script).tools(tools![erase]).approve(approve).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert!(run.calls().next().unwrap().told.to_text().contains("gone with other-44"));
    assert_hidden(&["other-44"], "the run", &format!("{run:?} {:?}", run.calls().collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_history_from_elsewhere_is_hidden_too() {
    let call = ToolCall::new("1", "login", r#"{"user":"ann","password":"hunter22"}"#);
    let mut asked = Message::assistant("");
    asked.parts = vec![fcall::message::Part::ToolCall(call.clone())];
    let result = Message::tool_results([fcall::message::ToolResult::text(&call, "welcome")]);
    let agent = agent(&Script::new().text("done")).build().unwrap();
    let run = agent.request("and now?").history([Message::user("go"), asked, result]).run().await.unwrap();
    assert_hidden(&["hunter22"], "the run", &format!("{run:?}"));
}

#[tokio::test]
async fn a_tool_made_at_run_time_of_a_type_has_its_secrets() {
    let tool =
        || Tool::typed("key", "Use a key", |key: Key| async move { format!("{}{}", key.owner, key.token.len()) });
    assert!(tool().unwrap().has_secrets());
    for (arguments, secret, status) in [
        (r#"{"owner":"ann","token":"hunter22"}"#, "hunter22", CallStatus::Done),
        (r#"{"owner":"ann","token":77777777}"#, "77777777", CallStatus::BadArguments),
        (r#"{"owner":[],"token":"hunter22"}"#, "hunter22", CallStatus::BadArguments),
        (r#"{"owner":"ann","token":{"hunter22":1}}"#, "hunter22", CallStatus::BadArguments),
    ] {
        let script = Script::new().calls([("key", arguments)]).text("done");
        let agent = Agent::builder(script).tools([tool().unwrap()]).build().unwrap();
        let (_, run) = watch(&agent, &[secret]).await;
        let run = run.unwrap();
        let call = run.calls().next().unwrap();
        assert_hidden(&[secret], "the run", &format!("{run:?}"));
        if call.status == CallStatus::BadArguments {
            assert_hidden(&[secret], "what the model is told", &call.result.to_text());
        }
        assert_eq!(call.status, status, "{arguments}: {}", call.result.to_text());
    }
}
