//! Requests as a server reads them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    super::{
        Incoming,
        decoder::parse,
        hosted, marks,
        structured::{self, Asked},
        text::{Members, Str},
    },
    NAME,
    request::OUTPUT,
};
use super::said::{instructions, messages};
use crate::{
    error::{Error, Result},
    message::{Message, Origin, Role, ToolChoice, ToolSpec, ToolSpecs},
};

pub(in super::super::super) fn read_request(body: &[u8]) -> Result<Incoming> {
    let text = str::from_utf8(body).map_err(|e| Error::decode(NAME, "not UTF-8").with_source(e))?;
    let members: Members<'_> = parse(NAME, text)?;
    let mut incoming = Incoming::default();
    let mut system = Vec::new();
    for (key, value) in &members.0 {
        let json = value.get();
        let options = &mut incoming.options;
        match &**key {
            _ if json == "null" => {}
            "model" => incoming.model = parse(NAME, json)?,
            "system" => system = instructions(value)?,
            "messages" => incoming.messages = messages(parse(NAME, json)?)?,
            "tools" => incoming.tools = tools(parse(NAME, json)?)?,
            "tool_choice" => {
                let choice: Choice = parse(NAME, json)?;
                options.parallel_calls = choice.disable_parallel_tool_use.map(|disable| !disable);
                incoming.tool_choice = choice.read()?;
            }
            "stream" => incoming.stream = parse(NAME, json)?,
            "max_tokens" => options.max_tokens = Some(parse(NAME, json)?),
            "temperature" => options.temperature = Some(parse(NAME, json)?),
            "top_p" => options.top_p = Some(parse(NAME, json)?),
            "stop_sequences" => options.stop = parse(NAME, json)?,
            // The key of the first beta is one for the form alone.
            OUTPUT => {
                let format = structured::read(NAME, key, value, &mut options.extra)?;
                incoming.format = format.or(incoming.format.take());
            }
            "output_format" => match Asked::read(value) {
                Asked::Free => {}
                Asked::Form(format) => incoming.format = Some(format),
                Asked::Unknown => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            other => {
                options.extra.insert(other.to_owned(), parse(NAME, json)?);
            }
        }
    }
    if !system.is_empty() {
        incoming.messages.insert(0, Message::new(Role::System, system));
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
    input_schema: Option<&'a RawValue>,
    strict: Option<bool>,
    #[serde(borrow)]
    cache_control: Option<&'a RawValue>,
}

/// The tools with a schema; those of a type that the service knows are its own.
fn tools(wire: Vec<&RawValue>) -> Result<ToolSpecs> {
    let (mut specs, mut others) = (Vec::new(), Vec::new());
    for raw in wire {
        let tool: WireTool<'_> = parse(NAME, raw.get())?;
        if !matches!(tool.kind.as_deref(), None | Some("custom" | "")) {
            others.push(Origin::new(NAME, raw.get()));
            continue;
        }
        let schema = tool.input_schema.map_or("{\"type\":\"object\",\"properties\":{}}", |raw| raw.get());
        let mut spec = ToolSpec::new(tool.name, tool.description.unwrap_or_default(), schema);
        spec.strict = tool.strict.unwrap_or(false);
        spec.cache = marks::read(tool.cache_control);
        let known = ["type", "name", "description", "input_schema", "strict", "cache_control"];
        spec.origin = hosted::more(NAME, raw, &known);
        specs.push(spec);
    }
    Ok(ToolSpecs::new(specs).with_hosted(others))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    disable_parallel_tool_use: Option<bool>,
}

impl Choice {
    fn read(self) -> Result<ToolChoice> {
        match (self.kind.as_str(), self.name) {
            ("auto", _) => Ok(ToolChoice::Auto),
            ("none", _) => Ok(ToolChoice::None),
            ("any", _) => Ok(ToolChoice::Required),
            ("tool", Some(name)) => Ok(ToolChoice::Tool(name)),
            (kind, _) => {
                let detail = format!("tool_choice of type `{kind}`: expected auto, none, any or tool with a name");
                Err(Error::decode(NAME, detail))
            }
        }
    }
}
