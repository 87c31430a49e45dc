//! A conversation cut into the groups that stand together on every wire: an assistant's turn with its answers.
//!
//! All wires refuse a call that is not answered right behind it, and an answer without a call. So calls and results are
//! paired here, once for all protocols.

use std::{borrow::Cow, cell::OnceCell, collections::HashMap};

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{CallIds, body::List, ids::Ids, text::Members};
use crate::{
    message::{Kept, Media, Message, Origin, Part, Request, Role, ToolCall, ToolResult},
    schema::Loss,
};

/// What a call is told that the conversation never answered.
pub(super) const UNANSWERED: &str = "no result was recorded for this call";

/// An assistant's turn (none at the beginning), and all that follows it until the next one.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) assistant: &'a [Message],
    pub(super) rest: &'a [Message],
    /// Where the group begins in the conversation.
    pub(super) at: usize,
    /// No group follows: what comes later may still belong to it.
    pub(super) last: bool,
}

/// A call with its id on the wire and its answer.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) id: Cow<'a, str>,
    pub(super) answer: Option<&'a ToolResult>,
    is_object: OnceCell<bool>,
}

impl Asked<'_> {
    /// The arguments are a whole JSON object.
    pub(super) fn has_object(&self) -> bool {
        *self.is_object.get_or_init(|| is_object(self.call.said_arguments()))
    }

    /// The arguments are a whole JSON object, or none at all.
    pub(super) fn is_readable(&self) -> bool {
        self.call.said_arguments().trim().is_empty() || self.has_object()
    }
}

/// The calls of a group, and the answers that no call of it asked for.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    pub(super) asked: Vec<Asked<'a>>,
    pub(super) strays: Vec<&'a ToolResult>,
}

impl<'a> Group<'a> {
    fn first(messages: &'a [Message], at: usize) -> Self {
        let from = &messages[at..];
        let assistant = from.iter().position(|m| m.role != Role::Assistant).unwrap_or(from.len());
        let rest = from[assistant..].iter().position(|m| m.role == Role::Assistant).unwrap_or(from.len() - assistant);
        let end = assistant + rest;
        Self { assistant: &from[..assistant], rest: &from[assistant..end], at, last: end == from.len() }
    }

    fn end(&self) -> usize {
        self.at + self.assistant.len() + self.rest.len()
    }

    /// Pairs each call with its answer; the first answer to a call counts.
    pub(super) fn pairs(&self, ids: &mut Ids<'_>) -> Pairs<'a> {
        let results = self.rest.iter().flat_map(|m| &m.parts).filter_map(|part| match part {
            Part::ToolResult(result) => Some(result),
            _ => None,
        });
        let mut results: Vec<Option<&ToolResult>> = results.map(Some).collect();
        let mut asked: Vec<Asked<'a>> = Vec::new();
        for call in self.assistant.iter().flat_map(Message::tool_calls) {
            asked.push(Asked { call, id: ids.next(&call.id), answer: None, is_object: OnceCell::new() });
        }
        // Answers nearly always stand in the order of the calls, one each.
        let pairs = || asked.iter().zip(&results);
        let in_order = |(asked, result): (&Asked<'_>, &Option<&ToolResult>)| {
            result.is_some_and(|result| result.call_id == asked.call.id)
        };
        if results.len() == asked.len() && pairs().all(in_order) {
            for (asked, result) in asked.iter_mut().zip(&mut results) {
                asked.answer = result.take();
            }
        } else {
            let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, result) in results.iter().enumerate().rev() {
                if let Some(result) = result {
                    by_id.entry(&result.call_id).or_default().push(at);
                }
            }
            for asked in &mut asked {
                let at = by_id.get_mut(asked.call.id.as_str()).and_then(Vec::pop);
                asked.answer = at.and_then(|at| results[at].take());
            }
        }
        Pairs { asked, strays: results.into_iter().flatten().collect() }
    }
}

/// The system messages at the head of a conversation, which every wire has a place for.
pub(super) fn instructions(messages: &[Message]) -> &[Message] {
    let end = messages.iter().position(|m| m.role != Role::System).unwrap_or(messages.len());
    &messages[..end]
}

/// The text of the instructions; several messages are set apart by a blank line.
pub(super) fn instruction_text(messages: &[Message]) -> Cow<'_, str> {
    let texts = messages.iter().flat_map(|m| &m.parts).filter_map(|part| match part {
        Part::Text(text) if !text.text.is_empty() => Some(text.text.as_str()),
        _ => None,
    });
    let mut all = Cow::Borrowed("");
    for text in texts {
        if all.is_empty() {
            all = Cow::Borrowed(text);
        } else {
            let all = all.to_mut();
            all.push_str("\n\n");
            all.push_str(text);
        }
    }
    all
}

