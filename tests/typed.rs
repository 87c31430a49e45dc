//! Typed answers: asked for as each service takes it, read by shape, sent back where they are wrong.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

#[path = "typed/every.rs"]
mod every;

use every::Findings;
use fcall::{
    Agent, Error, Schema, Stop, Tool,
    agent::{CallStatus, Limits, TypedEvent},
    message::{Delta, FinishReason, Request, ResponseSchema, Sink, ToolSpecs},
    model::{BoxFuture, Model},
    serde::{Deserialize, Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
    testing::{Script, Turn},
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
