//! Large sets of tools: told by a filter, or not before the model looks for them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fcall::{
    Agent, Event, Message, Protocol, ToolChoice,
    agent::{Asking, CallStatus, Hook, HookCall, HookResult, Limits, OnCall, Stop},
    message::{Part, ToolSpec, ToolSpecs},
    model::BoxFuture,
    serde_json::{self, Value, json, value::RawValue},
    testing::{Script, Server, Turn},
    tool,
    tool::Tool,
    tools,
};

use super::{add, assert_answered, calls, fail, journal::Memory, wait};

const SUBJECTS: [&str; 25] = [
    "invoice",
    "customer",
    "shipment",
    "warehouse",
    "payment",
    "contract",
    "employee",
    "vehicle",
    "flight",
    "hotel",
    "recipe",
    "song",
    "patient",
    "lesson",
    "ticket",
    "server",
    "backup",
    "meeting",
    "photo",
    "parcel",
    "garden",
    "film",
    "budget",
    "sensor",
    "museum",
];
const VERBS: [&str; 40] = [
    "create",
    "delete",
    "list",
    "rename",
    "export",
    "import",
    "archive",
    "restore",
    "approve",
    "reject",
    "schedule",
    "cancel",
    "copy",
    "move",
    "share",
    "print",
    "translate",
    "summarize",
    "validate",
    "compare",
    "merge",
    "split",
    "lock",
    "unlock",
    "rate",
    "review",
    "sort",
    "filter",
    "count",
    "measure",
    "inspect",
    "repair",
    "clean",
    "paint",
    "price",
    "weigh",
    "label",
    "scan",
    "sign",
    "publish",
];

/// A thousand tools, each with some parameters.
fn thousand() -> Vec<Tool> {
    static MADE: OnceLock<Vec<Tool>> = OnceLock::new();
    MADE.get_or_init(made).clone()
}

fn made() -> Vec<Tool> {
    let one = |verb: &'static str, subject: &'static str| {
        let schema = json!({"type": "object", "properties": {
            format!("{subject}_id"): {"type": "string", "description": format!("Which {subject} it is about")},
            "note": {"type": "string", "description": "What to write down beside it"},
            "urgent": {"type": "boolean", "description": "Whether it has to be done at once"},
        }, "required": [format!("{subject}_id")]});
        let description =
            format!("{}{} one {subject} of the company, and note who did it", verb[..1].to_uppercase(), &verb[1..]);
        let run = move |arguments: Value| async move {
            format!("{verb} {subject} {}", arguments[format!("{subject}_id")].as_str().unwrap_or_default())
        };
        Tool::new(format!("{verb}_{subject}"), description, schema, run).unwrap()
    };
    VERBS.iter().flat_map(|verb| SUBJECTS.iter().map(|subject| one(verb, subject))).collect()
}

fn search(query: &str) -> (&'static str, String) {
    ("search_tools", json!({"query": query}).to_string())
}

fn by_name(name: &str, arguments: &Value) -> (&'static str, String) {
    ("use_tool", json!({"name": name, "arguments": arguments}).to_string())
}

fn deferring(script: &Script) -> fcall::agent::AgentBuilder {
    Agent::builder(script.clone()).tools(tools![add]).defer(thousand())
}

