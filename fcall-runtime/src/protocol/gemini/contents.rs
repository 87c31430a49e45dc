//! The contents of a generateContent request: user and model, each call answered in the content behind it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    super::{
        Dialect,
        body::List,
        hosted, ids,
        text::{Members, Str},
        turns::{self, Asked, Group, Pairs},
    },
    NAME, continuation, is_own,
    media::media_part,
    results,
    sources::is_sources,
};
use crate::{
    message::{Media, Message, Part, Request, Role, Source, Text, ToolCall},
    schema::Loss,
};

/// Stands before a call that nobody asked for: the service refuses one at the beginning. As a thought it is no word of
/// the user's.
pub(super) const BEGINNING: &str = r#"{"text":"(The conversation begins here.)","thought":true}"#;
/// What is told of marks of the prompt cache.
const NO_MARKS: &str = "the service keeps prompts as it sees fit; left out";
/// Stands for the signature of a call that another service's model made: models that demand one take it.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

pub(super) fn write_all(request: &Request<'_>, dialect: &Dialect, out: &mut Vec<u8>, losses: &mut Vec<Loss>) {
    let skip = turns::instructions(request.messages).len();
    let mut writer = Contents { dialect, losses };
    let key = || dialect.key(NAME, 0);
    turns::write(
        request,
        skip,
        key,
        dialect.call_ids,
        out,
        |_| {},
        |group, pairs, list| {
            if !pairs.asked.is_empty() && !follows_user(&request.messages[skip..group.at]) {
                let why = "no turn of the user stands before the call, which the service refuses; one was put there";
                writer.lost(group.at, "role", why);
                writer.content("user", list, |_, parts| parts.item().extend_from_slice(BEGINNING.as_bytes()));
            }
            writer.group(group, pairs, list);
        },
    );
}

pub(super) struct Contents<'c> {
    pub(super) dialect: &'c Dialect,
    losses: &'c mut Vec<Loss>,
}

impl Contents<'_> {
    pub(super) fn lost(&mut self, at: usize, what: &str, why: &str) {
        self.losses.push(Loss::new(format!("messages.{at}"), what, why));
    }

    fn group(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, list: &mut List<'_>) {
        hosted::foreign(NAME, group.assistant, group.at, self.losses);
        hosted::foreign(NAME, group.rest, group.at + group.assistant.len(), self.losses);
        if !group.assistant.is_empty() {
            self.content("model", list, |this, parts| this.model(group, pairs, parts));
        }
        // As many answers as calls, in their order, and nothing beside them.
        let mut apart = Vec::new();
        self.content("user", list, |this, parts| {
            for asked in &pairs.asked {
                this.answer(group.at, asked, &mut apart, parts);
            }
        });
        self.content("user", list, |this, parts| this.user(group, pairs, &apart, parts));
    }

    /// Writes a content, unless it has no parts: the wire refuses an empty one.
    fn content(&mut self, role: &str, list: &mut List<'_>, fill: impl FnOnce(&mut Self, &mut List<'_>)) {
        let mut bytes = Vec::new();
        let mut parts = List::begin(&mut bytes);
        fill(self, &mut parts);
        if parts.is_empty() {
            return;
        }
        parts.end();
        let mut object = list.object();
        object.field("role", role);
        object.key("parts").extend_from_slice(&bytes);
        object.end();
    }

    fn model(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, parts: &mut List<'_>) {
        let mut asked = pairs.asked.iter();
        let mut first = true;
        for (at, part) in group.assistant.iter().enumerate().flat_map(|(n, m)| m.parts.iter().map(move |p| (n, p))) {
            let at = group.at + at;
            match part {
                // The rest of the reply has come; of its sources the service does not want to hear.
                Part::Opaque(origin) if continuation::token(origin).is_some() || is_sources(origin) => {}
                Part::Text(Text { origin: Some(origin), .. })
                | Part::Reasoning(Text { origin: Some(origin), .. })
                | Part::Opaque(origin)
                    if is_own(origin) =>
                {
                    parts.item().extend_from_slice(origin.json.as_bytes());
                }
                Part::Text(text) | Part::Refusal(text) => text_part(&text.text, parts),
                Part::Reasoning(text) if text.text.is_empty() && text.origin.is_none() => {}
                Part::Reasoning(_) => self.lost(at, "reasoning", "only this protocol's own thinking goes back"),
                Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
                Part::ToolCall(_) => {
                    if let Some(asked) = asked.next() {
                        self.call(at, asked, std::mem::take(&mut first), parts);
                    }
                }
                Part::Media(media) => self.media(at, media, parts),
                Part::CacheMark(_) => self.lost(at, "cache", NO_MARKS),
                Part::ToolResult(_) => {}
            }
        }
    }

    fn call(&mut self, at: usize, asked: &Asked<'_>, first: bool, parts: &mut List<'_>) {
        let call = asked.call;
        let name = called(call.said_name());
        if name != call.said_name() {
            self.lost(at, "name", "a call's name that the wire refuses; its letters were replaced");
        }
        let args = turns::arguments(call).unwrap_or_else(|| {
            self.lost(at, "arguments", "no JSON object; sent as {}, and the text stands in the result");
            "{}"
        });
        let put_back = PutBack::of(call);
        let signed = put_back.signed;
        let mut part = parts.object();
        let mut object = part.object("functionCall");
        object.field("name", &*name);
        object.json("args", args);
        put_back.call.iter().for_each(|(key, json)| object.json(key, json));
        object.end();
        put_back.part.iter().for_each(|(key, json)| part.json(key, json));
        if first && !signed && self.dialect.signatures {
            part.field("thoughtSignature", NO_SIGNATURE);
        }
        part.end();
    }

    fn answer(&mut self, at: usize, asked: &Asked<'_>, apart: &mut Vec<Media>, parts: &mut List<'_>) {
        let put_back = PutBack::of(asked.call);
        let mut part = parts.object();
        let mut object = part.object("functionResponse");
        if let Some((_, id)) = put_back.call.iter().find(|(key, _)| key == "id") {
            object.json("id", id);
        }
        object.field("name", &*called(asked.call.said_name()));
        let left = results::write(asked, self.dialect.media_results, &mut object);
        object.end();
        part.end();
        if !left.is_empty() {
            self.lost(at, "media", "can't stand in a result here; sent behind the results");
            apart.extend(left);
        }
    }

    /// Whatever else was said.
    fn user(&mut self, group: &Group<'_>, pairs: &Pairs<'_>, apart: &[Media], parts: &mut List<'_>) {
        for media in apart {
            self.media(group.at, media, parts);
        }
        let rest = group.at + group.assistant.len();
        for result in &pairs.strays {
            self.losses.push(turns::stray_loss(rest));
            text_part(&turns::stray(result), parts);
        }
        for (at, message) in group.rest.iter().enumerate() {
            self.said(rest + at, message, parts);
        }
    }

    fn said(&mut self, at: usize, message: &Message, parts: &mut List<'_>) {
        if message.role == Role::System {
            self.lost(at, "system", "stands inside the conversation; sent as a text of the user");
        }
        for part in &message.parts {
            match part {
                Part::Text(Text { origin: Some(origin), .. })
                | Part::Reasoning(Text { origin: Some(origin), .. })
                | Part::Opaque(origin)
                    if is_own(origin) =>
                {
                    parts.item().extend_from_slice(origin.json.as_bytes());
                }
                Part::Text(text) | Part::Refusal(text) => text_part(&text.text, parts),
                Part::Media(media) => self.media(at, media, parts),
                Part::CacheMark(_) => self.lost(at, "cache", NO_MARKS),
                Part::Opaque(origin) => self.lost(at, "part", &hosted::left_out(origin)),
                Part::Reasoning(_) | Part::ToolCall(_) => self.lost(at, "part", "can't stand in a user's message"),
                Part::ToolResult(_) => {}
            }
        }
    }

    fn media(&mut self, at: usize, media: &Media, parts: &mut List<'_>) {
        if matches!(&media.source, Source::Url(_)) && !self.dialect.file_urls {
            self.lost(at, "media", "the model takes no address, and nothing is ever fetched; left out");
            return text_part(&turns::absent(media), parts);
        }
        let mut part = parts.object();
        media_part(media, &mut part);
        part.end();
    }
}

