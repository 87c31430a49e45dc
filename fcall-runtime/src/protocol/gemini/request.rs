//! The request of generateContent, all but its contents and how to generate.

use std::sync::Arc;

use super::{
    super::{
        Dialect, Encoded, Protocol,
        body::{Body, Object, inner},
        hosted,
        marks::Marks,
        offer::{Choice, Offer},
        structured::Answer,
        text::Members,
        tools::{self, Parameters},
        turns,
    },
    NAME, contents,
    continuation::{self, TOKEN},
    generation,
};
use crate::{
    error::{Error, Result},
    message::{Request, ToolSpec, ToolSpecs},
    schema::Loss,
};

/// The key that holds the options.
pub(super) const GENERATION: &str = "generationConfig";

pub(in super::super) fn encode(model: &str, dialect: &Dialect, request: &Request<'_>) -> Result<Encoded> {
    let options = request.options;
    let offer = Offer::of(NAME, request, true, true)?;
    let mut losses = Vec::new();
    let marks = Marks::of(dialect, request, |_, _| false);
    marks.losses(request, true, &mut losses);
    let mut out = Vec::with_capacity(4096);
    let (extra, own) = inner(&options.extra, GENERATION, true);
    let mut body = Body::begin(&mut out, &extra);
    let instructions = turns::instructions(request.messages);
    hosted::beside_instructions(NAME, instructions, 0, &mut losses);
    let instructions = turns::instruction_text(instructions);
    if !instructions.trim().is_empty()
        && let Some(object) = body.open("systemInstruction")
    {
        let mut system = object.object("systemInstruction");
        let mut parts = system.list("parts");
        let mut part = parts.object();
        part.field("text", &instructions);
        part.end();
        parts.end();
        system.end();
    }
    let (messages, token) = continuation::resumed(request.messages);
    if let Some(object) = body.open("contents") {
        contents::write_all(&Request { messages, ..*request }, dialect, object.key("contents"), &mut losses);
    }
    if !offer.is_empty() {
        let encoded = encoded_tools(dialect, request.tools)?;
        losses.extend(tools::losses_of(Protocol::Gemini, dialect, request.tools));
        if let Some(object) = body.open("tools") {
            let mut list = object.list("tools");
            if offer.has_functions() {
                let mut tool = list.object();
                let mut functions = tool.list("functionDeclarations");
                offer.functions(&encoded, &marks, &mut functions);
                functions.end();
                tool.end();
            }
            for origin in offer.hosted() {
                list.item().extend_from_slice(origin.json.as_bytes());
            }
            list.end();
        }
        if let Some(origin) = offer.forces_hosted() {
            let name = hosted::name(origin);
            let detail = format!("the tool choice names `{name}`, and a tool that the service runs can't be forced");
            return Err(Error::encode(NAME, detail));
        }
        let strict = request.tools.as_slice().iter().any(|spec| spec.strict);
        if (strict || offer.choice != Choice::Auto)
            && let Some(object) = body.open("toolConfig")
        {
            choose(&offer.choice, object.object("toolConfig"));
        }
        if options.parallel_calls == Some(false) {
            losses.push(Loss::new("parallel_calls", "parallel_calls", "the protocol has no such switch; left out"));
        }
    }
    let answer = Answer::of(Protocol::Gemini, dialect, request, &mut losses)?;
    if body.lacks(GENERATION) {
        let config = generation::config(model, dialect, options, &answer, own, &mut losses);
        if let (Some(config), Some(object)) = (config, body.open(GENERATION)) {
            object.key(GENERATION).extend_from_slice(&config);
        }
    }
    if let (Some(token), Some(object)) = (token, body.open(TOKEN)) {
        object.json(TOKEN, token.get());
    }
    body.end();
    Ok(Encoded { body: out, losses })
}

fn choose(choice: &Choice<'_>, mut object: Object<'_>) {
    let mut config = object.object("functionCallingConfig");
    config.field(
        "mode",
        match choice {
            // Strict tools: text, or a call that keeps to its schema.
            Choice::Auto | Choice::Among(_) => "VALIDATED",
            Choice::None => "NONE",
            Choice::Required | Choice::Named(_) | Choice::Allowed(_) => "ANY",
        },
    );
    match choice {
        Choice::Named(name) => config.field("allowedFunctionNames", &[name]),
        Choice::Allowed(names) | Choice::Among(names) => config.field("allowedFunctionNames", names),
        Choice::Auto | Choice::None | Choice::Required => {}
    }
    config.end();
    object.end();
}

/// Each tool as the wire has it, made once per dialect.
pub(in super::super) fn encoded_tools(dialect: &Dialect, specs: &ToolSpecs) -> Result<Arc<[String]>> {
    tools::encoded(Protocol::Gemini, dialect, specs, tool)
}

fn tool(spec: &ToolSpec, parameters: &Parameters) -> Result<String> {
    let schema = &parameters.json;
    if !spec.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        let detail = format!("the tool name `{}`: expected a letter or `_` at its start", spec.name);
        return Err(Error::encode(NAME, detail));
    }
    let mut json = tools::head("{", spec, schema);
    if has_parameters(schema) {
        json.push_str(",\"parametersJsonSchema\":");
        json.push_str(schema);
    }
    hosted::put_back(NAME, spec, &mut json);
    json.push('}');
    Ok(json)
}

/// The service refuses a schema that asks for nothing.
fn has_parameters(schema: &str) -> bool {
    let members: Members<'_> = serde_json::from_str(schema).unwrap_or_default();
    let says_nothing = |key: &str, value: &str| {
        let value = value.trim();
        match key {
            "type" | "title" | "description" | "$schema" => true,
            "properties" => serde_json::from_str::<Members<'_>>(value).is_ok_and(|members| members.0.is_empty()),
            "required" => serde_json::from_str::<Vec<&str>>(value).is_ok_and(|names| names.is_empty()),
            "additionalProperties" => value == "false",
            _ => false,
        }
    };
    !members.0.iter().all(|(key, value)| says_nothing(key, value.get()))
}
