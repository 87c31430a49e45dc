//! The request of Chat Completions, all but its messages.

use std::{fmt::Write as _, sync::Arc};

use super::{
    super::{
        CacheForm, Dialect, EffortForm, Encoded, LimitKey, Protocol,
        body::{Body, Object, write},
        hosted,
        marks::Marks,
        offer::{Choice, Offer},
        openai,
        structured::{self, Answer},
        tools::{self, Parameters},
    },
    NAME, messages,
};
use crate::{
    error::Result,
    message::{Part, Request, Role, ToolSpec, ToolSpecs},
    schema::Loss,
};

pub(in super::super) fn encode(model: &str, dialect: &Dialect, request: &Request<'_>) -> Result<Encoded> {
    let options = request.options;
    let offer = Offer::of(NAME, request, dialect.enforces_name, dialect.allowed_tools)?;
    let mut losses = Vec::new();
    let marks = Marks::of(dialect, request, |role, part| {
        matches!(role, Role::System | Role::User) && !matches!(part, Part::ToolResult(_))
    });
    marks.losses(request, dialect.cache == CacheForm::None, &mut losses);
    let mut out = Vec::with_capacity(4096);
    let mut body = Body::begin(&mut out, &options.extra);
    body.field("model", model);
    if let Some(object) = body.open("messages") {
        messages::write_all(request, dialect, &marks, object.key("messages"), &mut losses);
    }
    if !offer.is_empty() {
        let encoded = encoded_tools(dialect, request.tools)?;
        losses.extend(tools::losses_of(Protocol::OpenAiChat, dialect, request.tools));
        tools::strict_losses(request.tools, &encoded, &mut losses);
        if let Some(object) = body.open("tools") {
            offer.write(&encoded, &marks, object.key("tools"));
        }
        if let Some(object) = body.open("tool_choice") {
            choose(&offer, dialect, object.key("tool_choice"));
        }
        if let Some(parallel) = options.parallel_calls.or(dialect.parallel_on_request.then_some(true)) {
            match dialect.parallel_switch {
                true => body.field("parallel_tool_calls", &parallel),
                false if parallel => {}
                false => losses.push(lost("parallel_calls", "not known here; several calls may come in one turn")),
            }
        }
    }
    settings(&mut body, dialect, request, &mut losses);
    let answer = Answer::of(Protocol::OpenAiChat, dialect, request, &mut losses)?;
    respond(&mut body, &answer);
    if request.stream {
        body.field("stream", &true);
        if dialect.stream_options
            && let Some(object) = body.open("stream_options")
        {
            let mut inner = object.object("stream_options");
            inner.field("include_usage", &true);
            inner.end();
        }
    }
    body.end();
    Ok(Encoded { body: out, losses })
}

fn settings(body: &mut Body<'_>, dialect: &Dialect, request: &Request<'_>, losses: &mut Vec<Loss>) {
    let options = request.options;
    if let Some(limit) = options.max_tokens {
        let key = match dialect.limit_key {
            LimitKey::MaxTokens => "max_tokens",
            LimitKey::MaxCompletionTokens => "max_completion_tokens",
        };
        // Both keys together are refused: the caller's own spelling is enough.
        if body.lacks("max_tokens") && body.lacks("max_completion_tokens") {
            body.field(key, &limit);
        }
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
        match dialect.stop {
            true => body.field("stop", &options.stop),
            false => losses.push(lost("stop", "the model refuses it; left out")),
        }
    }
    if let Some(seed) = options.seed {
        match dialect.seed {
            true => body.field("seed", &seed),
            false => losses.push(lost("seed", "the service does not know it; left out")),
        }
    }
    if let Some(effort) = options.reasoning {
        match dialect.effort {
            EffortForm::Key => body.field("reasoning_effort", openai::effort(effort)),
            EffortForm::Unknown => losses.push(lost("reasoning", "no form of it is known here; left out")),
        }
    }
}

fn respond(body: &mut Body<'_>, answer: &Answer<'_>) {
    if matches!(answer, Answer::Free) {
        return;
    }
    let Some(object) = body.open("response_format") else { return };
    let mut format = object.object("response_format");
    match answer {
        Answer::Free => {}
        Answer::Json => format.field("type", "json_object"),
        Answer::Schema { of, json, strict, .. } => {
            format.field("type", "json_schema");
            let mut schema = format.object("json_schema");
            schema.text("name", &structured::name(of));
            if !of.description.is_empty() {
                schema.field("description", &of.description);
            }
            schema.json("schema", json);
            if *strict {
                schema.field("strict", &true);
            }
            schema.end();
        }
    }
    format.end();
}

fn lost(option: &str, why: &str) -> Loss {
    Loss::new(option, option, why)
}

fn choose(offer: &Offer<'_>, dialect: &Dialect, out: &mut Vec<u8>) {
    match &offer.choice {
        Choice::Auto => write(out, "auto"),
        Choice::None => write(out, "none"),
        Choice::Required => write(out, dialect.required),
        Choice::Named(name) => named(offer, name, Object::begin(out)),
        Choice::Allowed(names) | Choice::Among(names) => {
            let is_forced = matches!(offer.choice, Choice::Allowed(_));
            let mut object = Object::begin(out);
            object.field("type", "allowed_tools");
            let mut allowed = object.object("allowed_tools");
            allowed.field("mode", if is_forced { "required" } else { "auto" });
            let mut list = allowed.list("tools");
            names.iter().for_each(|name| named(offer, name, list.object()));
            list.end();
            allowed.end();
            object.end();
        }
    }
}

fn named(offer: &Offer<'_>, name: &str, mut object: Object<'_>) {
    let kind = if offer.hosted_named(name).is_some() { "custom" } else { "function" };
    object.field("type", kind);
    let mut tool = object.object(kind);
    tool.field("name", name);
    tool.end();
    object.end();
}

/// Each tool as the wire has it, made once per dialect.
pub(in super::super) fn encoded_tools(dialect: &Dialect, specs: &ToolSpecs) -> Result<Arc<[String]>> {
    tools::encoded(Protocol::OpenAiChat, dialect, specs, tool)
}

fn tool(spec: &ToolSpec, parameters: &Parameters) -> Result<String> {
    let schema = &parameters.json;
    let mut open = "{\"type\":\"function\"".to_owned();
    hosted::put_back_outer(NAME, spec, &mut open);
    open.push_str(",\"function\":{");
    let mut json = tools::head(&open, spec, schema);
    let _ = write!(json, ",\"parameters\":{schema}");
    hosted::put_back(NAME, spec, &mut json);
    json.push_str(if parameters.strict { tools::STRICT } else { "" });
    json.push_str("}}");
    Ok(json)
}
