//! The items of a request's input as a conversation.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    super::{
        decoder::parse,
        incoming::under,
        marks, openai,
        text::{Members, Str, text_or_json},
    },
    NAME,
    response::{Item, ItemKind, Said, extras, part_origin, parts},
};
use crate::{
    error::{Error, Result},
    message::{Content, Media, Message, Origin, Part, Role, Source, Text, ToolCall, ToolResult},
};

/// The conversation: a text stands for one message of the user.
pub(super) fn messages(raw: &RawValue) -> Result<Vec<Message>> {
    if raw.get().starts_with('"') {
        return Ok(vec![Message::user(under::<String>(NAME, "input", raw, "a text")?)]);
    }
    let mut names: HashMap<String, String> = HashMap::new();
    let mut messages = Vec::new();
    for (at, raw) in under::<Vec<&RawValue>>(NAME, "input", raw, "a text or a list of items")?.into_iter().enumerate() {
        let path = format!("input[{at}]");
        let given: Given<'_> = under(NAME, &path, raw, "an item")?;
        let item: Item<'_> = under(NAME, &path, raw, "an item")?;
        let content = |raw| content(&format!("{path}.content"), raw);
        // Items of other kinds have roles too.
        let is_message = matches!(item.kind.as_deref(), None | Some("message" | ""));
        match given.role.as_deref().filter(|_| is_message) {
            Some("user") => {
                messages.push(Message::new(Role::User, content(item.content)?));
                continue;
            }
            Some("system" | "developer") => {
                messages.push(Message::new(Role::System, content(item.content)?));
                continue;
            }
            Some("assistant") => {
                said(raw, &item, turn(&mut messages, Role::Assistant))?;
                continue;
            }
            Some(role) => {
                let detail = format!("the role `{role}`: expected user, assistant, system or developer");
                return Err(Error::decode(NAME, detail));
            }
            None => {}
        }
        match (item.kind.as_deref(), item.what()) {
            (Some("function_call_output" | "custom_tool_call_output"), _) => {
                let call_id = item.call_id.map(Str::into_string).unwrap_or_default();
                let name = names.get(&call_id).cloned().unwrap_or_default();
                let content = output(&format!("{path}.output"), given.output)?;
                let result = ToolResult { call_id, name, content, is_error: false };
                turn(&mut messages, Role::Tool).push(Part::ToolResult(result));
            }
            (_, ItemKind::Call) => {
                let call = call(raw, item)?;
                names.insert(call.id.clone(), call.name.clone());
                turn(&mut messages, Role::Assistant).push(Part::ToolCall(call));
            }
            (_, ItemKind::Reasoning) => {
                let text = thought(&item)?;
                let origin = Some(Origin::new(NAME, raw.get()));
                turn(&mut messages, Role::Assistant).push(Part::Reasoning(Text { text, origin }));
            }
            _ => turn(&mut messages, Role::Assistant).push(Part::Opaque(Origin::new(NAME, raw.get()))),
        }
    }
    Ok(messages)
}

/// The parts of the message that is going on: items of one turn follow one another.
fn turn(messages: &mut Vec<Message>, role: Role) -> &mut Vec<Part> {
    if messages.last().is_none_or(|last| last.role != role) {
        messages.push(Message::new(role, Vec::new()));
    }
    let last = messages.len() - 1;
    &mut messages[last].parts
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Given<'a> {
    #[serde(borrow)]
    role: Option<Str<'a>>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
}

/// What a user's message can hold besides text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Attached<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    image_url: Option<Str<'a>>,
    #[serde(borrow)]
    file_data: Option<Str<'a>>,
    #[serde(borrow)]
    file_url: Option<Str<'a>>,
    #[serde(borrow)]
    file_id: Option<Str<'a>>,
    #[serde(borrow)]
    filename: Option<Str<'a>>,
    #[serde(borrow)]
    prompt_cache_breakpoint: Option<&'a RawValue>,
}

