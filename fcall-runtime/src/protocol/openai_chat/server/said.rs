//! The messages of a request as a conversation.
//!
//! What of a message has no neutral form is a part of its own, for this wire alone: a member to be put back, or a piece of
//! its content.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    super::{
        hosted::PIECE,
        incoming::under,
        marks, openai,
        text::{Members, Str},
    },
    NAME,
    aside::{self, LEGACY},
    response::{Custom, Function, Said},
};
use crate::{
    error::{Error, Result},
    message::{Content, Media, Message, Origin, Part, Role, Source, Text, ToolCall, ToolResult},
};

/// Reads the messages.
///
/// # Errors
/// One that names the message and the key in it that is of another shape.
pub(super) fn messages(raw: &RawValue) -> Result<Vec<Message>> {
    let mut reader = Reader::default();
    for (at, raw) in under::<Vec<&RawValue>>(NAME, "messages", raw, "a list of messages")?.into_iter().enumerate() {
        reader.message(&format!("messages[{at}]"), raw)?;
    }
    Ok(reader.messages)
}

#[derive(Default)]
struct Reader {
    messages: Vec<Message>,
    /// The names of the calls so far, by their ids.
    names: HashMap<String, String>,
    /// The ids and names of the calls of the last turn that no answer without an id was for.
    open: VecDeque<(String, String)>,
}

