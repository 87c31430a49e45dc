//! Every type of the schema property test as an answer: on every wire, after a wrong one, and letter by letter.

#[path = "../schema/changes.rs"]
mod changes;
#[path = "../schema/types.rs"]
mod types;

use std::{future::Future, pin::Pin};

use fcall::{
    Agent, Message, Schema, Tool,
    agent::{CallStatus, Typed},
    message::{Delta, FinishReason, Request, ResponseFormat, ResponseSchema, Sink, ToolSpecs},
    model::{BoxFuture, Model},
    protocol::{Protocol, Structured},
    schemars::JsonSchema,
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
    testing::Server,
};

use super::{grows_into, partials};

/// Answers with a value, as it is asked to; the first time wrongly.
struct Answers {
    value: Value,
    /// Values of other types; where none of them can stand in the answer's place, it comes in words.
    wrong: Vec<Value>,
}

/// No JSON, by no call.
const IN_WORDS: &str = "I would rather not say.";

/// The schema is one of our own around that of a type which is no object.
fn wraps(schema: &Value) -> bool {
    schema["properties"].as_object().is_some_and(|all| all.len() == 1 && all.contains_key("value"))
}

impl Answers {
    /// By the schema it has to have: by itself, or in an object that holds it.
    fn shown(&self, schema: &str) -> String {
        let schema: Value = fcall::serde_json::from_str(schema).unwrap();
        let takes = |value: &Value| validator(&schema).is_valid(value);
        let wrapped = json!({ "value": self.value });
        let bare = takes(&self.value) || !(wraps(&schema) && (takes(&wrapped) || !self.value.is_object()));
        if bare { self.value.to_string() } else { wrapped.to_string() }
    }

    /// The first answer in the same place; none where it comes in words.
    fn wrong(&self, schema: &str) -> Option<String> {
        let schema: Value = fcall::serde_json::from_str(schema).unwrap();
        let mut wrong = self.wrong.iter();
        match wraps(&schema) {
            true => Some(json!({ "value": wrong.next()? }).to_string()),
            // On some wires the arguments of a call are an object, and nothing else.
            false => Some(wrong.find(|value| value.is_object())?.to_string()),
        }
    }
}

impl Model for Answers {
    fn id(&self) -> &str {
        "answers"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        Box::pin(async move {
            let is_first = request.messages.len() == 1;
            let said = |schema: &str| if is_first { self.wrong(schema) } else { Some(self.shown(schema)) };
            let (text, tool) = match (request.format, request.tools.as_slice()) {
                (Some(ResponseFormat::Schema(schema)), _) => (said(&schema.schema), None),
                (_, [tool]) => (said(&tool.schema), Some(tool)),
                _ => panic!("neither a form nor a tool: {request:?}"),
            };
            match (text, tool) {
                (Some(text), Some(tool)) => {
                    sink.push(Delta::CallStart { part: 0, id: "call_0".to_owned(), name: tool.name.clone() });
                    sink.push(Delta::CallArguments { part: 0, text });
                    sink.push(Delta::CallEnd { part: 0 });
                    sink.push(Delta::Finish(FinishReason::ToolCalls));
                }
                (text, _) => {
                    let text = text.unwrap_or_else(|| IN_WORDS.to_owned());
                    sink.push(Delta::Text { part: 0, text });
                    sink.push(Delta::Finish(FinishReason::Stop));
                }
            }
            Ok(())
        })
    }
}

/// An answer over the wire, natively or by a tool, after a wrong one.
async fn over_the_wire<T>(protocol: Protocol, native: bool, model: Answers) -> fcall::Result<Typed<T>>
where
    T: Schema + DeserializeOwned + Send + 'static,
{
    let server = Server::start(model).await?;
    let structured = if native { Structured::Schema } else { Structured::No };
    let name = match protocol {
        Protocol::Anthropic => "claude-sonnet-4-5",
        Protocol::Gemini => "gemini-2.5-flash",
        _ => "gpt-4o",
    };
    let model = server.service(protocol).model(name).with_dialect(|dialect| dialect.structured = structured);
    Agent::builder(model).tools(Vec::<Tool>::new()).build()?.run_as::<T>(Message::user("Answer")).await
}

type Checks = Pin<Box<dyn Future<Output = Answered>>>;

/// How often a type was answered, and how; and how often the wrong answer before came in words.
#[derive(Default)]
struct Answered {
    natively: usize,
    by_call: usize,
    in_words: usize,
}

/// Every type of the schema property test, with its values.
#[derive(Default)]
pub(crate) struct Findings {
    checks: Vec<Checks>,
    streamed: Vec<Pin<Box<dyn Future<Output = usize>>>>,
}

/// What serde does not read as a `T`, and what no reading repairs.
fn wrong<T: DeserializeOwned>(right: &Value) -> Vec<Value> {
    let all = [json!({"nothing": "of that"}), json!([[["nothing"]]]), json!("nothing of that"), json!(null)];
    let near = changes::of(right).into_iter().filter(|value| value.to_string().contains("two"));
    all.into_iter().chain(near).filter(|value| read::<T>(value).is_err()).collect()
}

