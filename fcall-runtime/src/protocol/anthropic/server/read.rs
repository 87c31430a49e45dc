//! Requests as a server reads them.

use std::collections::HashMap;

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
    response::{Block, extras},
};
use crate::{
    error::{Error, Result},
    message::{
        CacheMark, Content, Media, Message, Origin, Part, Role, Source, Text, ToolCall, ToolChoice, ToolResult,
        ToolSpec, ToolSpecs,
    },
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
struct Wire<'a> {
    #[serde(borrow)]
    role: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// What a user's message can hold besides text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given<'a> {
    #[serde(borrow)]
    tool_use_id: Option<Str<'a>>,
    is_error: bool,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    source: Option<Origins<'a>>,
    #[serde(borrow)]
    title: Option<Str<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Origins<'a> {
    #[serde(borrow)]
    media_type: Option<Str<'a>>,
    #[serde(borrow)]
    data: Option<Str<'a>>,
    #[serde(borrow)]
    url: Option<Str<'a>>,
    #[serde(borrow)]
    file_id: Option<Str<'a>>,
}

/// A text stands for one text block.
fn each(raw: &RawValue, mut take: impl FnMut(&RawValue, Block<'_>) -> Result<()>) -> Result<Option<String>> {
    if raw.get().starts_with('"') {
        return parse(NAME, raw.get()).map(Some);
    }
    for raw in parse::<Option<Vec<&RawValue>>>(NAME, raw.get())?.unwrap_or_default() {
        take(raw, parse(NAME, raw.get())?)?;
    }
    Ok(None)
}

fn instructions(raw: &RawValue) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let text = each(raw, |_, block| {
        parts.extend(block.text.map(|text| Part::text(text.into_string())));
        parts.extend(marks::read(block.cache_control).map(Part::CacheMark));
        Ok(())
    })?;
    parts.extend(text.map(Part::text));
    Ok(parts)
}

fn messages(wire: Vec<Wire<'_>>) -> Result<Vec<Message>> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut messages = Vec::new();
    for said in wire {
        let role = match said.role.as_deref().unwrap_or_default() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            role => return Err(Error::decode(NAME, format!("the role `{role}`: expected user or assistant"))),
        };
        let (mut parts, mut results) = (Vec::new(), Vec::new());
        if let Some(raw) = said.content {
            let text = each(raw, |raw, block| {
                let mut mark = marks::read(block.cache_control);
                let to = match block.kind.as_deref() {
                    Some("tool_result") => {
                        results.push(Part::ToolResult(result(raw, &names, &mut mark)?));
                        &mut results
                    }
                    _ => {
                        parts.push(part(raw, block)?);
                        &mut parts
                    }
                };
                match to.last() {
                    Some(Part::ToolCall(call)) => drop(names.insert(call.id.clone(), call.name.clone())),
                    // Its own form says it.
                    Some(Part::Opaque(_) | Part::Text(Text { origin: Some(_), .. }) | Part::Reasoning(_)) => {
                        mark = None;
                    }
                    _ => {}
                }
                to.extend(mark.map(Part::CacheMark));
                Ok(())
            })?;
            parts.extend(text.map(Part::text));
        }
        if !results.is_empty() {
            messages.push(Message::new(Role::Tool, results));
        }
        if !parts.is_empty() {
            messages.push(Message::new(role, parts));
        }
    }
    Ok(messages)
}

fn part(raw: &RawValue, block: Block<'_>) -> Result<Part> {
    let own = || Some(Origin::new(NAME, raw.get()));
    let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
    Ok(match block.kind.as_deref() {
        Some("text") => {
            let origin = if block.citations().is_empty() { None } else { own() };
            Part::Text(Text { text: text(block.text), origin })
        }
        Some("thinking") => Part::Reasoning(Text { text: text(block.thinking), origin: own() }),
        Some("redacted_thinking") => Part::Reasoning(Text { text: String::new(), origin: own() }),
        Some("tool_use") => {
            let arguments = block.input.map_or("{}", |input| input.get()).to_owned();
            Part::ToolCall(ToolCall {
                origin: extras(raw),
                ..ToolCall::new(text(block.id), text(block.name), arguments)
            })
        }
        Some("image" | "document") => {
            media(raw)?.map_or_else(|| Part::Opaque(Origin::new(NAME, raw.get())), Part::Media)
        }
        _ => Part::Opaque(Origin::new(NAME, raw.get())),
    })
}

fn media(raw: &RawValue) -> Result<Option<Media>> {
    let given: Given<'_> = parse(NAME, raw.get())?;
    let Some(from) = given.source else { return Ok(None) };
    let mime = from.media_type.map(Str::into_string).unwrap_or_default();
    let source = match (from.data, from.url, from.file_id) {
        (Some(data), ..) => Source::Base64(data.into_string()),
        (_, Some(url), _) => Source::Url(url.into_string()),
        (_, _, Some(id)) => Source::File(id.into_string()),
        _ => return Ok(None),
    };
    // An address tells no type; what it was given as is known at least.
    let mime = if mime.is_empty() && raw.get().contains("\"image\"") { "image/*".to_owned() } else { mime };
    let origin = hosted::more(NAME, raw, &["type", "source", "title", "cache_control"]);
    Ok(Some(Media { mime, source, name: given.title.map(Str::into_string), origin }))
}

/// Reads a result; a mark inside it is one behind it.
fn result(raw: &RawValue, names: &HashMap<String, String>, mark: &mut Option<CacheMark>) -> Result<ToolResult> {
    let given: Given<'_> = parse(NAME, raw.get())?;
    let call_id = given.tool_use_id.map(Str::into_string).unwrap_or_default();
    let mut content = Vec::new();
    if let Some(raw) = given.content {
        let text = each(raw, |raw, block| {
            *mark = mark.or(marks::read(block.cache_control));
            match block.text {
                Some(text) => content.push(Content::Text(text.into_string())),
                None => content.extend(media(raw)?.map(Content::Media)),
            }
            Ok(())
        })?;
        content.extend(text.map(Content::Text));
    }
    let name = names.get(&call_id).cloned().unwrap_or_default();
    Ok(ToolResult { call_id, name, content, is_error: given.is_error })
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