impl Reader {
    fn message(&mut self, path: &str, raw: &RawValue) -> Result<()> {
        let members: Members<'_> = under(NAME, path, raw, "a message")?;
        let said = |key: &str| members.get(key).filter(|value| value.get() != "null");
        let text = |key: &str| said(key).and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
        let role = match text("role").as_deref().unwrap_or_default() {
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
        let named = ["reasoning_content", "reasoning"].map(|key| (key, text(key).filter(|text| !text.is_empty())));
        let thought = named.into_iter().find_map(|(key, text)| Some((key, text?)));
        let thought_key = thought.as_ref().map(|(key, _)| *key);
        if let Some((key, text)) = thought {
            let origin = Some(Origin::new(NAME, format!("\"{key}\"")));
            parts.push(Part::Reasoning(Text { text: text.into_string(), origin }));
        }
        if let Some(raw) = said("content") {
            content(&format!("{path}.content"), raw, role == Role::Assistant, &mut parts)?;
        }
        if let Some(refusal) = text("refusal").filter(|refusal| !refusal.is_empty()) {
            parts.push(Part::Refusal(Text::new(refusal.into_string())));
        }
        if role == Role::Assistant && self.messages.last().is_none_or(|last| last.role != Role::Assistant) {
            self.open.clear();
        }
        let mut asides = Vec::new();
        for (key, value) in members.0.iter().filter(|(_, value)| value.get() != "null") {
            match &**key {
                "role" | "content" | "refusal" => {}
                "tool_calls" if role == Role::Assistant => {
                    let path = format!("{path}.tool_calls");
                    for (n, raw) in under::<Vec<&RawValue>>(NAME, &path, value, "a list of calls")?.iter().enumerate() {
                        parts.push(Part::ToolCall(self.call(&format!("{path}[{n}]"), raw)?));
                    }
                }
                "function_call" if role == Role::Assistant => {
                    parts.extend(self.legacy(&format!("{path}.function_call"), value)?.map(Part::ToolCall));
                }
                "tool_call_id" if role == Role::Tool => {}
                "prefix" if value.get() == "false" => {}
                "reasoning_content" | "reasoning" if thought_key == Some(key) || value.get() == "\"\"" => {}
                key => asides.push(aside::of_message(key, value)),
            }
        }
        if role != Role::Tool {
            parts.extend(asides.into_iter().map(Part::Opaque));
            self.messages.push(Message::new(role, parts));
            return Ok(());
        }
        let id = text("tool_call_id").map(Str::into_string).unwrap_or_default();
        let (call_id, name) = self.answered(id, text("name").map(Str::into_string).unwrap_or_default());
        let mut content = answer(parts);
        content.extend(asides.into_iter().map(Content::Opaque));
        let result = Part::ToolResult(ToolResult { call_id, name, content, is_error: false });
        match self.messages.last_mut().filter(|last| last.role == Role::Tool) {
            Some(last) => last.parts.push(result),
            None => self.messages.push(Message::new(Role::Tool, vec![result])),
        }
        Ok(())
    }

    fn call(&mut self, path: &str, raw: &RawValue) -> Result<ToolCall> {
        let members: Members<'_> = under(NAME, path, raw, "a call")?;
        let said = |key: &str| members.get(key).filter(|value| value.get() != "null");
        let (function, custom) = (said("function"), said("custom"));
        let free_text = function.is_none() && custom.is_some();
        let (name, arguments) = match (function, custom) {
            (Some(raw), _) => {
                let function: Function<'_> = under(NAME, &format!("{path}.function"), raw, "a name and arguments")?;
                (function.name, function.arguments)
            }
            (None, Some(raw)) => {
                let custom: Custom<'_> = under(NAME, &format!("{path}.custom"), raw, "a name and an input")?;
                (custom.name, custom.input)
            }
            (None, None) => (None, None),
        };
        let id = said("id").and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
        let arguments = arguments.map(Said::text).transpose()?.unwrap_or_default();
        let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
        let call = ToolCall::new(text(id), text(name), arguments);
        self.opened(&call);
        let known = |key: &str| matches!(key, "index" | "id" | "type" | "function" | "custom");
        let more = members.0.iter().filter(|(key, value)| !known(key) && value.get() != "null");
        let more = more.map(|(key, value)| (&**key, value.get()));
        let kind = free_text.then_some(("type", "\"custom\""));
        Ok(ToolCall { origin: aside::members(kind.into_iter().chain(more)), ..call })
    }

    /// The old form of a call, which has no id; some clients send it empty beside the new one, and then it is none.
    fn legacy(&mut self, path: &str, raw: &RawValue) -> Result<Option<ToolCall>> {
        let function: Function<'_> = under(NAME, path, raw, "a name and arguments")?;
        let arguments = function.arguments.map(Said::text).transpose()?.unwrap_or_default();
        let name = function.name.map(Str::into_string).unwrap_or_default();
        if name.is_empty() && arguments.is_empty() {
            return Ok(None);
        }
        let before = self.messages.iter().flat_map(Message::tool_calls).count();
        let call = ToolCall::new(format!("{LEGACY}_{before}"), name, arguments);
        self.opened(&call);
        Ok(Some(ToolCall { origin: aside::members([(LEGACY, "null")]), ..call }))
    }

    fn opened(&mut self, call: &ToolCall) {
        self.names.insert(call.id.clone(), call.name.clone());
        self.open.push_back((call.id.clone(), call.name.clone()));
    }

    /// The call that is answered, and its name: by its id, or, where none is said, the first open one of that name.
    fn answered(&mut self, id: String, name: String) -> (String, String) {
        if !id.is_empty() {
            let known = self.names.get(&id).cloned();
            return (id, known.unwrap_or(name));
        }
        let at = self.open.iter().position(|(_, call)| name.is_empty() || *call == name);
        at.and_then(|at| self.open.remove(at)).unwrap_or((id, name))
    }
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
    image_url: Option<&'a RawValue>,
    #[serde(borrow)]
    file: Option<&'a RawValue>,
    #[serde(borrow)]
    input_audio: Option<&'a RawValue>,
    #[serde(borrow)]
    cache_control: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_cache_breakpoint: Option<&'a RawValue>,
}

/// Reads a text, or parts; of an assistant's content an unknown one is told apart from a member of the message.
fn content(path: &str, raw: &RawValue, is_assistant: bool, parts: &mut Vec<Part>) -> Result<()> {
    if raw.get().starts_with('"') {
        let text: String = under(NAME, path, raw, "a text")?;
        if !text.is_empty() {
            parts.push(Part::text(text));
        }
        return Ok(());
    }
    for (n, raw) in under::<Vec<&RawValue>>(NAME, path, raw, "a text or a list of parts")?.into_iter().enumerate() {
        let path = format!("{path}[{n}]");
        let part: WirePart<'_> = under(NAME, &path, raw, "a part of a message")?;
        let mark = marks::read(part.cache_control.or(part.prompt_cache_breakpoint));
        let media = match (part.image_url, part.input_audio, part.file) {
            (Some(image), ..) => image_of(image),
            (_, Some(sound), _) => sound_of(sound),
            (.., Some(file)) => file_of(file),
            _ => None,
        };
        parts.push(match (part, media) {
            (WirePart { text: Some(text), kind: Some(kind), .. }, _) if &*kind == "text" => {
                Part::text(text.into_string())
            }
            (WirePart { refusal: Some(text), .. }, _) => Part::Refusal(Text::new(text.into_string())),
            (_, Some(media)) => Part::Media(media),
            _ if is_assistant => Part::Opaque(Origin::new(NAME, format!("{{\"{PIECE}\":{}}}", raw.get()))),
            _ => Part::Opaque(Origin::new(NAME, raw.get())),
        });
        if !matches!(parts.last(), Some(Part::Opaque(_))) {
            parts.extend(mark.map(Part::CacheMark));
        }
    }
    Ok(())
}

/// An image by its address, which some clients send without an object around it.
fn image_of(raw: &RawValue) -> Option<Media> {
    if raw.get().starts_with('"') {
        return serde_json::from_str::<Str<'_>>(raw.get()).ok().map(|url| address(&url, "image/*"));
    }
    let members: Members<'_> = serde_json::from_str(raw.get()).ok()?;
    let url: Str<'_> = serde_json::from_str(members.get("url")?.get()).ok()?;
    Some(Media { origin: openai::more_of_file(NAME, &members, &["url"]), ..address(&url, "image/*") })
}

fn sound_of(raw: &RawValue) -> Option<Media> {
    #[derive(Deserialize)]
    struct Sound<'a> {
        #[serde(borrow)]
        data: Str<'a>,
        #[serde(borrow)]
        format: Str<'a>,
    }
    let sound: Sound<'_> = serde_json::from_str(raw.get()).ok()?;
    let kind = if &*sound.format == "mp3" { "mpeg" } else { &*sound.format };
    Some(Media::base64(format!("audio/{kind}"), &*sound.data))
}

fn file_of(raw: &RawValue) -> Option<Media> {
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
    let file: File<'_> = serde_json::from_str(raw.get()).ok()?;
    let members: Members<'_> = serde_json::from_str(raw.get()).ok()?;
    let origin = openai::more_of_file(NAME, &members, &["file_id", "file_data", "filename"]);
    let media = match (file.file_id, file.file_data) {
        (Some(id), _) => Media { source: Source::File(id.into_string()), ..Media::url("", "") },
        (None, data) => address(&data?, "application/octet-stream"),
    };
    Some(Media { name: file.filename.map(Str::into_string), origin, ..media })
}

/// A data URL, or an address.
fn address(url: &str, unknown: &str) -> Media {
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
