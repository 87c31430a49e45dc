//! The offline planner: answers a conversation by rules, without a network and without a language model.
//!
//! It reads a question's words, picks the tools that share them (`rank`), fills their parameters by shape (`fill`),
//! and tells what they returned (`answer`). The same conversation gets the same reply, always. It looks nothing up,
//! knows nothing of the world, and says in every answer what it is.

mod affinity;
mod answer;
mod figures;
mod fill;
mod format;
mod label;
mod leaves;
mod lexicon;
mod names;
mod number;
mod plan;
mod question;
mod rank;
mod schema;
mod stem;
mod value;
mod words;

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use self::plan::{Plan, Planned, Planning};
use crate::{
    error::Result,
    message::{Delta, FinishReason, Message, Part, Request, Role, Sink, ToolCall, ToolChoice, ToolResult, ToolSpec},
    model::{BoxFuture, Model},
};

/// More of a question than this many bytes is not read.
const MAX_QUESTION: usize = 64 * 1024;

/// A rule-based stand-in for a model: deterministic, in process, and *not a language model*.
///
/// It serves programs that have no provider yet, tests and CI. It calls the tools whose names and descriptions share
/// words with the last thing the user said, several when several are meant, with arguments taken from what was said.
/// It calls nothing where no tool fits, asks where an argument is missing, and ends with what the tools returned.
///
/// A forced [`ToolChoice`] is obeyed with the best arguments there are, until a result of that choice is there:
/// what was answered is not called again. Constraints by `pattern` are the tool's to check: it does not read them.
///
/// # Examples
/// ```
/// use fcall_runtime::{
///     message::{Assembler, Message, Request, RequestOptions, ToolSpec, ToolSpecs},
///     model::Model,
///     offline::Planner,
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> fcall_runtime::Result<()> {
/// let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
/// let tools = ToolSpecs::new(vec![ToolSpec::new("get_weather", "Get the weather of a city", schema)]);
/// let messages = [Message::user("How is the weather in Oslo?")];
/// let options = RequestOptions::default();
///
/// let mut reply = Assembler::new(1);
/// Planner::new().reply(&Request::new(&messages, &tools, &options), &mut reply).await?;
/// let reply = reply.finish().message;
/// let call = reply.tool_calls().next().map(|call| (call.name.as_str(), call.arguments.as_str()));
/// assert_eq!(call, Some(("get_weather", r#"{"city":"Oslo"}"#)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Planner;

impl Planner {
    /// The planner; there is nothing to set up.
    pub fn new() -> Self {
        Self
    }
}

impl Model for Planner {
    fn id(&self) -> &'static str {
        "offline planner (not a language model)"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            sink.push(Delta::Begin { id: None, model: Some(self.id().to_owned()) });
            let finish = match decide(request) {
                Reply::Text(text) => {
                    say(text, request.stream, sink);
                    FinishReason::Stop
                }
                Reply::Calls(calls) => {
                    call(calls, request, sink);
                    FinishReason::ToolCalls
                }
            };
            sink.push(Delta::Finish(finish));
            Ok(())
        })
    }
}

enum Reply {
    Text(String),
    Calls(Vec<Planned>),
}

/// The part of the conversation that is to be answered.
#[derive(Default)]
struct Turn<'a> {
    /// What the user said last.
    question: String,
    /// What they said before that, where we asked back instead of calling.
    before: String,
    /// What was returned since, with the calls.
    results: Vec<(Option<&'a ToolCall>, &'a ToolResult)>,
}

fn decide(request: &Request<'_>) -> Reply {
    let tools = request.tools.as_slice();
    let turn = read(request.messages);
    let obeyed = turn.results.iter().any(|(_, result)| request.tool_choice.allows(&result.name));
    let forced = request.tool_choice.is_forced() && !obeyed;
    if !turn.results.is_empty() && !forced {
        // One call a turn: the rest of the plan goes on, unless something went wrong.
        let failed = turn.results.iter().any(|(_, result)| result.is_error);
        if !failed && request.options.parallel_calls == Some(false) && !request.tool_choice.is_forced() {
            let left = remaining(plan(request, &turn, false), tools, &turn);
            if !left.is_empty() {
                return Reply::Calls(left);
            }
        }
        return Reply::Text(answer::of_results(&turn.results));
    }
    if *request.tool_choice == ToolChoice::None {
        return Reply::Text(answer::of_nothing(&[]).replace("There are none here.", "I was told to call none."));
    }
    match plan(request, &turn, forced) {
        Plan::Calls(calls) if !calls.is_empty() => Reply::Calls(calls),
        Plan::Ask { tool, missing } => Reply::Text(answer::of_missing(&tools[tool], &missing)),
        Plan::Calls(_) | Plan::Nothing => Reply::Text(match request.tool_choice {
            ToolChoice::Tool(name) if forced => answer::of_unknown(name, tools),
            ToolChoice::AnyOf(names) if forced => answer::of_unknown(&names.join(" or "), tools),
            _ => answer::of_nothing(tools),
        }),
    }
}

