//! The request of Messages, all but its messages.

use std::{fmt::Write as _, sync::Arc};

use serde_json::{Map, Value};

use super::{
    super::{
        Dialect, Encoded, Protocol, Thinking,
        body::{Body, List, Object, inner},
        hosted, ids,
        marks::{self, Marks},
        offer::{Choice, Offer},
        structured::Answer,
        tools::{self, Parameters, StrictRoom},
        turns,
    },
    NAME, NARROWER,
    container::{self, CONTAINER, container},
    is_own, messages,
};
use crate::{
    error::Result,
    message::{Effort, Message, Part, Request, RequestOptions, Role, Text, ToolSpec, ToolSpecs},
    schema::Loss,
};

/// The key that holds the effort and the form of the answer.
pub(super) const OUTPUT: &str = "output_config";
/// The least that a model can be told to think.
const LEAST_BUDGET: u64 = 1024;

pub(in super::super) fn encode(model: &str, dialect: &Dialect, request: &Request<'_>) -> Result<Encoded> {
    let options = request.options;
    let offer = Offer::of(NAME, request, dialect.enforces_name, false)?;
    let mut losses = Vec::new();
    let marks = Marks::of(dialect, request, |_, part| !matches!(part, Part::Reasoning(_)));
    marks.losses(request, false, &mut losses);
    let plan = Plan::of(dialect, request, &mut losses);
    let answer = Answer::of(Protocol::Anthropic, dialect, request, &mut losses)?;
    let mut out = Vec::with_capacity(4096);
    let (extra, own) = inner(&options.extra, OUTPUT, request.format.is_some());
    let mut body = Body::begin(&mut out, &extra);
    body.field("model", model);
    body.field("max_tokens", &plan.max_tokens);
    if let Some(id) = container::in_use(request.messages) {
        body.field(CONTAINER, &id);
    }
    hosted::beside_instructions(NAME, turns::instructions(request.messages), 0, &mut losses);
    system(&mut body, turns::instructions(request.messages), &marks, &mut losses);
    if let Some(object) = body.open("messages") {
        messages::write_all(request, dialect, &marks, object.key("messages"), &mut losses);
    }
    if !offer.is_empty() {
        let mut room = StrictRoom::of(Protocol::Anthropic);
        if let Answer::Schema { counted: (optional, unions), .. } = answer {
            room = room.beside(optional, unions);
        }
        let encoded = tools::encoded_in(room, Protocol::Anthropic, dialect, request.tools, tool)?;
        losses.extend(tools::losses_in(room, Protocol::Anthropic, dialect, request.tools));
        tools::strict_losses(request.tools, &encoded, &mut losses);
        if let Some(object) = body.open("tools") {
            offer.write(&encoded, &marks, object.key("tools"));
        }
        if let Some(object) = body.open("tool_choice") {
            let is_forced = !matches!(offer.choice, Choice::Auto | Choice::None);
            let choice = if is_forced && thinks_anyhow(options) {
                losses.push(lost("tool_choice", "no call can be forced while the model thinks; left to the model"));
                &Choice::Auto
            } else {
                &offer.choice
            };
            choose(choice, options, object.object("tool_choice"));
        }
    } else if dialect.declared_calls {
        called_before(request.messages, &mut body);
    }
    sampling(&mut body, dialect, &plan, options, &mut losses);
    configure(&mut body, &plan, &answer, own);
    plan.write(&mut body);
    if request.stream {
        body.field("stream", &true);
    }
    body.end();
    Ok(Encoded { body: out, losses })
}

