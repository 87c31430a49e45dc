//! The messages of a request as a conversation.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        super::{decoder::parse, marks, text::Str},
        NAME,
        response::{Block, extras},
    },
    given::{Given, each, file, own},
};
use crate::{
    error::{Error, Result},
    message::{CacheMark, Content, Message, Part, Role, Text, ToolCall, ToolResult},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wire<'a> {
    #[serde(borrow)]
    role: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

pub(super) fn instructions(raw: &RawValue) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let text = each(raw, |_, block| {
        parts.extend(block.text.map(|text| Part::text(text.into_string())));
        parts.extend(marks::read(block.cache_control).map(Part::CacheMark));
        Ok(())
    })?;
    parts.extend(text.map(Part::text));
    Ok(parts)
}

pub(super) fn messages(wire: Vec<Wire<'_>>) -> Result<Vec<Message>> {
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
                        parts.push(part(role, raw, block)?);
                        &mut parts
                    }
                };
                if let Some(Part::ToolCall(call)) = to.last() {
                    names.insert(call.id.clone(), call.name.clone());
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

fn part(role: Role, raw: &RawValue, block: Block<'_>) -> Result<Part> {
    let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
    Ok(match block.kind.as_deref() {
        Some("text") => {
            let origin = if block.citations().is_empty() { None } else { Some(own(raw, &block)) };
            Part::Text(Text { text: text(block.text), origin })
        }
        Some("thinking") => {
            // Nobody takes it back without its signature.
            let signed = block.signature.as_deref().is_some_and(|signature| !signature.is_empty());
            let origin = signed.then(|| own(raw, &block));
            Part::Reasoning(Text { text: text(block.thinking), origin })
        }
        Some("redacted_thinking") => Part::Reasoning(Text { text: String::new(), origin: Some(own(raw, &block)) }),
        Some("tool_use") => {
            let arguments = block.input.map_or("{}", |input| input.get()).to_owned();
            Part::ToolCall(ToolCall {
                origin: extras(raw),
                ..ToolCall::new(text(block.id), text(block.name), arguments)
            })
        }
        _ => {
            // A document of the assistant is for this wire alone, and for some versions of it.
            let media = file(raw, &block)?.filter(|media| role != Role::Assistant || media.mime.starts_with("image/"));
            media.map_or_else(|| Part::Opaque(own(raw, &block)), Part::Media)
        }
    })
}

/// Reads a result; a mark inside it is one behind it.
fn result(raw: &RawValue, names: &HashMap<String, String>, mark: &mut Option<CacheMark>) -> Result<ToolResult> {
    let given: Given<'_> = parse(NAME, raw.get())?;
    let call_id = given.tool_use_id.map(Str::into_string).unwrap_or_default();
    let mut content = Vec::new();
    if let Some(raw) = given.content {
        let text = each(raw, |raw, block| {
            *mark = mark.or(marks::read(block.cache_control));
            content.push(match file(raw, &block)? {
                Some(media) => Content::Media(media),
                None => match block {
                    Block { kind, text: Some(text), .. } if kind.as_deref().is_none_or(|kind| kind == "text") => {
                        Content::Text(text.into_string())
                    }
                    block => Content::Opaque(own(raw, &block)),
                },
            });
            Ok(())
        })?;
        content.extend(text.map(Content::Text));
    }
    let name = names.get(&call_id).cloned().unwrap_or_default();
    Ok(ToolResult { call_id, name, content, is_error: given.is_error.unwrap_or(false) })
}
