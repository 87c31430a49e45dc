//! The tools of a request: which are offered, how each is written, and how a toolbox looks on the wire.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    Dialect, Protocol, anthropic,
    body::{List, write},
    ids, openai_chat,
    text::{Members, Str},
};
use crate::{
    error::{Error, Result},
    message::{Request, ToolChoice, ToolSpec, ToolSpecs},
    schema::Loss,
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
            Protocol::Anthropic => (anthropic::encoded_tools(&dialect, self.specs())?, Vec::new()),
        };
        strict_losses(self.specs(), &encoded, &mut losses);
        losses.extend(self.specs().as_slice().iter().flat_map(|spec| schema_losses(protocol, spec)));
        Ok(Wire { json: format!("[{}]", encoded.join(",")), losses })
    }
}

/// The end of a tool that is sent in the strict form.
pub(super) const STRICT: &str = ",\"strict\":true";

/// Which tools go out, and what is asked of the model with them.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    specs: &'a [ToolSpec],
    /// Only these.
    only: Option<&'a [String]>,
    pub(super) choice: Choice<'a>,
}

/// A tool choice that a wire can say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    Auto,
    None,
    Required,
    Named(&'a str),
    /// At least one of these, though more are offered.
    Allowed(&'a [String]),
}

impl<'a> Offer<'a> {
    /// `by_name`: the service calls the tool that is named; `allowed`: it knows lists of allowed tools. What it does
    /// not know is said by offering fewer tools.
    pub(super) fn of(protocol: &'static str, request: &Request<'a>, by_name: bool, allowed: bool) -> Result<Self> {
        let specs = request.tools.as_slice();
        let check = |name: &String| match specs.iter().any(|spec| spec.name == *name) {
            true => Ok(()),
            false => {
                let names: Vec<_> = specs.iter().take(20).map(|spec| spec.name.as_str()).collect();
                let detail = format!("the tool choice names `{name}`, and the tools are: {}", names.join(", "));
                Err(Error::encode(protocol, detail))
            }
        };
        let (only, choice) = match request.tool_choice {
            ToolChoice::Auto => (None, Choice::Auto),
            ToolChoice::None => (None, Choice::None),
            ToolChoice::Required if specs.is_empty() => {
                return Err(Error::encode(protocol, "a call is demanded, and there are no tools"));
            }
            ToolChoice::Required => (None, Choice::Required),
            ToolChoice::Tool(name) => {
                check(name)?;
                match by_name {
                    true => (None, Choice::Named(name)),
                    false => (Some(std::slice::from_ref(name)), Choice::Required),
                }
            }
            ToolChoice::AnyOf(names) => {
                names.iter().try_for_each(check)?;
                match names.as_slice() {
                    [] => return Err(Error::encode(protocol, "a call of one of no tools is demanded")),
                    [name] if by_name => (None, Choice::Named(name)),
                    names if allowed => (None, Choice::Allowed(names)),
                    names => (Some(names), Choice::Required),
                }
            }
        };
        Ok(Self { specs, only, choice })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// Appends the list of tools: those offered, as bytes made before.
    pub(super) fn write(&self, encoded: &[String], out: &mut Vec<u8>) {
        if self.only.is_none() {
            out.reserve(encoded.iter().map(|json| json.len() + 1).sum::<usize>() + 256);
        }
        let mut list = List::begin(out);
        for (spec, json) in self.specs.iter().zip(encoded) {
            if self.only.is_none_or(|only| only.contains(&spec.name)) {
                list.item().extend_from_slice(json.as_bytes());
            }
        }
        list.end();
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    write(&mut out, text);
    String::from_utf8_lossy(&out).into_owned()
}

/// The schema of a tool's arguments as both wires want it: an object that says so.
///
/// What is no object is sent as it stands (see [`schema_losses`]); what is no schema at all is an error, as is a name
/// that every service refuses.
pub(super) fn schema<'a>(protocol: &'static str, spec: &'a ToolSpec) -> Result<Cow<'a, str>> {
    let name = &spec.name;
    if !ids::is_name(name, 128) {
        let detail = format!("the tool name `{name}`: expected up to 64 letters, digits, `_` and `-`");
        return Err(Error::encode(protocol, detail));
    }
    let text = spec.schema.trim();
    if matches!(text, "" | "true" | "null") {
        return Ok("{\"type\":\"object\",\"properties\":{}}".into());
    }
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
        let detail = format!("the schema of tool `{name}`: expected JSON Schema, an object");
        return Err(Error::encode(protocol, detail));
    };
    let object = kind(&members).is_none_or(|kind| kind == "object");
    let mut head = String::new();
    if object && members.get("type").is_none() {
        head.push_str("\"type\":\"object\",");
    }
    // OpenAI refuses an object that does not list its properties.
    let combined = ["$ref", "anyOf", "oneOf", "allOf"].iter().any(|key| members.get(key).is_some());
    if object && !combined && members.get("properties").is_none() {
        head.push_str("\"properties\":{},");
    }
    if head.is_empty() {
        return Ok(text.into());
    }
    if members.0.is_empty() {
        head.pop();
    }
    Ok(format!("{{{head}{}", &text[1..]).into())
}

fn kind<'a>(members: &Members<'a>) -> Option<Cow<'a, str>> {
    let raw: &RawValue = members.get("type")?;
    Some(serde_json::from_str::<Str<'_>>(raw.get()).map_or_else(|_| Cow::Borrowed(raw.get()), |text| text.0))
}

/// What a service will not accept of a schema, though it is sent.
pub(super) fn schema_losses(protocol: Protocol, spec: &ToolSpec) -> Vec<Loss> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(&spec.schema) else { return Vec::new() };
    let path = format!("tools.{}", spec.name);
    let mut losses = Vec::new();
    if kind(&members).is_some_and(|kind| kind != "object") {
        losses.push(Loss::new(&path, "type", "a tool's arguments are an object; services refuse any other type"));
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if protocol == Protocol::Anthropic && members.get(key).is_some() {
            losses.push(Loss::new(&path, key, "refused at the root of a tool's schema"));
        }
    }
    losses
}

/// Tools that ask for the strict form and are not sent in it.
pub(super) fn strict_losses(specs: &ToolSpecs, encoded: &[String], losses: &mut Vec<Loss>) {
    for (spec, json) in specs.as_slice().iter().zip(encoded).filter(|(spec, _)| spec.strict) {
        if !json.trim_end_matches('}').ends_with(STRICT) {
            let why = "the service knows no strict tools, or the schema is not in their form; sent as an ordinary one";
            losses.push(Loss::new(format!("tools.{}", spec.name), "strict", why));
        }
    }
}
