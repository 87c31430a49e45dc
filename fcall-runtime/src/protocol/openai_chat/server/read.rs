//! Requests as a server reads them.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    super::{
        Incoming,
        decoder::parse,
        hosted, marks,
        structured::Asked,
        text::{Members, Str, list},
    },
    NAME,
    response::{Call, Said},
};
use crate::{
    error::{Error, Result},
    message::{
        Content, Effort, Media, Message, Origin, Part, Role, Source, Text, ToolCall, ToolChoice, ToolResult, ToolSpec,
        ToolSpecs,
    },
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
            "model" => incoming.model = parse(NAME, json)?,
            "messages" => incoming.messages = messages(parse(NAME, json)?)?,
            "tools" => incoming.tools = tools(parse(NAME, json)?)?,
            "tool_choice" => incoming.tool_choice = choice(json)?,
            "stream" => incoming.stream = parse(NAME, json)?,
            "stream_options" => {}
            "max_tokens" | "max_completion_tokens" => options.max_tokens = Some(parse(NAME, json)?),
            "temperature" => options.temperature = Some(parse(NAME, json)?),
            "top_p" => options.top_p = Some(parse(NAME, json)?),
            "stop" if json.starts_with('"') => options.stop = vec![parse(NAME, json)?],
            "stop" => options.stop = parse(NAME, json)?,
            "seed" => options.seed = Some(parse(NAME, json)?),
            "response_format" => match Asked::read(value) {
                Asked::Free => {}
                Asked::Form(format) => incoming.format = Some(format),
                Asked::Unknown => drop(options.extra.insert(key.to_string(), parse(NAME, json)?)),
            },
            "parallel_tool_calls" => options.parallel_calls = Some(parse(NAME, json)?),
            "reasoning_effort" if parse::<Effort>(NAME, json).is_ok() => options.reasoning = Some(parse(NAME, json)?),
            other => {
                options.extra.insert(other.to_owned(), parse(NAME, json)?);
            }
        }
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
    #[serde(borrow)]
    refusal: Option<Str<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<Str<'a>>,
    #[serde(borrow)]
    reasoning: Option<Str<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    tool_calls: Vec<Call<'a>>,
    #[serde(borrow)]
    tool_call_id: Option<Str<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WirePart<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    refusal: Option<Str<'a>>,
    #[serde(borrow)]
    image_url: Option<Address<'a>>,
    #[serde(borrow)]
    file: Option<File<'a>>,
    #[serde(borrow)]
    input_audio: Option<Audio<'a>>,
    #[serde(borrow)]
    cache_control: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_cache_breakpoint: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Address<'a> {
    #[serde(borrow)]
    url: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File<'a> {
    #[serde(borrow)]
    file_id: Option<Str<'a>>,
    #[serde(borrow)]
    file_data: Option<Str<'a>>,
    #[serde(borrow)]
    filename: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Audio<'a> {
    #[serde(borrow)]
    data: Str<'a>,
    #[serde(borrow)]
    format: Str<'a>,
}

fn messages(wire: Vec<Wire<'_>>) -> Result<Vec<Message>> {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut messages: Vec<Message> = Vec::new();
    for said in wire {
        let role = match said.role.as_deref().unwrap_or_default() {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" | "function" => Role::Tool,
            role => {
                let detail = format!("the role `{role}`: expected system, developer, user, assistant or tool");
                return Err(Error::decode(NAME, detail));
            }
        };
        let mut parts = Vec::new();
        for (key, text) in [("reasoning_content", &said.reasoning_content), ("reasoning", &said.reasoning)] {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                let origin = Some(Origin::new(NAME, format!("\"{key}\"")));
                parts.push(Part::Reasoning(Text { text: text.to_owned(), origin }));
                break;
            }
        }
        if let Some(raw) = said.content {
            content(raw, &mut parts)?;
        }
        if let Some(refusal) = said.refusal.filter(|refusal| !refusal.is_empty()) {
            parts.push(Part::Refusal(Text::new(refusal.into_string())));
        }
        for call in said.tool_calls {
            let call = tool_call(call)?;
            names.insert(call.id.clone(), call.name.clone());
            parts.push(Part::ToolCall(call));
        }
        if role == Role::Tool {
            let call_id = said.tool_call_id.map(Str::into_string).unwrap_or_default();
            let name = names.get(&call_id).cloned().unwrap_or_default();
            let result = Part::ToolResult(ToolResult { call_id, name, content: answer(parts), is_error: false });
            match messages.last_mut().filter(|last| last.role == Role::Tool) {
                Some(last) => last.parts.push(result),
                None => messages.push(Message::new(Role::Tool, vec![result])),
            }
            continue;
        }
        messages.push(Message::new(role, parts));
    }
    Ok(messages)
}

