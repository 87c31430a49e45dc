//! A reply as chunks.

use std::collections::VecDeque;

use super::{
    super::{
        super::{
            body::{Object, on_one_line},
            text::Members,
        },
        continuation::{self, TOKEN},
        is_own,
        sources::is_sources,
    },
    write::{error, reason, tail, write_call},
};
use crate::message::{Delta, FinishReason, Origin, Usage};

/// Writes chunks. Calls go out whole, so what follows a call waits for its end.
#[derive(Debug)]
pub(in super::super::super) struct Writer {
    id: String,
    model: String,
    /// What waits, in order; the first is always a call that has not ended.
    waiting: VecDeque<Item>,
    /// Parts of which some text has gone out.
    said: Vec<usize>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    token: Option<Origin>,
    sources: Option<Origin>,
}

#[derive(Debug)]
enum Item {
    Call { part: usize, id: String, name: String, arguments: String, origin: Option<Origin>, ended: bool },
    Text { part: usize, text: String, thought: bool },
    Origin { part: usize, origin: Origin },
}

impl Writer {
    pub(in super::super::super) fn new(model: &str) -> Self {
        Self {
            id: "reply_0".to_owned(),
            model: model.to_owned(),
            waiting: VecDeque::new(),
            said: Vec::new(),
            finish: None,
            usage: None,
            token: None,
            sources: None,
        }
    }

    pub(in super::super::super) fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::Begin { id, model } => {
                if let Some(id) = id {
                    self.id.clone_from(id);
                }
                if let Some(model) = model {
                    self.model.clone_from(model);
                }
            }
            Delta::Text { part, text } | Delta::Refusal { part, text } if !text.is_empty() => {
                self.take(Item::Text { part: *part, text: text.clone(), thought: false }, out);
            }
            Delta::Reasoning { part, text } if !text.is_empty() => {
                self.take(Item::Text { part: *part, text: text.clone(), thought: true }, out);
            }
            Delta::CallStart { part, id, name } => {
                if self.call(*part).is_none() {
                    // The client learns that a reply has begun, though the call is not there yet.
                    if self.waiting.is_empty() && self.said.is_empty() {
                        self.chunk(out, None, empty);
                    }
                    let (id, name) = (id.clone(), name.clone());
                    let arguments = String::new();
                    self.take(Item::Call { part: *part, id, name, arguments, origin: None, ended: false }, out);
                }
            }
            Delta::CallArguments { part, text } => {
                if let Some(Item::Call { arguments, .. }) = self.call(*part) {
                    arguments.push_str(text);
                }
            }
            Delta::Origin { origin, .. } if continuation::token(origin).is_some() => self.token = Some(origin.clone()),
            Delta::Origin { origin, .. } if is_sources(origin) => self.sources = Some(origin.clone()),
            Delta::Origin { part, origin } if is_own(origin) => match self.call(*part) {
                Some(Item::Call { origin: known, .. }) => *known = Some(origin.clone()),
                _ => self.take(Item::Origin { part: *part, origin: origin.clone() }, out),
            },
            Delta::CallEnd { part } => {
                if let Some(Item::Call { ended, .. }) = self.call(*part) {
                    *ended = true;
                }
                self.flush(out);
            }
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            // Who asked for the reply is told by other means, and the writer of all protocols sees to a reply that starts over.
            Delta::CallReady { .. } | Delta::Handover(_) | Delta::Restart => {}
            Delta::Text { .. } | Delta::Refusal { .. } | Delta::Reasoning { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        // Half a call is none.
        self.waiting.retain(|item| !matches!(item, Item::Call { ended: false, .. }));
        self.flush(out);
        let finish = self.finish.take();
        self.chunk(out, Some(reason(finish.as_ref())), empty);
    }

    /// The call with this key, while it waits.
    fn call(&mut self, key: usize) -> Option<&mut Item> {
        self.waiting.iter_mut().find(|item| matches!(item, Item::Call { part, .. } if *part == key))
    }

    fn take(&mut self, item: Item, out: &mut Vec<u8>) {
        self.waiting.push_back(item);
        self.flush(out);
    }

    /// Sends what nothing holds up.
    fn flush(&mut self, out: &mut Vec<u8>) {
        while let Some(item) = self.waiting.pop_front() {
            match item {
                Item::Call { ended: false, .. } => return self.waiting.push_front(item),
                Item::Call { id, name, arguments, origin, .. } => {
                    self.chunk(out, None, |out| write_call(&id, &name, &arguments, origin.as_ref(), out));
                }
                Item::Text { part, text, thought } => {
                    if !self.said.contains(&part) {
                        self.said.push(part);
                    }
                    self.chunk(out, None, |out| {
                        let mut part = Object::begin(out);
                        part.field("text", &text);
                        if thought {
                            part.field("thought", &true);
                        }
                        part.end();
                    });
                }
                Item::Origin { part, origin } => self.origin(part, &origin.json, out),
            }
        }
    }

    /// A part's own form. Where its text has gone out, what is left of it goes on an empty one.
    fn origin(&self, part: usize, json: &str, out: &mut Vec<u8>) {
        if !self.said.contains(&part) {
            return self.chunk(out, None, |out| out.extend_from_slice(json.as_bytes()));
        }
        let members: Members<'_> = serde_json::from_str(json).unwrap_or_default();
        if members.0.iter().all(|(key, _)| matches!(&**key, "text" | "thought")) {
            return;
        }
        self.chunk(out, None, |out| {
            let mut part = Object::begin(out);
            part.field("text", "");
            for (key, value) in members.0.iter().filter(|(key, _)| &**key != "text") {
                part.json(key, value.get());
            }
            part.end();
        });
    }

    /// An event with one part; the last has the reason and the counts too.
    fn chunk(&self, out: &mut Vec<u8>, finish: Option<&str>, part: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(b"data: ");
        let data = out.len();
        let mut object = Object::begin(out);
        let mut candidates = object.list("candidates");
        let mut candidate = candidates.object();
        let mut content = candidate.object("content");
        content.field("role", "model");
        let mut parts = content.list("parts");
        part(parts.item());
        parts.end();
        content.end();
        if let Some(reason) = finish {
            if let Some(sources) = &self.sources {
                candidate.members(&sources.json);
            }
            if let Some(token) = self.token.as_ref().and_then(continuation::token) {
                candidate.json(TOKEN, token.get());
            }
            candidate.field("finishReason", reason);
        }
        candidate.field("index", &0);
        candidate.end();
        candidates.end();
        if finish.is_some() {
            tail(self.usage, &self.model, &self.id, &mut object);
        } else {
            object.field("modelVersion", &self.model);
            object.field("responseId", &self.id);
        }
        object.end();
        on_one_line(&mut out[data..]);
        out.extend_from_slice(b"\n\n");
    }
}

fn empty(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"text\":\"\"}");
}

pub(in super::super::super) fn write_failure(status: u16, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    error(status, code, message, out);
    out.extend_from_slice(b"\n\n");
}