fn plan(request: &Request<'_>, turn: &Turn<'_>, forced: bool) -> Plan {
    let tools = request.tools.as_slice();
    let allowed = |tool: usize| request.tool_choice.allows(&tools[tool].name);
    let planning = Planning::new(tools, &allowed, forced);
    let plan = planning.plan(&turn.question);
    if turn.before.is_empty() || matches!(plan, Plan::Calls(_)) {
        return plan;
    }
    // "Paris" alone fits nothing; as the answer to what we asked it does.
    match planning.plan(&format!("{}, {}", turn.before.trim_end_matches(['.', '?', '!', ' ']), turn.question)) {
        Plan::Calls(calls) => Plan::Calls(calls),
        _ => plan,
    }
}

/// The planned calls that were not made yet.
fn remaining(plan: Plan, tools: &[ToolSpec], turn: &Turn<'_>) -> Vec<Planned> {
    let Plan::Calls(calls) = plan else { return Vec::new() };
    let made: HashSet<(&str, String)> = turn
        .results
        .iter()
        .filter_map(|(call, _)| *call)
        .filter_map(|call| Some((call.name.as_str(), serde_json::from_str::<Value>(&call.arguments).ok()?.to_string())))
        .collect();
    let open = |call: &Planned| {
        !made.contains(&(tools[call.tool].name.as_str(), Value::Object(call.arguments.clone()).to_string()))
    };
    calls.into_iter().filter(open).collect()
}

fn read(messages: &[Message]) -> Turn<'_> {
    let mut turn = Turn::default();
    let mut calls: HashMap<&str, &ToolCall> = HashMap::new();
    let mut asked_back = false;
    for message in messages {
        let said = message.text();
        match message.role {
            Role::Assistant => {
                asked_back = message.tool_calls().next().is_none();
                calls.extend(message.tool_calls().map(|call| (call.id.as_str(), call)));
            }
            Role::User if !said.trim().is_empty() => {
                let before = std::mem::take(&mut turn.question);
                turn.before = if asked_back && turn.results.is_empty() { before } else { String::new() };
                turn.question = clip(said);
                turn.results.clear();
                asked_back = false;
                continue;
            }
            _ => {}
        }
        for part in &message.parts {
            if let Part::ToolResult(result) = part {
                turn.results.push((calls.get(result.call_id.as_str()).copied(), result));
            }
        }
    }
    turn
}

fn clip(mut text: String) -> String {
    if text.len() > MAX_QUESTION {
        let end = (0..=MAX_QUESTION).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn say(text: String, stream: bool, sink: &mut dyn Sink) {
    if !stream {
        sink.push(Delta::Text { part: 0, text });
        return;
    }
    for piece in text.split_inclusive(' ') {
        sink.push(Delta::Text { part: 0, text: piece.to_owned() });
    }
}

fn call(calls: Vec<Planned>, request: &Request<'_>, sink: &mut dyn Sink) {
    let tools = request.tools.as_slice();
    let made = request.messages.iter().flat_map(Message::tool_calls);
    let taken: HashSet<&str> = made.map(|call| call.id.as_str()).collect();
    let mut number = taken.len();
    let most = if request.options.parallel_calls == Some(false) { 1 } else { usize::MAX };
    for (part, call) in calls.into_iter().take(most).enumerate() {
        let mut id = format!("call_{number}");
        while taken.contains(id.as_str()) {
            number += 1;
            id = format!("call_{number}");
        }
        number += 1;
        sink.push(Delta::CallStart { part, id, name: tools[call.tool].name.clone() });
        sink.push(Delta::CallArguments { part, text: Value::Object(call.arguments).to_string() });
        sink.push(Delta::CallEnd { part });
    }
}
