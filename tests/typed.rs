//! Typed answers: asked for as each service takes it, read by shape, sent back where they are wrong.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

#[path = "schema/types.rs"]
mod types;

use std::{future::Future, pin::Pin};

use fcall::{
    Agent, Error, Message, Schema, Stop, Tool,
    agent::{CallStatus, Limits, TypedEvent},
    message::{Delta, FinishReason, Request, ResponseFormat, ResponseSchema, Sink, ToolSpecs},
    model::{BoxFuture, Model},
    protocol::{Protocol, Structured},
    schemars::JsonSchema,
    serde::{Deserialize, Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
    testing::{Script, Server, Turn},
    tool, tools,
};

/// A trip
#[derive(Debug, PartialEq, Serialize, Deserialize, Schema)]
struct Trip {
    /// Where to
    city: String,
    #[arg(range = 1..=14)]
    nights: u8,
    note: Option<String>,
}

/// How many nights are free
#[tool]
fn free_nights(city: &str) -> u8 {
    u8::try_from(city.len()).unwrap_or(0)
}

fn agent(script: &Script) -> Agent {
    Agent::builder(script.clone()).tools(tools![free_nights]).build().unwrap()
}

fn oslo() -> Trip {
    Trip { city: "Oslo".to_owned(), nights: 4, note: None }
}

#[tokio::test]
async fn the_call_that_an_answer_comes_by_is_not_one_of_those_that_are_limited() {
    let nights = ("free_nights", r#"{"city":"Oslo"}"#);
    let answer = ("final_answer", r#"{"city":"Oslo","nights":4}"#);
    let limited = |script: &Script| agent(script).request("Plan a trip").limits(Limits::default().calls(1));
    for script in [Script::new().calls([nights]).calls([answer]), Script::new().calls([nights, answer])] {
        let typed = limited(&script).run_as::<Trip>().await.unwrap();
        assert_eq!((typed.value, typed.run.stop), (oslo(), Some(Stop::Answer)));
    }
    let over = limited(&Script::new().calls([answer_is_wrong(), nights, nights])).run_as::<Trip>().await.unwrap_err();
    let run = over.run().expect("the run so far");
    assert!(run.stop == Stop::MaxCalls, "{:?}", run.stop);
    let ends: Vec<_> = run.calls().map(|call| call.status).collect();
    assert_eq!(ends, [CallStatus::BadArguments, CallStatus::Done, CallStatus::NotBegun]);
}

fn answer_is_wrong() -> (&'static str, &'static str) {
    ("final_answer", "{}")
}

#[tokio::test]
async fn an_answer_comes_by_a_call_with_tools_in_between() {
    let script = Script::new()
        .calls([("free_nights", r#"{"city":"Oslo"}"#)])
        .calls([("final_answer", r#"{"city":"Oslo","nights":4}"#)]);
    let typed = agent(&script).run_as::<Trip>("Plan a trip").await.unwrap();
    assert_eq!(typed.value, oslo());
    assert_eq!((typed.run.turns, typed.run.stop.as_ref()), (2, Some(&Stop::Answer)));
    let done: Vec<_> = typed.run.calls().map(|call| (call.call.name.as_str(), call.status)).collect();
    assert_eq!(done, [("free_nights", CallStatus::Done), ("final_answer", CallStatus::Done)]);
    let asked = script.requests();
    assert_eq!(asked[0].tools, ["final_answer", "free_nights"]);
    assert_eq!(asked[0].tool_choice, fcall::ToolChoice::Required, "a text would be no answer");
}

#[tokio::test]
async fn a_wrong_answer_is_sent_back_with_all_that_is_wrong() {
    let script = Script::new()
        .calls([("final_answer", r#"{"nights":40,"note":7}"#)])
        .calls([("final_answer", r#"{"city":"Oslo","nights":"4","note":null}"#)]);
    let typed = agent(&script).run_as::<Trip>("Plan a trip").await.unwrap();
    assert_eq!(typed.value, oslo(), "a number in a text is read as the shape says");
    let told = typed.run.calls().next().unwrap().told.to_text();
    for part in ["`answer.city`: missing", "`answer.nights`", "`answer.note`"] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[tokio::test]
async fn what_is_wrong_too_often_is_an_error_that_keeps_the_run() {
    let wrong = || [("final_answer", "{}")];
    let script = Script::new().calls(wrong()).calls(wrong());
    let limits = Limits::default().bad_arguments(2);
    let error = agent(&script).request("Plan").limits(limits).run_as::<Trip>().await.unwrap_err();
    assert!(error.is_answer(), "{error}");
    assert_eq!(error.to_string(), "the model gave no answer that reads as `Trip`");
    assert!(error.answer_wrong().unwrap().contains("`answer.city`: missing"), "{:?}", error.answer_wrong());
    assert_eq!(error.run().unwrap().turns, 2);
    assert_eq!(script.left(), 0);
}

#[tokio::test]
async fn text_instead_of_the_call_is_searched_for_json() {
    for text in [
        r#"{"city":"Oslo","nights":4}"#,
        "Here you are:\n```json\n{\"city\":\"Oslo\",\"nights\":4}\n```\nHave fun {there}!",
        r#"I think {maybe} it is {"city":"Oslo","nights":4}."#,
    ] {
        let script = Script::new().text(text);
        assert_eq!(agent(&script).run_as::<Trip>("Plan").await.unwrap().value, oslo(), "{text}");
    }
    let script = Script::new().text("Oslo is nice").calls([("final_answer", r#"{"city":"Oslo","nights":4}"#)]);
    let typed = agent(&script).run_as::<Trip>("Plan").await.unwrap();
    assert!(typed.run.messages[2].text().contains("Answer by calling `final_answer`"), "{:?}", typed.run.messages);
}

#[tokio::test]
async fn roots_that_are_no_objects_are_wrapped() {
    let script = Script::new().calls([("final_answer", r#"{"value":[1,300]}"#)]).text("[1, 2]");
    let typed = agent(&script).run_as::<Vec<u8>>("Count").await.unwrap();
    assert_eq!(typed.value, [1, 2]);
    let told = typed.run.calls().next().unwrap().told.to_text();
    assert!(told.contains("`value[1]`"), "{told}");
}

#[tokio::test]
async fn refusal_truncation_and_limits_say_what_they_are() {
    let error = |script: Script| async move {
        let error: Error =
            agent(&script).request("Plan").limits(Limits::default().turns(1)).run_as::<Trip>().await.unwrap_err();
        assert!(error.is_answer(), "{error}");
        (error.to_string(), error.run().and_then(|run| run.stop.clone()).unwrap())
    };
    let (text, stop) = error(Script::new().turn(Turn::new().text("No.").finish(FinishReason::Refusal))).await;
    assert_eq!((text.as_str(), stop), ("the model declined to answer", Stop::Refused));
    let half = Turn::new().text(r#"{"city":"Oslo","nights":4"#).finish(FinishReason::Length);
    let (text, stop) = error(Script::new().turn(half)).await;
    assert_eq!(stop, Stop::Truncated, "{text}");
    let (text, stop) = error(Script::new().calls([("free_nights", r#"{"city":"Oslo"}"#)])).await;
    assert_eq!(stop, Stop::MaxTurns, "{text}");
}

#[tokio::test]
async fn a_chat_goes_on_after_a_typed_answer() {
    let script = Script::new().calls([("final_answer", r#"{"value":7}"#)]).text("Because.");
    let agent = agent(&script);
    let mut chat = agent.chat();
    assert_eq!(chat.send_as::<u8>("How many?").await.unwrap().value, 7);
    assert_eq!(chat.send("Why?").await.unwrap().text, "Because.");
    assert_eq!(script.requests()[1].tools, ["free_nights"], "the final answer is no tool of the next question");
}

/// Answers with a value, as it is asked to; the first time, where that is so, wrongly.
struct Answers {
    value: Value,
    wrong_first: bool,
}

impl Answers {
    /// By the schema it has to have: by itself, or in an object that holds it.
    fn shown(&self, schema: &str) -> String {
        let schema: Value = fcall::serde_json::from_str(schema).unwrap();
        let takes = |value: &Value| validator(&schema).is_valid(value);
        let wrapped = json!({ "value": self.value });
        let only = schema["properties"].as_object().is_some_and(|all| all.len() == 1 && all.contains_key("value"));
        let bare = takes(&self.value) || !(only && (takes(&wrapped) || !self.value.is_object()));
        if bare { self.value.to_string() } else { wrapped.to_string() }
    }
}

impl Model for Answers {
    fn id(&self) -> &str {
        "answers"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        Box::pin(async move {
            let wrong = self.wrong_first && request.messages.len() == 1;
            let said = |text: String| if wrong { r#"{"nothing":"of that"}"#.to_owned() } else { text };
            match (request.format, request.tools.as_slice()) {
                (Some(ResponseFormat::Schema(schema)), _) => {
                    sink.push(Delta::Text { part: 0, text: said(self.shown(&schema.schema)) });
                    sink.push(Delta::Finish(FinishReason::Stop));
                }
                (_, [tool]) => {
                    sink.push(Delta::CallStart { part: 0, id: "call_0".to_owned(), name: tool.name.clone() });
                    sink.push(Delta::CallArguments { part: 0, text: said(self.shown(&tool.schema)) });
                    sink.push(Delta::CallEnd { part: 0 });
                    sink.push(Delta::Finish(FinishReason::ToolCalls));
                }
                _ => panic!("neither a form nor a tool: {request:?}"),
            }
            Ok(())
        })
    }
}

/// One answer over the wire: natively or by a tool.
async fn over_the_wire<T>(
    protocol: Protocol,
    native: bool,
    wrong_first: bool,
    value: &Value,
) -> fcall::Result<(T, bool)>
where
    T: Schema + DeserializeOwned + Send + 'static,
{
    let server = Server::start(Answers { value: value.clone(), wrong_first }).await?;
    let structured = if native { Structured::Schema } else { Structured::No };
    let name = match protocol {
        Protocol::Anthropic => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-2.5-flash",
        _ => "gpt-4o",
    };
    let model = server.service(protocol).model(name).with_dialect(|dialect| dialect.structured = structured);
    let agent = Agent::builder(model).tools(Vec::<Tool>::new()).build()?;
    let typed = agent.run_as::<T>(Message::user("Answer")).await?;
    let by_tool = typed.run.calls().next().is_some();
    Ok((typed.value, by_tool))
}

#[tokio::test]
async fn a_wrong_first_answer_is_repaired_on_every_wire() {
    for protocol in Protocol::ALL {
        for native in [true, false] {
            let (value, by_tool) =
                over_the_wire::<Trip>(protocol, native, true, &json!({"city": "Oslo", "nights": 4})).await.unwrap();
            assert_eq!((value, by_tool), (oslo(), !native), "{protocol}");
        }
    }
}

type Checks = Pin<Box<dyn Future<Output = (usize, usize)>>>;

/// Every type of the schema property test, with its values.
#[derive(Default)]
struct Findings {
    checks: Vec<Checks>,
}

impl Findings {
    fn compare<T>(&mut self, name: &'static str, values: Vec<T>)
    where
        T: Schema + JsonSchema + Serialize + DeserializeOwned + Send + 'static,
    {
        self.checks.push(Box::pin(async move {
            let (mut natively, mut by_call) = (0, 0);
            for value in values {
                let written = fcall::serde_json::to_value(&value).unwrap();
                for protocol in Protocol::ALL {
                    for native in [true, false] {
                        let read = over_the_wire::<T>(protocol, native, false, &written).await;
                        let (read, by_tool) = read.unwrap_or_else(|error| {
                            panic!("{name} over {protocol}, native {native}: {written}: {error:?}: {:?}", error.run())
                        });
                        let again = fcall::serde_json::to_value(&read).unwrap();
                        assert_eq!(sorted(again), sorted(written.clone()), "{name} over {protocol}, native {native}");
                        assert!(native || by_tool, "{name} over {protocol}");
                        if by_tool { by_call += 1 } else { natively += 1 }
                    }
                }
            }
            (natively, by_call)
        }));
    }

    fn takes<T: Schema + DeserializeOwned>(&self, _: &Value) {}

    fn refuses<T: Schema + DeserializeOwned>(&self, _: &Value) {}
}

/// Lists of sets and maps come in any order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, sorted(value))).collect(),
        value => value,
    }
}

#[tokio::test]
async fn every_type_is_an_answer_on_every_wire() {
    let mut findings = Findings::default();
    types::compare_all(&mut findings);
    assert!(findings.checks.len() >= 60, "{} types", findings.checks.len());
    let types = findings.checks.len();
    let (mut natively, mut by_call) = (0, 0);
    for check in findings.checks {
        let (native, call) = check.await;
        natively += native;
        by_call += call;
    }
    assert!(natively > by_call / 2, "{natively} natively, {by_call} by a call");
    println!("{types} types: {natively} answers natively, {by_call} by a call");
}

fn read<T: DeserializeOwned>(value: &Value) -> fcall::serde_json::Result<T> {
    fcall::serde_json::from_str(&value.to_string())
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// Writes one text, a character at a time, and says that it is held to any form.
struct Typewriter(&'static str);

impl Model for Typewriter {
    fn id(&self) -> &str {
        "typewriter"
    }

    fn reply<'a>(&'a self, _: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        Box::pin(async move {
            for letter in self.0.chars() {
                sink.push(Delta::Text { part: 0, text: letter.to_string() });
            }
            sink.push(Delta::Finish(FinishReason::Stop));
            Ok(())
        })
    }

    fn structured(&self, schema: &ResponseSchema, _: &ToolSpecs) -> Option<ResponseSchema> {
        Some(schema.clone())
    }
}

/// Whether a value may grow into another: texts, lists and objects by their ends, all else not.
fn grows_into(less: &Value, more: &Value) -> bool {
    match (less, more) {
        (Value::String(less), Value::String(more)) => more.starts_with(less.as_str()),
        (Value::Array(less), Value::Array(more)) => {
            less.len() <= more.len() && less.iter().zip(more).all(|(less, more)| grows_into(less, more))
        }
        (Value::Object(less), Value::Object(more)) => {
            less.iter().all(|(key, less)| more.get(key).is_some_and(|more| grows_into(less, more)))
        }
        (less, more) => less == more,
    }
}

/// The answers so far, and the answer.
async fn partials<T>(agent: &Agent) -> (Vec<(Value, Option<T>)>, T)
where
    T: Schema + DeserializeOwned + Send + 'static,
{
    let (mut stream, mut partials) = (agent.stream_as::<T>("Go"), Vec::new());
    while let Some(event) = stream.next().await {
        match event.unwrap() {
            TypedEvent::Partial { json, value } => partials.push((json, value)),
            TypedEvent::Done(typed) => return (partials, typed.value),
            _ => {}
        }
    }
    panic!("the stream ended without an answer");
}

fn typewriter(text: &'static str) -> Agent {
    Agent::builder(Typewriter(text)).tools(Vec::<Tool>::new()).build().unwrap()
}

#[tokio::test]
async fn a_partial_answer_grows_and_shows_nothing_that_is_cut() {
    let text = r#" {"value": {"t\"x": "O\u0073lo \ud83d\ude00 \"q\" \\ ß😀\n", "n": [-12.5e3, 14, true, null, [], {}],
        "o": {"a": {"b": "c", "d": false}, "e": ""}} } "#;
    let whole: Value = fcall::serde_json::from_str(text).unwrap();
    let (partials, value) = partials::<Value>(&typewriter(text)).await;
    assert_eq!(value, whole["value"]);
    assert!(partials.len() > 30, "{}", partials.len());
    for pair in partials.windows(2) {
        assert!(grows_into(&pair[0].0, &pair[1].0), "{} is no beginning of {}", pair[0].0, pair[1].0);
    }
    for (json, value) in &partials {
        assert!(grows_into(json, &whole["value"]), "{json} is no beginning of {whole}");
        assert_eq!(value.as_ref(), Some(json), "any JSON is a value");
    }
    assert_eq!(partials.last().unwrap().0, whole["value"]);
}

#[tokio::test]
async fn a_partial_answer_is_a_value_once_it_fits() {
    let (partials, value) = partials::<Trip>(&typewriter(r#"{"city":"Oslo","nights":14,"note":"By train"}"#)).await;
    assert_eq!(value.nights, 14);
    let nights: Vec<_> = partials.iter().filter_map(|(_, trip)| trip.as_ref()).map(|trip| trip.nights).collect();
    assert!(nights.len() >= 8 && nights.iter().all(|nights| *nights == 14), "half a number is none: {nights:?}");
    let first = partials.iter().find_map(|(_, trip)| trip.as_ref()).unwrap();
    assert_eq!(first.note, None);
    assert_eq!(partials[1].0, json!({"city": ""}));
    assert!(partials[1].1.is_none());
}

#[tokio::test]
async fn a_partial_answer_comes_by_a_call_too_and_begins_anew_where_it_was_wrong() {
    let script = Script::new()
        .calls([("final_answer", r#"{"value":["Oslo",7]}"#)])
        .calls([("final_answer", r#"{"value":["Oslo","Rome"]}"#)]);
    let (partials, value) = partials::<Vec<String>>(&agent(&script)).await;
    assert_eq!(value, ["Oslo", "Rome"]);
    assert!(partials.iter().any(|(json, value)| *json == json!(["Oslo", 7]) && value.is_none()), "{partials:?}");
    assert_eq!(partials.last().unwrap().0, json!(["Oslo", "Rome"]));
}

#[tokio::test]
async fn a_long_answer_is_shown_less_often() {
    let text = Box::leak(format!("{{\"value\":[{}1]}}", "1,".repeat(100_000)).into_boxed_str());
    let (partials, value) = partials::<Vec<u8>>(&typewriter(text)).await;
    assert_eq!(value.len(), 100_001);
    assert!(partials.len() < 1_200, "{} partial answers of {} letters", partials.len(), text.len());
}