impl Findings {
    pub(crate) fn compare<T>(&mut self, name: &'static str, values: Vec<T>)
    where
        T: Schema + JsonSchema + Serialize + DeserializeOwned + Send + 'static,
    {
        let written = values.iter().map(|value| fcall::serde_json::to_value(value).unwrap()).collect();
        self.streamed.push(Box::pin(streamed::<T>(name, written)));
        self.checks.push(Box::pin(async move {
            let mut answered = Answered::default();
            for value in values {
                let written = fcall::serde_json::to_value(&value).unwrap();
                let by_serde = fcall::serde_json::to_value(read::<T>(&written).unwrap()).unwrap();
                for (protocol, native) in Protocol::ALL.into_iter().flat_map(|wire| [(wire, true), (wire, false)]) {
                    let at = format!("{name} over {protocol}, native {native}");
                    let model = Answers { value: written.clone(), wrong: wrong::<T>(&written) };
                    let ended = over_the_wire::<T>(protocol, native, model).await;
                    let typed = ended.unwrap_or_else(|error| panic!("{at}: {written}: {error:?}: {:?}", error.run()));
                    assert_eq!(fcall::serde_json::to_value(&typed.value).unwrap(), by_serde, "{at}");
                    let ends: Vec<_> = typed.run.calls().map(|call| call.status).collect();
                    assert_eq!(typed.run.turns, 2, "{at}: the first answer was wrong: {ends:?}");
                    match &ends[..] {
                        [] => answered.natively += 1,
                        [CallStatus::BadArguments, CallStatus::Done] | [CallStatus::Done] => answered.by_call += 1,
                        _ => panic!("{at}: {ends:?}"),
                    }
                    assert!(native || !ends.is_empty(), "{at}");
                    answered.in_words += usize::from(typed.run.messages[1].text() == IN_WORDS);
                }
            }
            answered
        }));
    }

    pub(crate) fn takes<T: Schema + DeserializeOwned>(&self, _: &Value) {}

    pub(crate) fn refuses<T: Schema + DeserializeOwned>(&self, _: &Value) {}
}

#[tokio::test]
async fn every_type_is_an_answer_on_every_wire_and_a_wrong_first_one_is_repaired() {
    let mut findings = Findings::default();
    types::compare_all(&mut findings);
    let (types, mut natively, mut by_call, mut in_words) = (findings.checks.len(), 0, 0, 0);
    for check in findings.checks {
        let answered = check.await;
        natively += answered.natively;
        by_call += answered.by_call;
        in_words += answered.in_words;
    }
    println!("{types} types: {natively} answers natively, {by_call} by a call; {in_words} were in words at first");
    assert!(types >= 150, "{types} types");
    assert!(natively > by_call / 2, "{natively} natively, {by_call} by a call");
    assert!(in_words * 20 < natively + by_call, "{in_words} were no value of another type");
}

/// Each value letter by letter; answers with how many answers so far were values of the type.
async fn streamed<T>(name: &'static str, values: Vec<Value>) -> usize
where
    T: Schema + Serialize + DeserializeOwned + Send + 'static,
{
    let mut read_so_far = 0;
    for written in values {
        let model = LetterByLetter(Answers { value: written.clone(), wrong: Vec::new() });
        let agent = Agent::builder(model).tools(Vec::<Tool>::new()).build().unwrap();
        let (partials, value) = partials::<T>(&agent).await;
        let by_serde = fcall::serde_json::to_value(read::<T>(&written).unwrap()).unwrap();
        assert_eq!(fcall::serde_json::to_value(value).unwrap(), by_serde, "{name}");
        for (json, so_far) in &partials {
            assert!(grows_into(json, &written), "{name}: {json} is no beginning of {written}");
            read_so_far += usize::from(so_far.is_some());
        }
        if let Some((json, so_far)) = partials.last() {
            assert!(*json == written && so_far.is_some(), "{name}: {json} is not all of {written}");
        }
    }
    read_so_far
}

/// Writes an answer of the form that it is held to, a letter at a time.
struct LetterByLetter(Answers);

impl Model for LetterByLetter {
    fn id(&self) -> &str {
        "letter by letter"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        let Some(ResponseFormat::Schema(form)) = request.format else { panic!("no form: {request:?}") };
        let text = self.0.shown(&form.schema);
        Box::pin(async move {
            text.chars().for_each(|letter| sink.push(Delta::Text { part: 0, text: letter.to_string() }));
            sink.push(Delta::Finish(FinishReason::Stop));
            Ok(())
        })
    }

    fn structured(&self, schema: &ResponseSchema, _: &ToolSpecs) -> Option<ResponseSchema> {
        Some(schema.clone())
    }
}

#[tokio::test]
async fn every_type_is_streamed_from_its_first_letter_to_its_last() {
    let mut findings = Findings::default();
    types::compare_all(&mut findings);
    let (types, mut so_far) = (findings.streamed.len(), 0);
    for check in findings.streamed {
        so_far += check.await;
    }
    println!("{types} types: {so_far} answers so far were values of the type");
    assert!(types >= 150 && so_far > types, "{types} types, {so_far} answers so far");
}

fn read<T: DeserializeOwned>(value: &Value) -> fcall::serde_json::Result<T> {
    fcall::serde_json::from_str(&value.to_string())
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{schema}: {error}"))
}