fn content(raw: &RawValue, parts: &mut Vec<Part>) -> Result<()> {
    let json = raw.get();
    if json.starts_with('"') {
        let text: String = parse(NAME, json)?;
        if !text.is_empty() {
            parts.push(Part::text(text));
        }
        return Ok(());
    }
    for raw in parse::<Option<Vec<&RawValue>>>(NAME, json)?.unwrap_or_default() {
        let part: WirePart<'_> = parse(NAME, raw.get())?;
        let mark = marks::read(part.cache_control.or(part.prompt_cache_breakpoint));
        parts.push(match part {
            WirePart { text: Some(text), .. } if part.kind.as_deref() == Some("text") => Part::text(text.into_string()),
            WirePart { refusal: Some(text), .. } => Part::Refusal(Text::new(text.into_string())),
            WirePart { image_url: Some(address), .. } => Part::Media(media(&address.url, "image/*")),
            WirePart { input_audio: Some(sound), .. } => {
                let mime = if &*sound.format == "mp3" { "audio/mpeg" } else { "audio/wav" };
                Part::Media(Media::base64(mime, sound.data.into_string()))
            }
            WirePart { file: Some(file), .. } => Part::Media(Media {
                name: file.filename.map(Str::into_string),
                ..match (file.file_id, file.file_data) {
                    (Some(id), _) => Media { source: Source::File(id.into_string()), ..Media::url("", "") },
                    (None, data) => media(&data.unwrap_or_default(), "application/octet-stream"),
                }
            }),
            _ => Part::Opaque(Origin::new(NAME, raw.get())),
        });
        if !matches!(parts.last(), Some(Part::Opaque(_))) {
            parts.extend(mark.map(Part::CacheMark));
        }
    }
    Ok(())
}

/// A data URL, or an address.
fn media(url: &str, unknown: &str) -> Media {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match data {
        Some((mime, data)) => Media::base64(mime, data),
        None => Media::url(unknown, url),
    }
}

fn answer(parts: Vec<Part>) -> Vec<Content> {
    let pieces = parts.into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(Content::Text(text.text)),
        Part::Media(media) => Some(Content::Media(media)),
        Part::Opaque(origin) => Some(Content::Opaque(origin)),
        _ => None,
    });
    pieces.collect()
}

fn tool_call(call: Call<'_>) -> Result<ToolCall> {
    let free_text = call.function.is_none() && call.custom.is_some();
    let (name, arguments) = match (call.function, call.custom) {
        (Some(function), _) => (function.name, function.arguments),
        (None, Some(custom)) => (custom.name, custom.input),
        (None, None) => (None, None),
    };
    let arguments = arguments.map(Said::text).transpose()?.unwrap_or_default();
    let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
    let extra = call.extra_content.filter(|extra| extra.get() != "null");
    let more = extra.map(|extra| format!("\"extra_content\":{}", extra.get()));
    let members: Vec<String> = free_text.then(|| "\"type\":\"custom\"".to_owned()).into_iter().chain(more).collect();
    let origin = (!members.is_empty()).then(|| Origin::new(NAME, format!("{{{}}}", members.join(","))));
    Ok(ToolCall { origin, ..ToolCall::new(text(call.id), text(name), arguments) })
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
    for raw in wire {
        let tool: WireTool<'_> = parse(NAME, raw.get())?;
        let Some(inner) = tool.function else {
            others.push(Origin::new(NAME, raw.get()));
            continue;
        };
        let function: WireFunction<'_> = parse(NAME, inner.get())?;
        let schema = function.parameters.map_or("{\"type\":\"object\",\"properties\":{}}", |raw| raw.get());
        let mut spec = ToolSpec::new(function.name, function.description.unwrap_or_default(), schema);
        spec.strict = function.strict.unwrap_or(false);
        spec.cache = marks::read(tool.cache_control);
        spec.origin = hosted::more(NAME, inner, &["name", "description", "parameters", "strict"]);
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

fn choice(json: &str) -> Result<ToolChoice> {
    if json.starts_with('"') {
        return match parse::<Str<'_>>(NAME, json)?.as_ref() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" | "any" => Ok(ToolChoice::Required),
            word => Err(Error::decode(NAME, format!("tool_choice `{word}`: expected auto, none or required"))),
        };
    }
    match parse::<WireChoice>(NAME, json)? {
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
