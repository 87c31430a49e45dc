//! Requests as a server reads them, all but the conversation.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    super::{
        super::{
            Incoming,
            decoder::parse,
            hosted,
            incoming::{under, whole},
            structured,
            text::{Members, Str},
        },
        NAME,
        request::TEXT,
    },
    items::messages,
};
use crate::{
    error::{Error, Result},
    message::{Effort, Message, Origin, ToolChoice, ToolSpec, ToolSpecs},
};

pub(in super::super::super) fn read_request(body: &[u8]) -> Result<Incoming> {
    let text = str::from_utf8(body).map_err(|e| Error::decode(NAME, "not UTF-8").with_source(e))?;
    let members: Members<'_> = parse(NAME, text)?;
    let mut incoming = Incoming::default();
    let mut instructions: Option<String> = None;
    for (key, value) in &members.0 {
        let json = value.get();
        let options = &mut incoming.options;
        match &**key {
            _ if json == "null" => {}
            "model" => incoming.model = under(NAME, key, value, "a text")?,
            "instructions" => instructions = Some(under(NAME, key, value, "a text")?),
            "input" => incoming.messages = messages(value)?,
            "tools" => incoming.tools = tools(under(NAME, key, value, "a list of tools")?)?,
            "tool_choice" => {
                let (choice, is_all) = choice(value)?;
                incoming.tool_choice = choice;
                if !is_all {
                    options.extra.insert(key.to_string(), parse(NAME, json)?);
                }
            }
            "stream" => incoming.stream = under(NAME, key, value, "true or false")?,
            "max_output_tokens" => match whole(NAME, key, value)? {
                Some(most) => options.max_tokens = Some(most),
                None => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            "temperature" => options.temperature = Some(under(NAME, key, value, "a number")?),
            "top_p" => options.top_p = Some(under(NAME, key, value, "a number")?),
            "parallel_tool_calls" => options.parallel_calls = Some(under(NAME, key, value, "true or false")?),
            "reasoning" => {
                let (effort, is_all) = effort(value);
                options.reasoning = effort;
                if !is_all {
                    options.extra.insert(key.to_string(), under(NAME, key, value, "an object")?);
                }
            }
            TEXT => incoming.format = structured::read(NAME, key, value, &mut options.extra)?,
            // What is sent anyhow.
            "store" if json == "false" => {}
            other => drop(options.extra.insert(other.to_owned(), under(NAME, key, value, "JSON")?)),
        }
    }
    // Unless told otherwise, the service keeps the conversation, and items may be known by their ids alone.
    if members.get("store").is_none_or(|store| store.get() == "null") {
        incoming.options.extra.insert("store".to_owned(), Value::Bool(true));
    }
    if let Some(text) = instructions.filter(|text| !text.is_empty()) {
        incoming.messages.insert(0, Message::system(text));
    }
    Ok(incoming)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireTool<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    name: String,
    description: Option<String>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    strict: Option<bool>,
}

/// The functions; tools of another kind are the service's own.
fn tools(wire: Vec<&RawValue>) -> Result<ToolSpecs> {
    let (mut specs, mut others) = (Vec::new(), Vec::new());
    for (at, raw) in wire.into_iter().enumerate() {
        let path = format!("tools[{at}]");
        let tool: WireTool<'_> = under(NAME, &path, raw, "a tool; a function has a `name`, texts and a schema")?;
        if tool.kind.as_deref() != Some("function") {
            others.push(Origin::new(NAME, raw.get()));
            continue;
        }
        let schema = tool.parameters.map(RawValue::get).filter(|schema| *schema != "null");
        let schema = schema.unwrap_or("{\"type\":\"object\",\"properties\":{}}");
        let mut spec = ToolSpec::new(tool.name, tool.description.unwrap_or_default(), schema);
        spec.strict = tool.strict.unwrap_or(false);
        spec.origin = hosted::more(NAME, raw, &["type", "name", "description", "parameters", "strict"]);
        if tool.strict.is_none() {
            // Not said is not `false`: the service makes strict what it can.
            spec.origin = hosted::unsaid("strict", NAME, spec.origin.as_ref());
        }
        specs.push(spec);
    }
    Ok(ToolSpecs::new(specs).with_hosted(others))
}

/// The effort, and whether that is all of it.
fn effort(raw: &RawValue) -> (Option<Effort>, bool) {
    let members = serde_json::from_str::<Members<'_>>(raw.get()).unwrap_or_default();
    let effort = members.get("effort").and_then(|value| serde_json::from_str(value.get()).ok());
    let others = members.0.iter().any(|(key, value)| &**key != "effort" && value.get() != "null");
    (effort, effort.is_some() && !others)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireChoice {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    mode: Option<String>,
    tools: Vec<WireChoice>,
}

/// A tool choice, and whether that is all of it: tools that the service runs are told apart by more than a name.
fn choice(raw: &RawValue) -> Result<(ToolChoice, bool)> {
    if raw.get().starts_with('"') {
        return match parse::<Str<'_>>(NAME, raw.get())?.as_ref() {
            "auto" => Ok((ToolChoice::Auto, true)),
            "none" => Ok((ToolChoice::None, true)),
            "required" => Ok((ToolChoice::Required, true)),
            word => Err(Error::decode(NAME, format!("tool_choice `{word}`: expected auto, none or required"))),
        };
    }
    let wire: WireChoice = under(NAME, "tool_choice", raw, "auto, none, required or an object that names a tool")?;
    Ok(match (wire.kind.as_str(), wire.name) {
        ("function", Some(name)) => (ToolChoice::Tool(name), true),
        ("allowed_tools", _) => {
            let functions = wire.tools.iter().all(|tool| tool.kind == "function");
            let names = wire.tools.into_iter().map(|tool| tool.name.unwrap_or(tool.kind));
            match wire.mode.as_deref() {
                Some("required") => (ToolChoice::any_of(names), functions),
                _ => (ToolChoice::auto_of(names), functions),
            }
        }
        _ => (ToolChoice::Auto, false),
    })
}