/// What a call came with, to be put back on it.
#[derive(Default)]
struct PutBack {
    part: Vec<(String, String)>,
    call: Vec<(String, String)>,
    signed: bool,
}

impl PutBack {
    fn of(call: &ToolCall) -> Self {
        let Some(origin) = call.origin.as_ref().filter(|origin| is_own(origin)) else { return Self::default() };
        let members: Members<'_> = serde_json::from_str(&origin.json).unwrap_or_default();
        let owned = |(key, json): (Str<'_>, &RawValue)| (key.into_string(), json.get().to_owned());
        let (call, part): (Vec<_>, Vec<_>) = members.0.into_iter().partition(|(key, _)| &**key == "functionCall");
        let call = call.first().and_then(|(_, raw)| serde_json::from_str::<Members<'_>>(raw.get()).ok());
        let part: Vec<_> = part.into_iter().map(owned).collect();
        let signed = part.iter().any(|(key, _)| matches!(&**key, "thoughtSignature" | "thought_signature"));
        Self { part, call: call.unwrap_or_default().0.into_iter().map(owned).collect(), signed }
    }
}

/// What was written last of these messages is the user's.
fn follows_user(messages: &[Message]) -> bool {
    let is_written = |part: &Part| match part {
        Part::Opaque(origin) if continuation::token(origin).is_some() || is_sources(origin) => false,
        Part::Text(Text { origin: Some(origin), .. }) if is_own(origin) => true,
        Part::Text(text) | Part::Refusal(text) => !text.text.is_empty(),
        Part::Reasoning(Text { origin: Some(origin), .. }) | Part::Opaque(origin) => is_own(origin),
        Part::Media(_) | Part::ToolCall(_) | Part::ToolResult(_) => true,
        _ => false,
    };
    let last = messages.iter().rev().find(|message| message.parts.iter().any(is_written));
    // Calls have their answers behind them, whoever gave them.
    last.is_some_and(|last| last.role != Role::Assistant || last.tool_calls().next().is_some())
}

/// The name of a called function as the wire takes it: it knows points and colons, but no digit at the start.
fn called(name: &str) -> Cow<'_, str> {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let legal = |b: u8| letter(b) || b.is_ascii_digit() || matches!(b, b'.' | b':' | b'-');
    if (1..=128).contains(&name.len()) && name.bytes().next().is_some_and(letter) && name.bytes().all(legal) {
        return Cow::Borrowed(name);
    }
    let name = ids::called(name);
    if name.bytes().next().is_some_and(letter) { name } else { Cow::Owned(format!("_{name}")) }
}

/// Writes a text, unless it is empty: the wire refuses such parts.
fn text_part(text: &str, parts: &mut List<'_>) {
    if !text.is_empty() {
        let mut part = parts.object();
        part.field("text", text);
        part.end();
    }
}
