//! Requests as a server reads them, all but the messages.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        super::{
            Incoming,
            decoder::parse,
            hosted,
            incoming::{under, whole},
            marks,
            structured::Asked,
            text::{Members, Str},
        },
        NAME,
    },
    said::messages,
};
use crate::{
    error::{Error, Result},
    message::{Effort, Origin, ToolChoice, ToolSpec, ToolSpecs},
};

pub(in super::super::super) fn read_request(body: &[u8]) -> Result<Incoming> {
    let text = str::from_utf8(body).map_err(|e| Error::decode(NAME, "not UTF-8").with_source(e))?;
    let members: Members<'_> = parse(NAME, text)?;
    let mut incoming = Incoming::default();
    for (key, value) in &members.0 {
        let json = value.get();
        let options = &mut incoming.options;
        match &**key {
            _ if json == "null" => {}
            "model" => incoming.model = under(NAME, key, value, "a text")?,
            "messages" => incoming.messages = messages(value)?,
            "tools" => incoming.tools = tools(under(NAME, key, value, "a list of tools")?)?,
            "tool_choice" => incoming.tool_choice = choice(value)?,
            "stream" => incoming.stream = under(NAME, key, value, "true or false")?,
            "stream_options" => {}
            "max_tokens" | "max_completion_tokens" => match whole(NAME, key, value)? {
                Some(most) => options.max_tokens = Some(most),
                None => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            "temperature" => options.temperature = Some(under(NAME, key, value, "a number")?),
            "top_p" => options.top_p = Some(under(NAME, key, value, "a number")?),
            "stop" if json.starts_with('"') => options.stop = vec![under(NAME, key, value, "a text")?],
            "stop" => options.stop = under(NAME, key, value, "a text or a list of texts")?,
            "seed" => match whole(NAME, key, value)? {
                Some(seed) => options.seed = Some(seed),
                None => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            "response_format" => match Asked::read(value) {
                Asked::Free => {}
                Asked::Form(format) => incoming.format = Some(format),
                Asked::Unknown => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            "parallel_tool_calls" => options.parallel_calls = Some(under(NAME, key, value, "true or false")?),
            "reasoning_effort" if serde_json::from_str::<Effort>(json).is_ok() => {
                options.reasoning = serde_json::from_str(json).ok();
            }
            other => drop(options.extra.insert(other.to_owned(), under(NAME, key, value, "JSON")?)),
        }
    }
    Ok(incoming)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireTool<'a> {
    #[serde(borrow)]
    function: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_control: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireFunction<'a> {
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
        let tool: WireTool<'_> = under(NAME, &format!("tools[{at}]"), raw, "a tool")?;
        let Some(inner) = tool.function else {
            others.push(Origin::new(NAME, raw.get()));
            continue;
        };
        let path = format!("tools[{at}].function");
        let function: WireFunction<'_> = under(NAME, &path, inner, "a function with a `name`, texts and a schema")?;
        let schema = function.parameters.map_or("{\"type\":\"object\",\"properties\":{}}", |raw| raw.get());
        let mut spec = ToolSpec::new(function.name, function.description.unwrap_or_default(), schema);
        spec.strict = function.strict.unwrap_or(false);
        spec.cache = marks::read(tool.cache_control);
        let more = hosted::more(NAME, inner, &["name", "description", "parameters", "strict"]);
        let outer = hosted::more(NAME, raw, &["type", "function", "cache_control"]);
        spec.origin = hosted::with_outer(more, outer);
        specs.push(spec);
    }
    Ok(ToolSpecs::new(specs).with_hosted(others))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireChoice {
    function: Option<Named>,
    custom: Option<Named>,
    allowed_tools: Option<Allowed>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Allowed {
    mode: String,
    tools: Vec<WireChoice>,
}

fn choice(raw: &RawValue) -> Result<ToolChoice> {
    if raw.get().starts_with('"') {
        return match parse::<Str<'_>>(NAME, raw.get())?.as_ref() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            word => Err(Error::decode(NAME, format!("tool_choice `{word}`: expected auto, none or required"))),
        };
    }
    match under::<WireChoice>(NAME, "tool_choice", raw, "auto, none, required or an object that names a tool")? {
        WireChoice { function: Some(named), .. } | WireChoice { custom: Some(named), .. } => {
            Ok(ToolChoice::Tool(named.name))
        }
        WireChoice { allowed_tools: Some(allowed), .. } => {
            let names =
                allowed.tools.into_iter().filter_map(|tool| tool.function.or(tool.custom)).map(|named| named.name);
            Ok(if allowed.mode == "required" { ToolChoice::any_of(names) } else { ToolChoice::auto_of(names) })
        }
        _ => Err(Error::decode(NAME, "a tool_choice that names no function")),
    }
}
