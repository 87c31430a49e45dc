//! How a tool is written: the form of its schema, and how a toolbox looks on the wire.

use std::{borrow::Cow, sync::Arc};

use super::{
    Dialect, Protocol, StrictSize, anthropic, body::write, gemini, hosted, ids, openai_chat, openai_responses,
    text::Members,
};
use crate::{
    error::{Error, Result},
    message::{ToolSpec, ToolSpecs},
    schema::{Fitted, Form, Illegal, Loss, MOST_OPTIONAL, MOST_UNIONS},
    toolbox::Toolbox,
};

/// The tools exactly as a service receives them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// The JSON array under `tools`.
    pub json: String,
    /// What the protocol has no form for.
    pub losses: Vec<Loss>,
}

impl Toolbox {
    /// The tools exactly as the protocol's own service receives them.
    ///
    /// # Errors
    /// A tool that can't be sent so at all: its name or its schema is refused.
    pub fn wire(&self, protocol: Protocol) -> Result<Wire> {
        let dialect = Dialect::official(protocol, "");
        let (encoded, mut losses) = match protocol {
            Protocol::OpenAiChat => (openai_chat::encoded_tools(&dialect, self.specs())?, Vec::new()),
            Protocol::OpenAiResponses => (openai_responses::encoded_tools(&dialect, self.specs())?, Vec::new()),
            Protocol::Anthropic => (anthropic::encoded_tools(&dialect, self.specs())?, Vec::new()),
            Protocol::Gemini => (gemini::encoded_tools(&dialect, self.specs())?, Vec::new()),
        };
        losses.extend(losses_of(protocol, &dialect, self.specs()));
        let list = format!("[{}]", encoded.join(","));
        if protocol == Protocol::Gemini {
            // Strictness is a mode of the whole request there.
            return Ok(Wire { json: format!("[{{\"functionDeclarations\":{list}}}]"), losses });
        }
        strict_losses(self.specs(), &encoded, &mut losses);
        Ok(Wire { json: list, losses })
    }
}

/// The end of a tool that is sent in the strict form.
pub(super) const STRICT: &str = ",\"strict\":true";

/// A text as JSON.
fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    write(&mut out, text);
    String::from_utf8_lossy(&out).into_owned()
}

/// Each tool as `tool` writes it, made once per dialect.
pub(super) fn encoded(
    protocol: Protocol,
    dialect: &Dialect,
    specs: &ToolSpecs,
    tool: impl Fn(&ToolSpec, &Parameters) -> Result<String>,
) -> Result<Arc<[String]>> {
    encoded_in(StrictRoom::of(protocol), protocol, dialect, specs, tool)
}

/// The same where a part of the room is taken.
pub(super) fn encoded_in(
    mut room: StrictRoom,
    protocol: Protocol,
    dialect: &Dialect,
    specs: &ToolSpecs,
    tool: impl Fn(&ToolSpec, &Parameters) -> Result<String>,
) -> Result<Arc<[String]>> {
    let (name, size) = (protocol.name(), dialect.strict_size);
    let key = match (dialect.strict, dialect.strict_if_lossless) {
        (true, unasked) if room == StrictRoom::of(protocol) => Cow::Owned(format!("{name} strict {size:?} {unasked}")),
        (true, unasked) => Cow::Owned(format!("{name} strict {size:?} {unasked} {room:?}")),
        (false, _) => Cow::Borrowed(name),
    };
    specs.encoded(&key, |spec| tool(spec, &parameters(protocol, dialect, spec, &mut room)?))
}

/// The beginning of a tool: what stands before its name, the name, the description.
pub(super) fn head(open: &str, spec: &ToolSpec, schema: &str) -> String {
    let mut json = String::with_capacity(schema.len() + spec.description.len() + 96);
    json.push_str(open);
    json.push_str("\"name\":");
    json.push_str(&quoted(&spec.name));
    if !spec.description.is_empty() {
        json.push_str(",\"description\":");
        json.push_str(&quoted(&spec.description));
    }
    json
}

/// The schema of a tool's arguments as a wire wants it.
#[derive(Debug)]
pub(super) struct Parameters {
    pub(super) json: String,
    pub(super) strict: bool,
    losses: Vec<Loss>,
}

/// The schema in the form that takes it: the strict one where it is asked for, or loses nothing; `room` decides about a
/// strict form that is limited over all tools.
///
/// # Errors
/// What is no schema at all; a name that every service refuses; a tool that must be strict, on OpenAI's wires, and can't be.
fn parameters(protocol: Protocol, dialect: &Dialect, spec: &ToolSpec, room: &mut StrictRoom) -> Result<Parameters> {
    let (lax, strict) = forms(protocol);
    let name = &spec.name;
    let longest = if protocol == Protocol::OpenAiChat { 64 } else { 128 };
    let (also, more) = if protocol == Protocol::Gemini { (".:", ", `.`, `:`") } else { ("", "") };
    if !ids::is_name_with(name, longest, also) {
        let detail = format!("the tool name `{name}`: expected up to {longest} letters, digits{more}, `_` and `-`");
        return Err(Error::encode(protocol.name(), detail));
    }
    let illegal = |fault: Illegal| Error::encode(protocol.name(), format!("the schema of tool `{name}`: {fault}"));
    let wanted = dialect.strict && spec.strict;
    let mut losses = Vec::new();
    if wanted || (dialect.strict && dialect.strict_if_lossless && spec.strict_if_lossless) {
        let fitted = strict.fit(&spec.schema);
        match fitted.and_then(|fitted| dialect.strict_size.holds(strict, fitted)) {
            Ok(fitted) if wanted && room.take(&fitted) => {
                return Ok(Parameters { json: fitted.json, strict: true, losses: fitted.losses });
            }
            Ok(fitted) if !wanted && fitted.losses.is_empty() => {
                return Ok(Parameters { json: fitted.json, strict: true, losses });
            }
            Err(fault) if wanted && strict == Form::OpenAiStrict => return Err(illegal(fault)),
            Err(fault) if wanted => losses.push(Loss::new("", "strict", format!("{fault}; sent as an ordinary one"))),
            Ok(_) if wanted => {
                let why = "the service takes no more strict tools in one request; sent as an ordinary one";
                losses.push(Loss::new("", "strict", why));
            }
            _ => {}
        }
    }
    match lax.fit(&spec.schema) {
        Ok(fitted) => {
            losses.extend(fitted.losses);
            Ok(Parameters { json: fitted.json, strict: false, losses })
        }
        Err(fault) => {
            let json = as_it_stands(&spec.schema).ok_or_else(|| illegal(fault.clone()))?;
            losses.push(Loss::new(
                &fault.path,
                "schema",
                format!("{}; sent as it stands, and likely refused", fault.why),
            ));
            Ok(Parameters { json, strict: false, losses })
        }
    }
}