/// The members of a request as they were sent.
fn members(body: &[u8]) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn a_thousand_deferred_tools_are_revealed_and_the_prefix_stays_equal_to_the_byte() {
    for (protocol, stream) in Protocol::ALL.into_iter().flat_map(|protocol| [(protocol, false), (protocol, true)]) {
        let script = Script::new()
            .calls([search("cancel a flight")])
            .calls([by_name("cancel_flight", &json!({"flight_id": "LH 1"}))])
            .calls([search("weigh parcels"), search("song rating")])
            .calls([
                by_name("weigh_parcel", &json!({"parcel_id": "7"})),
                ("rate_song", r#"{"song_id":"9"}"#.to_owned()),
            ])
            .text("All done.");
        let server = Server::start(script).await.unwrap();
        let model = || server.service(protocol).model("m");
        let agent =
            Agent::builder(model()).tools(tools![add]).defer(thousand()).instructions("Be brief.").max_tokens(99);
        let agent = agent.build().unwrap();
        let run = match stream {
            true => agent.stream("Cancel my flight.").finish().await.unwrap().expect("a run"),
            false => agent.run("Cancel my flight.").await.unwrap(),
        };
        assert_eq!(run.text, "All done.");
        run.assert_calls([
            "search_tools",
            "cancel_flight",
            "search_tools",
            "search_tools",
            "weigh_parcel",
            "rate_song",
        ]);
        assert!(run.calls().all(|call| call.status == CallStatus::Done), "{protocol}: {:?}", calls(&run));
        let found = &calls(&run)[0].1;
        assert!(found.starts_with(r#"{"tools":[{"name":"cancel_flight","description":"Cancel one flight"#), "{found}");
        assert!(found.contains(r#""parameters":{"type":"object","properties":{"flight_id""#), "{found}");

        let sent: Vec<Vec<u8>> = server.requests().into_iter().map(|request| request.body).collect();
        assert_eq!(sent.len(), 5);
        let list = match protocol {
            Protocol::OpenAiResponses => "input",
            Protocol::Gemini => "contents",
            _ => "messages",
        };
        for pair in sent.windows(2) {
            let (before, after) = (members(&pair[0]), members(&pair[1]));
            assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
            for (key, value) in &before {
                let (value, later) = (value.get(), after[key].get());
                match key == list {
                    true => assert!(later.starts_with(&value[..value.len() - 1]), "{protocol}: {value}\n{later}"),
                    false => assert_eq!(value, later, "{protocol}: {key}"),
                }
            }
        }
        // On the wire the model reads its own words again.
        let last = String::from_utf8_lossy(&sent[4]).into_owned();
        assert_eq!(
            last.matches(r#""name":"use_tool""#).count() + last.matches(r#""name": "use_tool""#).count(),
            match protocol {
                // The tool, two calls; Gemini names the tool in the answers too.
                Protocol::Gemini => 5,
                _ => 3,
            },
            "{protocol}: {last}"
        );
        assert!(last.contains("rate_song"), "{protocol}");

        let told = Agent::builder(model()).tools(tools![add]).tools(thousand()).build().unwrap();
        let _ = told.run("Cancel my flight.").await;
        let all = server.requests().pop().expect("a request").body.len();
        println!(
            "{protocol}: {} bytes at first, {} after 4 searches and calls; all told: {all}",
            sent[0].len(),
            sent[4].len()
        );
        assert!(sent[4].len() * 20 < all, "{protocol}: {} of {all}", sent[4].len());
    }
}

#[tokio::test]
async fn what_is_searched_for_is_found() {
    let rows = [
        ("cancel a flight", "cancel_flight"),
        ("I want to translate recipes please", "translate_recipe"),
        ("restoring a backup", "restore_backup"),
        ("songs: rate them", "rate_song"),
        ("museum publishing", "publish_museum"),
        ("export_invoice", "export_invoice"),
        ("schedul a meetng", "schedule_meeting"),
        ("needs the patient_id, and locks", "lock_patient"),
    ];
    for (query, expected) in rows {
        let script = Script::new().calls([search(query)]).text("ok");
        let run = deferring(&script).build().unwrap().run("go").await.unwrap();
        let found: Value = serde_json::from_str(&calls(&run)[0].1).unwrap();
        assert_eq!(found["tools"][0]["name"], expected, "{query}: {found}");
        let (told, more) = (found["tools"].as_array().unwrap().len(), found["more"].as_array().map_or(0, Vec::len));
        assert!(told <= 5 && more <= 10 && found.to_string().len() < 18 * 1024, "{query}: {told}, {more}");
    }
    let script = Script::new().calls([search("zzz qqq"), search("")]).text("ok");
    let run = deferring(&script).build().unwrap().run("go").await.unwrap();
    for (_, told, status) in calls(&run) {
        assert!(told.contains("No tool fits") && told.contains("1000"), "{told}");
        assert_eq!(status, CallStatus::Done);
    }
}

#[tokio::test]
async fn what_is_found_is_bounded_in_size() {
    let huge = |n: usize| {
        let schema =
            json!({"type": "object", "properties": {"paper": {"type": "string", "description": "x".repeat(9_000)}}});
        Tool::new(format!("read_paper_{n}"), "Reads a paper", schema, |_: Value| async { "read" }).unwrap()
    };
    let script = Script::new().calls([search("read a paper")]).text("ok");
    let agent = Agent::builder(script).tools([]).defer((0..30).map(huge)).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let found: Value = serde_json::from_str(&calls(&run)[0].1).unwrap();
    assert_eq!(found["tools"].as_array().unwrap().len(), 1, "a second one is too much");
    assert_eq!(found["more"].as_array().unwrap().len(), 14);
}

/// How often something was wiped.
static WIPED: AtomicUsize = AtomicUsize::new(0);

/// Wipe a disk
#[tool(destructive)]
fn wipe(
    /// Which disk
    disk: &str,
    /// The password
    #[arg(secret)]
    password: &str,
) -> String {
    WIPED.fetch_add(1, Ordering::SeqCst);
    format!("{disk} wiped, {} letters", password.len())
}

/// The names and arguments that hooks saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, String)>>>);

impl Hook for Seen {
    fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        self.0.lock().unwrap().push((call.name.clone(), call.arguments.clone()));
        Box::pin(async { Ok(OnCall::Go) })
    }
}

#[tokio::test]
async fn a_call_by_name_is_a_call_of_the_tool_for_all_of_the_program() {
    const ARGUMENTS: &str = r#"{"disk": "sda", "password": "hunter22"}"#;
    let call = format!(r#"{{"name":"wipe","arguments":{ARGUMENTS}}}"#);
    let script = Script::new().calls([("use_tool", &call)]).text("Wiped.");
    let (seen, journal) = (Seen::default(), Memory::default());
    let agent = Agent::builder(script.clone()).tools(tools![add]).defer(tools![wipe]).hook(seen.clone());
    let agent = agent.journal(journal.clone()).build().unwrap();
    let mut events = agent.request("go").id("r").stream();
    let (mut told, mut done) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        match event.unwrap() {
            Event::Done(run) => done = Some(*run),
            event => told.push(event),
        }
    }
    // It is destructive, so the run waits; and what waits is shown as what it is.
    let run = done.expect("a stream ends in Done");
    let Some(Stop::Approval(paused)) = &run.stop else { panic!("{:?}", run.stop) };
    let pending = &paused.calls()[0];
    assert_eq!((pending.name.as_str(), pending.arguments.as_str()), ("wipe", ARGUMENTS));
    assert_eq!(pending.shown(), r#"{"disk":"sda","password":"[secret]"}"#);
    let started = told.iter().position(|event| matches!(event, Event::CallStarted { name, .. } if name == "wipe"));
    let arguments = told.iter().position(|event| matches!(event, Event::CallArguments { .. }));
    assert!(started.is_some() && arguments > started, "{told:?}");
    let shown = format!("{told:?} {run:?} {paused:?}");
    assert!(!shown.contains("hunter22"), "{shown}");
    assert_eq!((WIPED.load(Ordering::SeqCst), seen.0.lock().unwrap().len()), (0, 0));

    // In another process.
    let saved = serde_json::to_string(paused).unwrap();
    let paused: fcall::agent::Paused = serde_json::from_str(&saved).unwrap();
    let run = agent.resume(&paused, [paused.calls()[0].allow()]).unwrap().run().await.unwrap();
    assert_eq!((run.text.as_str(), WIPED.load(Ordering::SeqCst)), ("Wiped.", 1));
    run.assert_called("wipe").with(json!({"disk": "sda", "password": "hunter22"})).times(1);
    assert_eq!(*seen.0.lock().unwrap(), [("wipe".to_owned(), ARGUMENTS.to_owned())]);
    assert_answered(&run.messages);
    let made = run.messages[1].tool_calls().next().unwrap();
    assert_eq!((made.said_name(), made.said_arguments()), ("use_tool", call.as_str()));
    assert_eq!((made.name.as_str(), made.arguments.as_str()), ("wipe", ARGUMENTS));
    assert!(!format!("{run:?}").contains("hunter22"));
    let records = format!("{:?}", journal.runs.lock().unwrap()["r"]);
    assert!(records.contains("name: \"wipe\"") && !records.contains("hunter22"), "{records}");
}

#[tokio::test]
async fn the_same_call_again_and_again_is_counted_as_what_it_is() {
    let same = || by_name("count_song", &json!({"song_id": "1"}));
    let script = (0..9).fold(Script::new(), |script, _| script.calls([same()]));
    let run = deferring(&script).build().unwrap().run("go").await.unwrap();
    assert!(run.stop == Stop::RepeatedCall("count_song".to_owned()), "{:?}", run.stop);
}

#[tokio::test]
async fn a_call_by_name_that_can_not_be_understood_is_told_what_is_wrong() {
    let wrong = [
        (
            r#"{"name":"cancel_flite","arguments":{}}"#,
            "There is no tool `cancel_flite`. Did you mean `cancel_film`, `cancel_flight`",
        ),
        (r#"{"name":"flight_cancel","arguments":{}}"#, "Did you mean `cancel_flight`"),
        (r#"{"name":"use_tool","arguments":{}}"#, "There is no tool `use_tool`"),
        (r#"{"name":"#, "can't be used: they can't be read"),
        (r#"{"arguments":{}}"#, "missing field `name`"),
        (r#"{"name":"cancel_flight","flight_id":"1"}"#, "`arguments` is missing"),
        (r#"{"name":"cancel_flight","arguments":[1]}"#, "`arguments` is no object"),
    ];
    for (arguments, expected) in wrong {
        let script = Script::new().calls([("use_tool", arguments)]).text("ok");
        let run = deferring(&script).build().unwrap().run("go").await.unwrap();
        let (name, told, status) = &calls(&run)[0];
        assert!(told.contains(expected), "{arguments}: {told}");
        assert_eq!((*name, *status), ("use_tool", CallStatus::BadArguments), "{arguments}");
        assert_answered(&run.messages);
    }
    // What is meant is taken for it.
    let meant = [
        r#"{"name":"count_song","arguments":"{\"song_id\":\"1\"}"}"#,
        r#"{"name":"count_song", "arguments": {"song_id": "1"}, "why": "asked"}"#,
    ];
    for arguments in meant {
        let script = Script::new().calls([("use_tool", arguments)]).text("ok");
        let run = deferring(&script).build().unwrap().run("go").await.unwrap();
        assert_eq!(calls(&run), [("count_song", "count song 1".to_owned(), CallStatus::Done)], "{arguments}");
    }
    // The tool itself says what is wrong with its arguments, and so often they may be wrong.
    let bad = || ("use_tool", r#"{"name":"count_song"}"#);
    let script = Script::new().calls([bad()]).calls([bad()]).calls([bad()]).text("never");
    let run = deferring(&script).build().unwrap().run("go").await.unwrap();
    assert!(calls(&run)[0].1.contains("song_id"), "{:?}", calls(&run));
    assert!(run.stop == Stop::BadArguments("count_song".to_owned()), "{:?}", run.stop);
}

#[tokio::test]
async fn a_chat_goes_on_with_what_was_found_and_a_name_that_is_not_there_is_answered() {
    let script = Script::new()
        .calls([search("count songs")])
        .text("Found.")
        .calls([by_name("count_song", &json!({"song_id": "1"}))])
        .text("One.")
        .calls([("cont_song", "{}")])
        .text("Sorry.");
    let mut chat = deferring(&script).build().unwrap().chat();
    chat.send("Find it").await.unwrap();
    let run = chat.send("Count").await.unwrap();
    assert_eq!(calls(&run), [("count_song", "count song 1".to_owned(), CallStatus::Done)]);
    let run = chat.send("Again").await.unwrap();
    let told = &calls(&run)[0].1;
    assert!(told.contains("Did you mean `count_song`?") && told.contains("add, search_tools, use_tool"), "{told}");
    assert!(script.requests().iter().all(|asked| asked.tools == ["add", "search_tools", "use_tool"]));
}

#[tokio::test]
async fn a_killed_run_goes_on_with_calls_by_name() {
    let journal = Memory::default();
    let script = Script::new().calls([by_name("count_song", &json!({"song_id": "1"}))]).text("One.");
    deferring(&script).journal(journal.clone()).build().unwrap().request("go").id("r").run().await.unwrap();
    let all = journal.runs.lock().unwrap()["r"].clone();
    for kept in 2..all.len() {
        journal.runs.lock().unwrap().insert("r".to_owned(), all[..kept].to_vec());
        let rest = Script::new().text("One.");
        let agent = deferring(&rest).journal(journal.clone()).build().unwrap();
        let run = agent.recover("r").await.unwrap().run().await.unwrap();
        assert_eq!((run.text.as_str(), calls(&run)[0].0), ("One.", "count_song"), "after {kept}");
        assert_answered(&run.messages);
    }
}

#[tokio::test]
async fn names_that_clash_are_an_error_and_can_be_set() {
    let taken =
        || Tool::new("use_tool", "Uses a tool", json!({"type": "object"}), |_: Value| async { "used" }).unwrap();
    let error = Agent::builder(Script::new()).tools([taken()]).defer(tools![add]).build().unwrap_err();
    assert!(error.to_string().contains("named `use_tool`") && error.to_string().contains("`defer_by`"), "{error}");
    let error = Agent::builder(Script::new()).tools([]).defer(tools![add]).defer_by("x", "x").build().unwrap_err();
    assert!(error.to_string().contains("both tools the name `x`"), "{error}");
    let error = Agent::builder(Script::new()).tools(tools![add]).defer(tools![add]).build().unwrap_err();
    assert!(error.to_string().contains("two tools are named `add`"), "{error}");

    let script = Script::new()
        .calls([("find", r#"{"query":"add numbers"}"#)])
        .calls([("call", r#"{"name":"add","arguments":{"a":1,"b":2}}"#)])
        .text("3");
    let agent = Agent::builder(script.clone()).tools([taken()]).defer(tools![add]).defer_by("find", "call");
    let run = agent.build().unwrap().run("1 + 2?").await.unwrap();
    run.assert_called("add").returned(3);
    assert_eq!(script.requests()[0].tools, ["call", "find", "use_tool"]);
    let found = &calls(&run)[0].1;
    assert!(found.contains(r#""name":"add""#), "{found}");
}

#[tokio::test]
async fn deferred_tools_are_not_told() {
    let script = Script::new().text("ok");
    let agent = Agent::builder(script.clone()).tools(tools![fail]).defer(tools![add, wait]).build().unwrap();
    agent.run("go").await.unwrap();
    assert_eq!(script.requests()[0].tools, ["fail", "search_tools", "use_tool"]);
}

#[tokio::test]
async fn a_choice_can_demand_a_call_by_name_and_no_deferred_tool() {
    let error = deferring(&Script::new()).tool_choice(ToolChoice::named("count_song")).build().unwrap_err();
    assert!(error.to_string().contains("it is deferred"), "{error}");
    let script = Script::new().calls([by_name("count_song", &json!({"song_id": "1"}))]).text("One.");
    let agent = deferring(&script).tool_choice(ToolChoice::named("use_tool")).build().unwrap();
    let run = agent.run("go").await.unwrap();
    assert_eq!(calls(&run)[0].2, CallStatus::Done);
    let choices: Vec<ToolChoice> = script.requests().into_iter().map(|asked| asked.tool_choice).collect();
    assert_eq!(choices, [ToolChoice::named("use_tool"), ToolChoice::Auto]);
}

#[tokio::test]
async fn a_typed_answer_comes_beside_deferred_and_selected_tools() {
    let script = Script::new()
        .calls([by_name("count_song", &json!({"song_id": "1"}))])
        .calls([("final_answer", r#"{"value":7}"#)]);
    let agent = deferring(&script).select(|tool: &Tool, _: &Asking<'_>| tool.name() == "count_song").build().unwrap();
    let answer = agent.run_as::<u8>("go").await.unwrap();
    assert_eq!((answer.value, calls(&answer.run)[0].0), (7, "count_song"));
    assert_eq!(script.requests()[0].tools, ["final_answer", "search_tools", "use_tool"]);
}

fn names(turn: u32) -> &'static [&'static str] {
    if turn == 1 { &["add", "wait"] } else { &["add"] }
}

#[tokio::test]
async fn a_filter_says_which_tools_are_told_in_each_turn_and_others_are_not_carried_out() {
    let script = Script::new()
        .calls([("wait", r#"{"name":"w","millis":0}"#), ("fail", r#"{"how":"fatal"}"#)])
        .calls([("wait", r#"{"name":"w","millis":1}"#), ("add", r#"{"a":1,"b":1}"#)])
        .text("ok");
    let asked: Arc<Mutex<Vec<(u32, usize)>>> = Arc::default();
    let heard = Arc::clone(&asked);
    let agent = Agent::builder(script.clone()).tools(tools![add, wait, fail]).select(
        move |tool: &Tool, asking: &Asking<'_>| {
            heard.lock().unwrap().push((asking.turn, asking.messages.len()));
            names(asking.turn).contains(&tool.name())
        },
    );
    let run = agent.build().unwrap().run("go").await.unwrap();
    let told: Vec<Vec<String>> = script.requests().into_iter().map(|asked| asked.tools).collect();
    assert_eq!(told, [vec!["add", "wait"], vec!["add"], vec!["add"]]);
    let statuses: Vec<CallStatus> = run.calls().map(|call| call.status).collect();
    assert_eq!(statuses, [CallStatus::Done, CallStatus::NotAllowed, CallStatus::NotAllowed, CallStatus::Done]);
    assert_answered(&run.messages);
    // Of a turn it is always asked with what was sent in it.
    let asked = asked.lock().unwrap();
    assert!(asked.iter().all(|(turn, messages)| *messages == 2 * (*turn as usize) - 1), "{asked:?}");
}

#[tokio::test]
async fn a_run_may_have_a_filter_of_its_own_and_no_tool_at_all() {
    let script = Script::new().text("one").text("two");
    let agent = Agent::builder(script.clone()).tools(tools![add, wait]).select(|_: &Tool, _: &Asking<'_>| false);
    let agent = agent.build().unwrap();
    agent.run("go").await.unwrap();
    agent.request("go").select(|tool: &Tool, _: &Asking<'_>| tool.name() == "wait").run().await.unwrap();
    let told: Vec<Vec<String>> = script.requests().into_iter().map(|asked| asked.tools).collect();
    assert_eq!(told, [vec![], vec!["wait"]]);
}

#[tokio::test]
async fn a_forced_choice_is_held_against_the_filter() {
    let agent = |script: &Script, choice: ToolChoice| {
        let agent = Agent::builder(script.clone()).tools(tools![add, wait, fail]).tool_choice(choice);
        agent.select(|tool: &Tool, _: &Asking<'_>| tool.name() != "wait").build().unwrap()
    };
    for choice in [ToolChoice::named("wait"), ToolChoice::any_of(["wait"])] {
        let script = Script::new();
        let error = agent(&script, choice).run("go").await.unwrap_err();
        assert!(error.to_string().contains("`wait`, which the filter of tools leaves out in turn 1"), "{error}");
        assert!(script.requests().is_empty() && error.run().is_some());
    }
    let script = Script::new().calls([("add", r#"{"a":1,"b":1}"#)]).text("2");
    agent(&script, ToolChoice::any_of(["wait", "add"])).run("go").await.unwrap();
    assert_eq!(script.requests()[0].tool_choice, ToolChoice::any_of(["add"]));
    let none = Agent::builder(Script::new()).tools(tools![add]).tool_choice(ToolChoice::Required);
    let none = none.select(|_: &Tool, _: &Asking<'_>| false).build().unwrap().run("go").await.unwrap_err();
    assert!(none.to_string().contains("a call of any tool"), "{none}");
}

#[tokio::test]
async fn a_filter_that_panics_is_an_error_that_keeps_the_run() {
    let script = Script::new().calls([("add", r#"{"a":1,"b":1}"#)]);
    let agent = Agent::builder(script).tools(tools![add]).select(|_: &Tool, asking: &Asking<'_>| {
        assert!(asking.turn < 2, "no more");
        true
    });
    let error = agent.build().unwrap().run("go").await.unwrap_err();
    assert!(error.to_string().contains("the filter of tools panicked: no more"), "{error}");
    assert_eq!(error.run().unwrap().calls().count(), 1);
}

#[test]
fn some_of_the_tools_take_over_what_is_encoded_of_all() {
    let all = Arc::new(ToolSpecs::new((0..4).map(|n| ToolSpec::new(format!("t{n}"), "", "{}")).collect()));
    let some = all.subset([3, 1, 9]);
    assert_eq!(some.as_slice().iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>(), ["t3", "t1"]);
    let mut made = 0;
    let mut encode = |specs: &ToolSpecs| {
        let one = |spec: &ToolSpec| {
            made += 1;
            Ok::<_, ()>(spec.name.to_uppercase())
        };
        specs.encoded("k", one).unwrap().to_vec()
    };
    assert_eq!(encode(&some), ["T3", "T1"]);
    assert_eq!(encode(&all.subset([0])), ["T0"]);
    assert_eq!(encode(&all).len(), 4);
    assert_eq!(made, 4, "each is encoded once");
}

#[tokio::test]
async fn a_conversation_with_calls_by_name_reads_back_as_it_was_saved() {
    let script = Script::new().calls([by_name("count_song", &json!({"song_id": "1"}))]).text("One.").text("Still one.");
    let agent = deferring(&script).limits(Limits::default().turns(5)).build().unwrap();
    let run = agent.run("go").await.unwrap();
    let saved = serde_json::to_string(&run.messages).unwrap();
    let messages: Vec<Message> = serde_json::from_str(&saved).unwrap();
    assert_eq!(messages, run.messages);
    let next = agent.request("And?").history(messages).run().await.unwrap();
    assert_eq!(next.text, "Still one.");
    assert!(matches!(&next.messages[1].parts[0], Part::ToolCall(call) if call.said_name() == "use_tool"));
}

/// How often somebody looked.
static LOOKED: AtomicUsize = AtomicUsize::new(0);

/// Look at something
#[tool(read_only)]
fn look(what: &str) -> String {
    LOOKED.fetch_add(1, Ordering::SeqCst);
    format!("{what} looked at")
}

#[tokio::test(start_paused = true)]
async fn a_call_that_could_begin_early_begins_only_if_it_is_selected() {
    // What is begun while the reply comes in has begun before the reply ends.
    let script = || {
        let turn = Turn::new().call("look", r#"{"what":"a"}"#).text("Just a moment").pace(Duration::from_millis(50));
        Script::new().turn(turn).text("ok")
    };
    for (selected, expected) in [(true, CallStatus::Done), (false, CallStatus::NotAllowed)] {
        let before = LOOKED.load(Ordering::SeqCst);
        let agent = Agent::builder(script()).tools(tools![add, look]);
        let agent = agent.select(move |tool: &Tool, _: &Asking<'_>| selected || tool.name() != "look").build().unwrap();
        let run = agent.stream("go").finish().await.unwrap().expect("a run");
        assert_eq!(calls(&run)[0].2, expected);
        assert_eq!(LOOKED.load(Ordering::SeqCst) - before, usize::from(selected));
    }
    // By way of another tool it begins when the reply is complete.
    let turn = Turn::new().call("use_tool", r#"{"name":"look","arguments":{"what":"b"}}"#).text("Just a moment");
    let script = Script::new().turn(turn.pace(Duration::from_millis(50))).text("ok");
    let agent = Agent::builder(script).tools(tools![add]).defer(tools![look]).build().unwrap();
    let run = agent.stream("go").finish().await.unwrap().expect("a run");
    assert_eq!(calls(&run), [("look", "b looked at".to_owned(), CallStatus::Done)]);
}
