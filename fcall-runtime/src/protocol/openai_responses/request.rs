//! The request of Responses, all but its input.

use std::{fmt::Write as _, sync::Arc};

use serde_json::{Map, Value};

use super::{
    super::{
        Dialect, EffortForm, Encoded, Protocol,
        body::{Body, Object, inner, write},
        hosted,
        marks::Marks,
        offer::{Choice, Offer},
        openai,
        structured::{self, Answer},
        text::Members,
        tools::{self, Parameters},
        turns,
    },
    NAME, input, unanswered,
};
use crate::{
    error::Result,
    message::{Origin, Part, Request, Role, ToolSpec, ToolSpecs},
    schema::Loss,
};

/// The key that holds the form of the answer, among others.
pub(super) const TEXT: &str = "text";

pub(in super::super) fn encode(model: &str, dialect: &Dialect, request: &Request<'_>) -> Result<Encoded> {
    unanswered::check(request.messages)?;
    let options = request.options;
    let offer = Offer::of(NAME, request, dialect.enforces_name, dialect.allowed_tools)?;
    let mut losses = Vec::new();
    let marks = Marks::of(dialect, request, |role, part| role == Role::User && !matches!(part, Part::ToolResult(_)));
    marks.losses(request, true, &mut losses);
    let mut out = Vec::with_capacity(4096);
    let (extra, own) = inner(&options.extra, TEXT, request.format.is_some());
    let mut body = Body::begin(&mut out, &extra);
    body.field("model", model);
    let instructions = turns::instructions(request.messages);
    hosted::beside_instructions(NAME, instructions, 0, &mut losses);
    let instructions = turns::instruction_text(instructions);
    if !instructions.is_empty() {
        body.field("instructions", &instructions);
    }
    // The conversation is here: the service is to keep none of it.
    body.field("store", &false);
    if dialect.encrypted_reasoning {
        body.field("include", &["reasoning.encrypted_content"]);
    }
    if let Some(object) = body.open("input") {
        input::write_all(request, dialect, is_stored(request), &marks, object.key("input"), &mut losses);
    }
    if !offer.is_empty() {
        let encoded = encoded_tools(dialect, request.tools)?;
        losses.extend(tools::losses_of(Protocol::OpenAiResponses, dialect, request.tools));
        tools::strict_losses(request.tools, &encoded, &mut losses);
        if let Some(object) = body.open("tools") {
            offer.write(&encoded, &marks, object.key("tools"));
        }
        if let Some(object) = body.open("tool_choice") {
            choose(&offer, object.key("tool_choice"));
        }
        if let Some(parallel) = options.parallel_calls {
            match dialect.parallel_switch {
                true => body.field("parallel_tool_calls", &parallel),
                false if parallel => {}
                false => losses.push(lost("parallel_calls", "not known here; several calls may come in one turn")),
            }
        }
    }
    settings(&mut body, dialect, request, &mut losses);
    let answer = Answer::of(Protocol::OpenAiResponses, dialect, request, &mut losses)?;
    respond(&mut body, &answer, own);
    if request.stream {
        body.field("stream", &true);
    }
    body.end();
    Ok(Encoded { body: out, losses })
}

/// The caller has the service keep the conversation: items are known there by their ids.
fn is_stored(request: &Request<'_>) -> bool {
    let extra = &request.options.extra;
    extra.get("store") == Some(&Value::Bool(true)) || extra.contains_key("previous_response_id")
}