/// Writes the messages of a request as a JSON list, group by group, with what was encoded before taken over as bytes.
///
/// `key` names all that the bytes of a kept conversation depend on. The last
/// group is kept for as long as nothing is added to it.
pub(super) fn write<'a>(
    request: &Request<'a>,
    skip: usize,
    key: impl FnOnce() -> String,
    rule: CallIds,
    out: &mut Vec<u8>,
    head: impl FnOnce(&mut List<'_>),
    mut encode: impl FnMut(&Group<'a>, &Pairs<'a>, &mut List<'_>),
) {
    out.push(b'[');
    let mut list = List::resume(out, true);
    head(&mut list);
    let empty = list.is_empty();
    let messages = request.messages;
    let mut append = |kept: &mut Kept| extend(kept, messages, skip, rule, &mut encode);
    match request.history {
        Some(history) => history.extend(&key(), |kept| {
            append(kept);
            take_over(&kept.bytes, empty, out);
        }),
        None => {
            let mut kept = Kept::default();
            append(&mut kept);
            take_over(&kept.bytes, empty, out);
        }
    }
    out.push(b']');
}

/// Appends the groups that are not kept yet.
fn extend<'a>(
    kept: &mut Kept,
    messages: &'a [Message],
    skip: usize,
    rule: CallIds,
    encode: &mut impl FnMut(&Group<'a>, &Pairs<'a>, &mut List<'_>),
) {
    // Nothing was kept, or it was kept of another conversation.
    if kept.settled.0 < skip || kept.messages > messages.len() {
        *kept = Kept { settled: (skip, 0), messages: skip, ..Kept::default() };
    }
    while kept.settled.0 < messages.len() {
        let group = Group::first(messages, kept.settled.0);
        if kept.messages != group.end() {
            kept.bytes.truncate(kept.settled.1);
            kept.ids.release();
            let pairs = group.pairs(&mut Ids::new(&mut kept.ids, rule));
            let first = kept.bytes.is_empty();
            encode(&group, &pairs, &mut List::resume(&mut kept.bytes, first));
            kept.messages = group.end();
        }
        if group.last {
            break;
        }
        kept.settled = (group.end(), kept.bytes.len());
        kept.ids.settle();
    }
}

/// Room for what stands behind the messages of a request, but for many tools.
const BEHIND: usize = 1024;

/// Goes on with a list by items that are encoded already.
fn take_over(items: &[u8], empty: bool, out: &mut Vec<u8>) {
    if !items.is_empty() {
        if !empty {
            out.push(b',');
        }
        // What follows the messages mostly fits too, so a long conversation is moved only here.
        out.reserve(items.len() + BEHIND);
        out.extend_from_slice(items);
    }
}

/// An answer without a call, as a text of the user.
pub(super) fn stray(result: &ToolResult) -> String {
    let what = if result.is_error { "error" } else { "result" };
    format!("[{what} of an earlier call of {}] {}", result.name, result.to_text())
}

/// What is lost with it.
pub(super) fn stray_loss(at: usize) -> Loss {
    let why = "answers no call of the turn before it; sent as a text of the user";
    Loss::new(format!("messages.{at}"), "tool_result", why)
}

/// The arguments of a call as a JSON object; none where they are no such.
pub(super) fn arguments(call: &ToolCall) -> Option<&str> {
    match call.said_arguments().trim() {
        "" => Some("{}"),
        text => is_object(text).then_some(text),
    }
}

/// A text that is a whole JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A text that is a whole JSON value.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A result that also says what its call's arguments were: they are no JSON, so the call can't say it.
pub(super) fn with_broken(arguments: &str, result: &str) -> String {
    let shown: String = arguments.chars().take(1000).collect();
    format!("{result}\n(The arguments of the call were no JSON object: {shown})")
}

/// A file that is a text, for a wire that has only texts: under its name, where it has one.
pub(super) fn text_file<'m>(name: Option<&str>, text: &'m str) -> Cow<'m, str> {
    name.map_or(Cow::Borrowed(text), |name| format!("[{name}]\n{text}").into())
}

/// Stands for media that a wire can't take.
pub(super) fn absent(media: &Media) -> String {
    format!("[{} left out]", if media.mime.is_empty() { "a file" } else { &media.mime })
}

/// What a part of this protocol has under its only key, where that is this one: what a reply says beside its parts is kept so.
pub(super) fn aside<'o>(origin: &'o Origin, protocol: &str, key: &str) -> Option<&'o RawValue> {
    if !(origin.json.contains(key) && is_own(origin, protocol)) {
        return None;
    }
    let members: Members<'_> = serde_json::from_str(&origin.json).ok()?;
    members.get(key).filter(|_| members.0.len() == 1)
}

/// A part's own form in this protocol: only its own JSON goes back, and only where it is an object.
pub(super) fn is_own(origin: &Origin, protocol: &str) -> bool {
    origin.protocol == protocol && is_object(&origin.json)
}
