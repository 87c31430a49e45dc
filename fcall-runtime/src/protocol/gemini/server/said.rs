//! The conversation of a request.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        super::{
            decoder::parse,
            text::{Members, Str, list},
        },
        NAME,
        contents::BEGINNING,
        response::{self, Call, extras},
    },
    spelling::one_or_more,
};
use crate::{
    error::{Error, Result},
    message::{Content, Media, Message, Origin, Part, Role, Source, Text, ToolCall, ToolResult},
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    #[serde(borrow)]
    role: Option<Str<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    parts: Vec<&'a RawValue>,
}

/// A text, or a content of texts.
pub(super) fn instructions(raw: &RawValue) -> Result<Vec<Part>> {
    if raw.get().starts_with('"') {
        return Ok(vec![Part::text(parse::<Str<'_>>(NAME, raw.get())?.into_string())]);
    }
    let said: Wire<'_> = parse(NAME, raw.get())?;
    let parts = said.parts.into_iter().map(|raw| other(raw, parse(NAME, raw.get())?)).collect::<Result<_>>()?;
    Ok(texts(parts))
}

pub(super) fn messages(raw: &RawValue) -> Result<Vec<Message>> {
    let mut reader = Reader::default();
    for raw in one_or_more(raw)? {
        let said: Wire<'_> = parse(NAME, raw.get())?;
        match said.role.as_deref().unwrap_or("user") {
            "user" | "function" | "tool" | "" => reader.user(&said.parts)?,
            "model" => reader.model(&said.parts)?,
            role => return Err(Error::decode(NAME, format!("the role `{role}`: expected user or model"))),
        }
    }
    Ok(reader.messages)
}

/// Answers name no call, so they are told by their order.
#[derive(Default)]
struct Reader {
    messages: Vec<Message>,
    /// The calls of the last turn that nothing has answered yet: id and name.
    open: Vec<(String, String)>,
    calls: usize,
}

impl Reader {
    fn model(&mut self, wire: &[&RawValue]) -> Result<()> {
        self.open.clear();
        let mut parts = Vec::new();
        for raw in wire {
            let part: response::Part<'_> = parse(NAME, raw.get())?;
            parts.push(match part.call {
                Some(call) => Part::ToolCall(self.call(raw, parse(NAME, call.get())?)),
                None => other(raw, part)?,
            });
        }
        self.push(Role::Assistant, parts);
        Ok(())
    }

    fn call(&mut self, raw: &RawValue, call: Call<'_>) -> ToolCall {
        let name = call.name.map(Str::into_string).unwrap_or_default();
        let id = call.id.map(Str::into_string).filter(|id| !id.is_empty());
        let id = id.unwrap_or_else(|| format!("call_{}", self.calls));
        self.calls += 1;
        let arguments = call.args.map(RawValue::get).filter(|args| *args != "null").unwrap_or("{}");
        self.open.push((id.clone(), name.clone()));
        let mut call = ToolCall::new(id, name, arguments);
        call.origin = extras(raw);
        call
    }

    fn user(&mut self, wire: &[&RawValue]) -> Result<()> {
        let (mut results, mut parts) = (Vec::new(), Vec::new());
        for raw in wire.iter().filter(|raw| raw.get() != BEGINNING) {
            let part: response::Part<'_> = parse(NAME, raw.get())?;
            match part.result {
                Some(result) => results.push(Part::ToolResult(self.result(result)?)),
                None => parts.push(other(raw, part)?),
            }
        }
        self.push(Role::Tool, results);
        self.push(Role::User, parts);
        Ok(())
    }

    fn push(&mut self, role: Role, parts: Vec<Part>) {
        if !parts.is_empty() {
            self.messages.push(Message::new(role, parts));
        }
    }

    fn result(&mut self, raw: &RawValue) -> Result<ToolResult> {
        let wire: Answer<'_> = parse(NAME, raw.get())?;
        let name = wire.name.map(Str::into_string).unwrap_or_default();
        let id = wire.id.map(Str::into_string).filter(|id| !id.is_empty());
        let by_id = id.as_ref().and_then(|id| self.open.iter().position(|(open, _)| open == id));
        let at = by_id.or_else(|| self.open.iter().position(|(_, open)| *open == name));
        let (call_id, name) = match at {
            Some(at) => self.open.remove(at),
            None => (id.unwrap_or_default(), name),
        };
        let (mut content, mut is_error) = (Vec::new(), false);
        if let Some(response) = wire.response {
            let members: Members<'_> = parse(NAME, response.get())?;
            let told = members.get("error").filter(|raw| raw.get() != "null");
            is_error = told.is_some();
            content.push(match (told, &members.0[..]) {
                (Some(error), [_]) => piece(error)?,
                (None, [(key, output)]) if &**key == "output" => piece(output)?,
                _ => Content::Json(response.get().to_owned()),
            });
        }
        for raw in wire.parts {
            let part: response::Part<'_> = parse(NAME, raw.get())?;
            let known = if part.more { None } else { media(&part)? };
            content.push(known.map_or_else(|| Content::Opaque(Origin::new(NAME, raw.get())), Content::Media));
        }
        Ok(ToolResult { call_id, name, content, is_error })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow, deserialize_with = "list")]
    parts: Vec<&'a RawValue>,
}

fn piece(raw: &RawValue) -> Result<Content> {
    Ok(match raw.get().starts_with('"') {
        true => Content::Text(parse::<Str<'_>>(NAME, raw.get())?.into_string()),
        false => Content::Json(raw.get().to_owned()),
    })
}

/// A part that is neither a call nor an answer.
fn other(raw: &RawValue, part: response::Part<'_>) -> Result<Part> {
    let own = || Origin::new(NAME, raw.get());
    let kept = part.signed || part.more;
    if !kept && let Some(media) = media(&part)? {
        return Ok(Part::Media(media));
    }
    Ok(match part.text {
        Some(text) if part.thought || part.signed && text.is_empty() => {
            Part::Reasoning(Text { text: text.into_string(), origin: Some(own()) })
        }
        Some(text) => Part::Text(Text { text: text.into_string(), origin: kept.then(own) }),
        None if part.signed && !part.more && part.inline.is_none() && part.file.is_none() => {
            Part::Reasoning(Text { text: String::new(), origin: Some(own()) })
        }
        None => Part::Opaque(own()),
    })
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Blob<'a> {
    #[serde(borrow, alias = "mime_type")]
    mime_type: Option<Str<'a>>,
    #[serde(borrow)]
    data: Option<Str<'a>>,
    #[serde(borrow, alias = "file_uri")]
    file_uri: Option<Str<'a>>,
    #[serde(borrow, alias = "display_name")]
    display_name: Option<Str<'a>>,
}

fn media(part: &response::Part<'_>) -> Result<Option<Media>> {
    let Some(raw) = part.inline.or(part.file) else { return Ok(None) };
    let blob: Blob<'_> = parse(NAME, raw.get())?;
    let source = match (blob.data, blob.file_uri) {
        (Some(data), _) => Source::Base64(data.into_string()),
        (_, Some(uri)) => address(uri.into_string()),
        _ => return Ok(None),
    };
    let mime = blob.mime_type.map_or_else(|| "image/*".to_owned(), Str::into_string);
    Ok(Some(Media { mime, source, name: blob.display_name.map(Str::into_string), origin: None }))
}

/// What is on the web is an address; the service's own files and buckets are not.
fn address(uri: String) -> Source {
    let web = uri.starts_with("https://") || uri.starts_with("http://");
    if web && !uri.contains("generativelanguage.googleapis.com") { Source::Url(uri) } else { Source::File(uri) }
}

/// The texts of a content, for parts that can be nothing else.
fn texts(parts: Vec<Part>) -> Vec<Part> {
    parts.into_iter().filter(|part| matches!(part, Part::Text(_))).collect()
}