fn settings(body: &mut Body<'_>, dialect: &Dialect, request: &Request<'_>, losses: &mut Vec<Loss>) {
    let options = request.options;
    if let Some(limit) = options.max_tokens {
        body.field("max_output_tokens", &limit);
    }
    for (key, value) in [("temperature", options.temperature), ("top_p", options.top_p)] {
        match value {
            None => {}
            Some(value) if !value.is_finite() => losses.push(lost(key, "not a number")),
            Some(value) if dialect.sampling => body.field(key, &value),
            Some(_) => losses.push(lost(key, "the model refuses it; left out")),
        }
    }
    if !options.stop.is_empty() {
        losses.push(lost("stop", "the protocol has none; left out"));
    }
    if options.seed.is_some() {
        losses.push(lost("seed", "the protocol has none; left out"));
    }
    if let Some(effort) = options.reasoning.filter(|_| body.lacks("reasoning")) {
        match dialect.effort {
            EffortForm::Unknown => {
                losses.push(lost("reasoning", "the model does not think, as far as known; left out"));
            }
            _ => {
                if let Some(object) = body.open("reasoning") {
                    let mut inner = object.object("reasoning");
                    inner.field("effort", openai::effort(effort));
                    inner.end();
                }
            }
        }
    }
}

/// Writes the form of the answer; the caller's own keys beside it win.
fn respond(body: &mut Body<'_>, answer: &Answer<'_>, own: Option<&Map<String, Value>>) {
    if matches!(answer, Answer::Free) && own.is_none() {
        return;
    }
    let none = Map::new();
    let Some(object) = body.open(TEXT) else { return };
    let mut text = Body::begin(object.key(TEXT), own.unwrap_or(&none));
    if let (Answer::Json | Answer::Schema { .. }, Some(object)) = (answer, text.open("format")) {
        let mut format = object.object("format");
        match answer {
            Answer::Free => {}
            Answer::Json => format.field("type", "json_object"),
            Answer::Schema { of, json, strict, .. } => {
                format.field("type", "json_schema");
                format.text("name", &structured::name(of));
                if !of.description.is_empty() {
                    format.field("description", &of.description);
                }
                format.json("schema", json);
                if *strict {
                    format.field("strict", &true);
                }
            }
        }
        format.end();
    }
    text.end();
}

fn lost(option: &str, why: &str) -> Loss {
    Loss::new(option, option, why)
}

/// A tool that the service runs is called by its type, and by its name only where it has one.
fn run_by_service(origin: &Origin, mut object: Object<'_>) {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    for key in ["type", "server_label", "name"] {
        if let Some(value) = members.get(key) {
            object.json(key, value.get());
        }
    }
    object.end();
}

fn choose(offer: &Offer<'_>, out: &mut Vec<u8>) {
    match &offer.choice {
        Choice::Auto => write(out, "auto"),
        Choice::None => write(out, "none"),
        Choice::Required => write(out, "required"),
        Choice::Named(name) => named(offer, name, Object::begin(out)),
        Choice::Allowed(names) | Choice::Among(names) => {
            let is_forced = matches!(offer.choice, Choice::Allowed(_));
            let mut object = Object::begin(out);
            object.field("type", "allowed_tools");
            object.field("mode", if is_forced { "required" } else { "auto" });
            let mut list = object.list("tools");
            names.iter().for_each(|name| named(offer, name, list.object()));
            list.end();
            object.end();
        }
    }
}

fn named(offer: &Offer<'_>, name: &str, mut object: Object<'_>) {
    if let Some(origin) = offer.hosted_named(name) {
        return run_by_service(origin, object);
    }
    object.field("type", "function");
    object.field("name", name);
    object.end();
}

/// Each tool as the wire has it, made once per dialect.
pub(in super::super) fn encoded_tools(dialect: &Dialect, specs: &ToolSpecs) -> Result<Arc<[String]>> {
    tools::encoded(Protocol::OpenAiResponses, dialect, specs, tool)
}

fn tool(spec: &ToolSpec, parameters: &Parameters) -> Result<String> {
    let schema = &parameters.json;
    let mut json = tools::head("{\"type\":\"function\",", spec, schema);
    let _ = write!(json, ",\"parameters\":{schema}");
    hosted::put_back(NAME, spec, &mut json);
    // Left out, it would mean that the service makes the schema strict.
    if !hosted::is_unsaid("strict", NAME, spec) {
        json.push_str(if parameters.strict { tools::STRICT } else { ",\"strict\":false" });
    }
    json.push('}');
    Ok(json)
}