fn content(path: &str, raw: Option<&RawValue>) -> Result<Vec<Part>> {
    let Some(raw) = raw else { return Ok(Vec::new()) };
    if raw.get().starts_with('"') {
        let text: String = under(NAME, path, raw, "a text")?;
        return Ok(if text.is_empty() { Vec::new() } else { vec![Part::text(text)] });
    }
    let list = under::<Option<Vec<&RawValue>>>(NAME, path, raw, "a text or a list of parts")?.unwrap_or_default();
    let mut parts = Vec::new();
    for (at, raw) in list.into_iter().enumerate() {
        let given: Attached<'_> = under(NAME, &format!("{path}[{at}]"), raw, "a part of a message")?;
        let mark = marks::read(given.prompt_cache_breakpoint);
        parts.push(attached(raw, given));
        if !matches!(parts.last(), Some(Part::Opaque(_))) {
            parts.extend(mark.map(Part::CacheMark));
        }
    }
    Ok(parts)
}

/// The keys of a file that have a neutral form.
const ATTACHED: [&str; 7] =
    ["type", "image_url", "file_data", "file_url", "file_id", "filename", "prompt_cache_breakpoint"];

fn attached(raw: &RawValue, part: Attached<'_>) -> Part {
    let known = matches!(part.kind.as_deref(), Some("input_text" | "output_text" | "text"));
    if let Some(text) = part.text.filter(|_| known) {
        return Part::text(text.into_string());
    }
    let image = part.kind.as_deref() == Some("input_image");
    let unknown = if image { "image/*" } else { "application/octet-stream" };
    let mut media = match (part.image_url.or(part.file_data), part.file_url, part.file_id) {
        (Some(url), ..) => address(&url, unknown),
        (_, Some(url), _) => Media::url(unknown, url.into_string()),
        (_, _, Some(id)) => Media { source: Source::File(id.into_string()), ..Media::url(unknown, "") },
        _ => return Part::Opaque(Origin::new(NAME, raw.get())),
    };
    media.name = part.filename.map(Str::into_string);
    let members = serde_json::from_str::<Members<'_>>(raw.get()).unwrap_or_default();
    media.origin = openai::more_of_file(NAME, &members, &ATTACHED);
    Part::Media(media)
}

/// A data URL, or an address.
fn address(url: &str, unknown: &str) -> Media {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match data {
        Some((mime, data)) => Media::base64(mime, data),
        None => Media::url(unknown, url),
    }
}

fn output(path: &str, raw: Option<&RawValue>) -> Result<Vec<Content>> {
    let pieces = content(path, raw)?.into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(Content::Text(text.text)),
        Part::Media(media) => Some(Content::Media(media)),
        Part::Opaque(origin) => Some(Content::Opaque(origin)),
        _ => None,
    });
    Ok(pieces.collect())
}

/// What the assistant said: its own form is kept where it is more than a text.
fn said(raw: &RawValue, item: &Item<'_>, out: &mut Vec<Part>) -> Result<()> {
    let members: Members<'_> = parse(NAME, raw.get())?;
    let plain = members.0.iter().all(|(key, _)| matches!(&**key, "type" | "role" | "content"));
    let own = |json: &str| Some(Origin::new(NAME, json));
    if let Some(text) = item.content.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok()) {
        let origin = if plain { None } else { own(raw.get()) };
        out.push(Part::Text(Text { text, origin }));
        return Ok(());
    }
    let content = parts(item.content);
    for (n, part) in content.iter().enumerate() {
        let said: Said<'_> = parse(NAME, part.get())?;
        let origin = if n == 0 { own(raw.get()) } else { Some(part_origin(part.get())) };
        let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
        out.push(match said {
            Said { text: None, refusal: Some(refusal) } => Part::Refusal(Text { text: refusal.into_string(), origin }),
            Said { text: given, .. } => Part::Text(Text { text: text(given), origin }),
        });
    }
    if content.is_empty() {
        out.push(Part::Text(Text { text: String::new(), origin: own(raw.get()) }));
    }
    Ok(())
}

fn thought(item: &Item<'_>) -> Result<String> {
    let mut all: String = item.summary.iter().filter_map(|said| said.text.as_deref()).collect();
    for raw in parts(item.content) {
        let said: Said<'_> = parse(NAME, raw.get())?;
        all.push_str(said.text.as_deref().unwrap_or_default());
    }
    Ok(all)
}

fn call(raw: &RawValue, item: Item<'_>) -> Result<ToolCall> {
    let unreadable = |_| Error::decode(NAME, "a call's arguments are neither text nor JSON");
    let arguments = item.arguments.or(item.input).map(text_or_json).transpose().map_err(unreadable)?;
    let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
    let call = ToolCall::new(text(item.call_id), text(item.name), arguments.unwrap_or_default());
    Ok(ToolCall { origin: extras(raw), ..call })
}