/// A schema that no service is known to take, where it is an object at all: a gateway leaves it to the service.
fn as_it_stands(schema: &str) -> Option<String> {
    let text = schema.trim();
    let members = serde_json::from_str::<Members<'_>>(text).ok()?;
    Some(match members.get("type").is_some() {
        true => text.to_owned(),
        false => format!("{{\"type\":\"object\",{}", &text[1..]),
    })
}

impl StrictSize {
    /// The schema, where it is no larger than this.
    pub(super) fn holds(self, form: Form, fitted: Fitted) -> std::result::Result<Fitted, Illegal> {
        if self == Self::Small && form == Form::OpenAiStrict {
            fitted.totals.hold_small()?;
        }
        Ok(fitted)
    }
}

fn forms(protocol: Protocol) -> (Form, Form) {
    match protocol {
        Protocol::OpenAiChat | Protocol::OpenAiResponses => (Form::OpenAi, Form::OpenAiStrict),
        Protocol::Anthropic => (Form::Anthropic, Form::AnthropicStrict),
        // Strictness is a mode of the whole request there.
        Protocol::Gemini => (Form::GeminiJson, Form::GeminiJson),
    }
}

/// How many strict tools, properties that may be left out and values of several types one request may still have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StrictRoom {
    tools: usize,
    optional: usize,
    unions: usize,
}

impl StrictRoom {
    /// What the protocol's own service takes.
    pub(super) fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Anthropic => Self { tools: 20, optional: MOST_OPTIONAL, unions: MOST_UNIONS },
            _ => Self { tools: usize::MAX, optional: usize::MAX, unions: usize::MAX },
        }
    }

    /// What is left beside the form of an answer with so many of these.
    pub(super) fn beside(self, optional: usize, unions: usize) -> Self {
        let (optional, unions) = (self.optional.saturating_sub(optional), self.unions.saturating_sub(unions));
        Self { optional, unions, ..self }
    }

    fn take(&mut self, fitted: &Fitted) -> bool {
        let left = (self.tools.checked_sub(1), self.optional.checked_sub(fitted.totals.optional));
        match (left, self.unions.checked_sub(fitted.totals.unions)) {
            ((Some(tools), Some(optional)), Some(unions)) => {
                *self = Self { tools, optional, unions };
                true
            }
            _ => false,
        }
    }
}

/// What the form of the tools' schemas could not say, each with the tool's name in its path.
pub(super) fn losses_of(protocol: Protocol, dialect: &Dialect, specs: &ToolSpecs) -> Vec<Loss> {
    losses_in(StrictRoom::of(protocol), protocol, dialect, specs)
}

/// The same where a part of the room is taken.
pub(super) fn losses_in(mut room: StrictRoom, protocol: Protocol, dialect: &Dialect, specs: &ToolSpecs) -> Vec<Loss> {
    let mut losses = hosted::losses(protocol.name(), specs);
    for spec in specs.as_slice() {
        // Nothing is lost of an ordinary tool of ours whose root says at once that it is an object.
        let ours = spec.strict_if_lossless && spec.schema.starts_with("{\"type\":\"object\"");
        if ours && !(spec.strict && dialect.strict) {
            continue;
        }
        let Ok(parameters) = parameters(protocol, dialect, spec, &mut room) else { continue };
        losses.extend(parameters.losses.into_iter().map(|loss| {
            let dot = if loss.path.is_empty() { "" } else { "." };
            Loss { path: format!("tools.{}{dot}{}", spec.name, loss.path), ..loss }
        }));
    }
    losses
}

/// Tools that ask for the strict form and are not sent in it.
pub(super) fn strict_losses(specs: &ToolSpecs, encoded: &[String], losses: &mut Vec<Loss>) {
    for (spec, json) in specs.as_slice().iter().zip(encoded).filter(|(spec, _)| spec.strict) {
        let known = format!("tools.{}", spec.name);
        if losses.iter().any(|loss| loss.path == known && loss.keyword == "strict") {
            continue;
        }
        if !json.trim_end_matches('}').ends_with(STRICT) {
            let why = "the service knows no strict tools, or the schema is not in their form; sent as an ordinary one";
            losses.push(Loss::new(format!("tools.{}", spec.name), "strict", why));
        }
    }
}