/// Declares the tools that were called before, where none is offered now: the service refuses calls and results of tools that
/// a request does not name.
fn called_before(messages: &[Message], body: &mut Body<'_>) {
    let mut names: Vec<_> = Vec::new();
    for call in messages.iter().flat_map(Message::tool_calls) {
        let name = ids::called(call.said_name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return;
    }
    if let Some(object) = body.open("tools") {
        let mut tools = object.list("tools");
        for name in names {
            let mut tool = tools.object();
            tool.field("name", &*name);
            let mut schema = tool.object("input_schema");
            schema.field("type", "object");
            schema.end();
            tool.end();
        }
        tools.end();
    }
    if let Some(object) = body.open("tool_choice") {
        let mut choice = object.object("tool_choice");
        choice.field("type", "none");
        choice.end();
    }
}

/// The limit that goes out: the caller's own, or what is asked for, with what may be thought.
pub(in super::super) fn limit_sent(dialect: &Dialect, request: &Request<'_>) -> u64 {
    let own = request.options.extra.get("max_tokens").and_then(Value::as_u64);
    own.unwrap_or_else(|| Plan::of(dialect, request, &mut Vec::new()).max_tokens)
}

/// Writes the instructions: one text, or blocks where some of them are marked.
fn system(body: &mut Body<'_>, instructions: &[Message], marks: &Marks, losses: &mut Vec<Loss>) {
    let parts = || {
        let said = instructions.iter().enumerate();
        said.flat_map(|(at, said)| said.parts.iter().enumerate().map(move |(n, part)| (at, n, part)))
    };
    if !parts().any(|(.., part)| matches!(part, Part::CacheMark(_))) {
        let text = turns::instruction_text(instructions);
        if !text.trim().is_empty() {
            body.field("system", &text);
        }
        return;
    }
    let mut out = Vec::new();
    let mut blocks = List::begin(&mut out);
    for (at, n, part) in parts() {
        match part {
            Part::Text(text) => messages::text_block(&text.text, &mut blocks),
            Part::CacheMark(_) => {
                if let Err(why) = marks.write(at, n, &mut blocks) {
                    losses.push(marks::lost(format!("messages.{at}"), why));
                }
            }
            _ => {}
        }
    }
    if blocks.is_empty() {
        return;
    }
    blocks.end();
    if let Some(object) = body.open("system") {
        object.key("system").extend_from_slice(&out);
    }
}

/// The caller's own keys ask for thinking; what is `adaptive` gives way by itself.
fn thinks_anyhow(options: &RequestOptions) -> bool {
    let kind = options.extra.get("thinking").and_then(|thinking| thinking.get("type"));
    kind.and_then(Value::as_str) == Some("enabled")
}

fn choose(choice: &Choice<'_>, options: &RequestOptions, mut object: Object<'_>) {
    let kind = match choice {
        Choice::Auto | Choice::Among(_) => "auto",
        Choice::None => "none",
        Choice::Required | Choice::Allowed(_) => "any",
        Choice::Named(_) => "tool",
    };
    object.field("type", kind);
    if let Choice::Named(name) = choice {
        object.field("name", name);
    }
    if options.parallel_calls == Some(false) && *choice != Choice::None {
        object.field("disable_parallel_tool_use", &true);
    }
    object.end();
}

fn sampling(body: &mut Body<'_>, dialect: &Dialect, plan: &Plan, options: &RequestOptions, losses: &mut Vec<Loss>) {
    let taken = dialect.sampling && dialect.anthropic_version < NARROWER;
    for (key, value) in [("temperature", options.temperature), ("top_p", options.top_p)] {
        match value {
            None => {}
            Some(_) if !taken => losses.push(lost(key, "this version of the protocol refuses it; left out")),
            Some(_) if plan.budget.is_some() => losses.push(lost(key, "refused beside thinking; left out")),
            Some(value) if !value.is_finite() => losses.push(lost(key, "not a number")),
            Some(value) => {
                if !(0.0..=1.0).contains(&value) {
                    losses.push(lost(key, "taken from 0 to 1 here; the nearest of these was sent"));
                }
                body.field(key, &value.clamp(0.0, 1.0));
            }
        }
    }
    if !options.stop.is_empty() {
        body.field("stop_sequences", &options.stop);
    }
    if options.seed.is_some() {
        losses.push(lost("seed", "the protocol has none; left out"));
    }
}

/// Writes the effort and the form of the answer; the caller's own keys beside them win.
fn configure(body: &mut Body<'_>, plan: &Plan, answer: &Answer<'_>, own: Option<&Map<String, Value>>) {
    if plan.effort.is_none() && own.is_none() && !matches!(answer, Answer::Schema { .. }) {
        return;
    }
    let none = Map::new();
    let Some(object) = body.open(OUTPUT) else { return };
    let mut config = Body::begin(object.key(OUTPUT), own.unwrap_or(&none));
    if let Some(effort) = plan.effort {
        config.field("effort", effort);
    }
    if let (Answer::Schema { json, .. }, Some(object)) = (answer, config.open("format")) {
        let mut format = object.object("format");
        format.field("type", "json_schema");
        format.json("schema", json);
        format.end();
    }
    config.end();
}

/// How much may be generated, and how much of it thought.
struct Plan {
    max_tokens: u64,
    budget: Option<u64>,
    effort: Option<&'static str>,
    off: bool,
}

impl Plan {
    fn of(dialect: &Dialect, request: &Request<'_>, losses: &mut Vec<Loss>) -> Self {
        let options = request.options;
        let default = dialect.default_max_tokens;
        let mut plan =
            Self { max_tokens: options.max_tokens.unwrap_or(default), budget: None, effort: None, off: false };
        let Some(effort) = options.reasoning else { return plan };
        match dialect.thinking {
            Thinking::Unknown if effort == Effort::None => {}
            Thinking::Unknown => losses.push(lost("reasoning", "the model does not think, as far as known; left out")),
            Thinking::Effort => {
                plan.effort = match effort {
                    Effort::None => None,
                    Effort::Minimal | Effort::Low => Some("low"),
                    Effort::Medium => Some("medium"),
                    Effort::High => Some("high"),
                    Effort::ExtraHigh => Some("xhigh"),
                    Effort::Max => Some("max"),
                };
            }
            Thinking::Budget => {
                let wanted = match effort {
                    Effort::None => {
                        plan.off = true;
                        return plan;
                    }
                    Effort::Minimal => LEAST_BUDGET,
                    Effort::Low => 2048,
                    Effort::Medium => 8192,
                    Effort::High => 16_384,
                    Effort::ExtraHigh | Effort::Max => 32_768,
                };
                if !began_thinking(request.messages) {
                    losses.push(lost(
                        "reasoning",
                        "the calls in progress were made without thinking; left out until the next turn",
                    ));
                } else if request.tool_choice.is_forced() && !request.tools.is_empty() {
                    losses.push(lost("reasoning", "refused beside a forced tool choice; left out"));
                } else if let Some(limit) = options.max_tokens.filter(|limit| *limit <= wanted) {
                    // The budget is part of the limit, and must leave room for an answer.
                    plan.budget = Some(limit / 2).filter(|budget| *budget >= LEAST_BUDGET);
                    let why = "max_tokens leaves too little room for it; thinking was shortened or left out";
                    losses.push(lost("reasoning", why));
                } else {
                    plan.budget = Some(wanted);
                    plan.max_tokens = options.max_tokens.unwrap_or(default.saturating_add(wanted));
                }
            }
        }
        plan
    }

    fn write(&self, body: &mut Body<'_>) {
        if (self.off || self.budget.is_some())
            && let Some(object) = body.open("thinking")
        {
            let mut thinking = object.object("thinking");
            thinking.field("type", if self.off { "disabled" } else { "enabled" });
            if let Some(budget) = self.budget {
                thinking.field("budget_tokens", &budget);
            }
            thinking.end();
        }
    }
}

/// Whether a turn that is in progress began with thinking that goes back: the service refuses to think in one that did
/// not, since another model began it. A turn that has not begun yet may.
fn began_thinking(messages: &[Message]) -> bool {
    let asked = messages.iter().rposition(|message| message.role == Role::User).map_or(0, |at| at + 1);
    let turn = messages[asked..].iter();
    let first = turn.clone().find(|message| message.role == Role::Assistant);
    let Some(first) = first.filter(|_| turn.clone().any(|message| message.role == Role::Tool)) else { return true };
    first.parts.iter().any(|part| match part {
        Part::Opaque(origin) if container(origin).is_some() => false,
        Part::Reasoning(Text { origin: Some(origin), .. }) | Part::Opaque(origin) => is_own(origin),
        _ => false,
    })
}

fn lost(option: &str, why: &str) -> Loss {
    Loss::new(option, option, why)
}

/// Each tool as the wire has it, made once per dialect.
pub(in super::super) fn encoded_tools(dialect: &Dialect, specs: &ToolSpecs) -> Result<Arc<[String]>> {
    tools::encoded(Protocol::Anthropic, dialect, specs, tool)
}

fn tool(spec: &ToolSpec, parameters: &Parameters) -> Result<String> {
    let schema = &parameters.json;
    let mut json = tools::head("{", spec, schema);
    let _ = write!(json, ",\"input_schema\":{schema}");
    hosted::put_back(NAME, spec, &mut json);
    json.push_str(if parameters.strict { tools::STRICT } else { "" });
    json.push('}');
    Ok(json)
}
