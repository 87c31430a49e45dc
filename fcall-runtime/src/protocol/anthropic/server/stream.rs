//! A reply as events.

use std::collections::VecDeque;

use super::{
    super::{
        super::body::{Object, on_one_line},
        container::{CONTAINER, container},
        is_own,
        response::Block,
    },
    write::{error, kind, reason, usage},
};
use crate::message::{Delta, FinishReason, Usage};

/// Writes events: one block is open at a time. What comes while a call is half there waits for its end, part by part.
#[derive(Debug)]
pub(in super::super::super) struct Writer {
    id: String,
    model: String,
    open: Option<Open>,
    /// What comes behind the call that is open, by part.
    waiting: VecDeque<(usize, Vec<Delta>)>,
    /// Calls that looked complete, and had to be closed for the next block.
    overtaken: Vec<usize>,
    /// One of these went on: what the client has of it is not what was said.
    torn: bool,
    /// Blocks so far.
    blocks: usize,
    calls: bool,
    /// A call that begins with what comes next: that may say more of it.
    pending: Option<(usize, String, String)>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    /// Where the service ran code, as JSON.
    container: Option<String>,
    begun: bool,
}

#[derive(Debug)]
struct Open {
    part: usize,
    index: usize,
    kind: Kind,
    /// Another block may begin: of a call, its arguments look complete.
    ready: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
}

impl Writer {
    pub(in super::super::super) fn new(model: &str) -> Self {
        Self {
            id: "msg_0".to_owned(),
            model: model.to_owned(),
            open: None,
            waiting: VecDeque::new(),
            overtaken: Vec::new(),
            torn: false,
            blocks: 0,
            calls: false,
            pending: None,
            finish: None,
            usage: None,
            container: None,
            begun: false,
        }
    }

    pub(in super::super::super) fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match part_of(delta).filter(|part| self.half().is_some_and(|half| half != *part)) {
            Some(part) => match self.waiting.iter_mut().rev().find(|(waiting, _)| *waiting == part) {
                Some((_, deltas)) => deltas.push(delta.clone()),
                None => self.waiting.push_back((part, vec![delta.clone()])),
            },
            None => self.say(delta, out),
        }
        while self.half().is_none() && self.next(out) {}
    }

    /// The call that has begun and looks incomplete.
    fn half(&self) -> Option<usize> {
        let open = || self.open.as_ref().filter(|open| !open.ready).map(|open| open.part);
        self.pending.as_ref().map(|(part, ..)| *part).or_else(open)
    }

    /// Writes what has waited longest; false where nothing has.
    fn next(&mut self, out: &mut Vec<u8>) -> bool {
        let Some((_, deltas)) = self.waiting.pop_front() else { return false };
        deltas.iter().for_each(|delta| self.say(delta, out));
        true
    }

    fn say(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match (delta, self.pending.take()) {
            (Delta::Origin { part, origin }, Some((pending, id, name))) if *part == pending && is_own(origin) => {
                return self.call(pending, &id, &name, &origin.json, out);
            }
            (_, Some((part, id, name))) => self.call(part, &id, &name, "{}", out),
            (_, None) => {}
        }
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
                let index = self.block(*part, Kind::Text, out);
                piece(index, "text_delta", "text", text, out);
            }
            Delta::Reasoning { part, text } if !text.is_empty() => {
                let index = self.block(*part, Kind::Thinking, out);
                piece(index, "thinking_delta", "thinking", text, out);
            }
            Delta::CallStart { part, id, name } => self.pending = Some((*part, id.clone(), name.clone())),
            Delta::CallArguments { part, text } => match &self.open {
                Some(open) if open.part == *part && open.kind == Kind::Call => {
                    piece(open.index, "input_json_delta", "partial_json", text, out);
                }
                _ => self.torn |= !text.trim().is_empty() && self.overtaken.contains(part),
            },
            Delta::CallReady { part } => {
                self.open.iter_mut().filter(|open| open.part == *part).for_each(|open| open.ready = true);
            }
            Delta::CallEnd { part } => {
                if let Some(open) = self.open.take_if(|open| open.part == *part && open.kind == Kind::Call) {
                    stop(&open, out);
                }
            }
            Delta::Origin { origin, .. } if container(origin).is_some() => {
                self.container = container(origin).map(|raw| raw.get().to_owned());
            }
            Delta::Origin { part, origin } if is_own(origin) => self.origin(*part, &origin.json, out),
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            // Who asked for the reply is told by other means, and the writer of all protocols sees to a reply that starts over.
            Delta::Handover(_) | Delta::Restart => {}
            Delta::Text { .. } | Delta::Refusal { .. } | Delta::Reasoning { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        loop {
            if let Some((part, id, name)) = self.pending.take() {
                self.call(part, &id, &name, "{}", out);
            }
            self.close(out);
            if !self.next(out) {
                break;
            }
        }
        self.begin(out);
        // It can't be taken back: the client hears that the reply was cut off, and does not carry it out.
        let finish = if self.torn { Some(FinishReason::Length) } else { self.finish };
        event("message_delta", out, |object| {
            let mut delta = object.object("delta");
            delta.field("stop_reason", reason(finish.as_ref(), self.calls));
            delta.json("stop_sequence", "null");
            if let Some(container) = &self.container {
                delta.json(CONTAINER, container);
            }
            delta.end();
            usage(self.usage.unwrap_or_default(), object.key("usage"));
        });
        event("message_stop", out, |_| {});
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        event("message_start", out, |object| {
            let mut message = object.object("message");
            message.field("id", &self.id);
            message.field("type", "message");
            message.field("role", "assistant");
            message.field("model", &self.model);
            message.list("content").end();
            message.json("stop_reason", "null");
            message.json("stop_sequence", "null");
            usage(Usage { output: Some(0), ..self.usage.unwrap_or_default() }, message.key("usage"));
            message.end();
        });
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(open) = self.open.take() {
            if open.kind == Kind::Call {
                self.overtaken.push(open.part);
            }
            stop(&open, out);
        }
    }

    /// The open block of a part, begun where there is none.
    fn block(&mut self, part: usize, kind: Kind, out: &mut Vec<u8>) -> usize {
        if let Some(open) = self.open.as_ref().filter(|open| open.part == part && open.kind == kind) {
            return open.index;
        }
        self.start(part, kind, out, |block| {
            let (name, text) = if kind == Kind::Text { ("text", "text") } else { ("thinking", "thinking") };
            block.field("type", name);
            block.field(text, "");
            if kind == Kind::Thinking {
                block.field("signature", "");
            }
        })
    }

    fn start(&mut self, part: usize, kind: Kind, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) -> usize {
        self.begin(out);
        self.close(out);
        let index = self.blocks;
        self.blocks += 1;
        self.open = Some(Open { part, index, kind, ready: kind != Kind::Call });
        event("content_block_start", out, |object| {
            object.field("index", &index);
            let mut block = object.object("content_block");
            fill(&mut block);
            block.end();
        });
        index
    }

    fn call(&mut self, part: usize, id: &str, name: &str, more: &str, out: &mut Vec<u8>) {
        let is_open = self.open.as_ref().is_some_and(|open| open.part == part && open.kind == Kind::Call);
        if is_open || self.overtaken.contains(&part) {
            return;
        }
        self.calls = true;
        let made = format!("toolu_{}", self.blocks);
        self.start(part, Kind::Call, out, |block| {
            block.field("type", "tool_use");
            block.field("id", if id.is_empty() { made.as_str() } else { id });
            block.field("name", name);
            block.object("input").end();
            block.members(more);
        });
    }

    /// A part's own form: a signature for thinking, and a block of its own for what is only that.
    fn origin(&mut self, part: usize, json: &str, out: &mut Vec<u8>) {
        let Ok(block) = serde_json::from_str::<Block<'_>>(json) else { return };
        match block.kind.as_deref() {
            Some("thinking") => {
                let index = self.block(part, Kind::Thinking, out);
                let signature = block.signature.unwrap_or_default();
                piece(index, "signature_delta", "signature", &signature, out);
            }
            Some("text") if !block.citations().is_empty() => {
                let index = self.block(part, Kind::Text, out);
                for citation in block.citations() {
                    event("content_block_delta", out, |object| {
                        object.field("index", &index);
                        let mut delta = object.object("delta");
                        delta.field("type", "citations_delta");
                        delta.json("citation", citation.get());
                        delta.end();
                    });
                }
            }
            Some("text" | "tool_use") | None => {}
            Some(_) => {
                self.begin(out);
                self.close(out);
                let index = self.blocks;
                self.blocks += 1;
                event("content_block_start", out, |object| {
                    object.field("index", &index);
                    object.json("content_block", json);
                });
                event("content_block_stop", out, |object| object.field("index", &index));
            }
        }
    }
}

/// The part that a delta is about, where it writes any of it.
fn part_of(delta: &Delta) -> Option<usize> {
    match delta {
        Delta::Text { part, text } | Delta::Refusal { part, text } | Delta::Reasoning { part, text } => {
            Some(*part).filter(|_| !text.is_empty())
        }
        Delta::CallStart { part, .. }
        | Delta::CallArguments { part, .. }
        | Delta::CallReady { part }
        | Delta::CallEnd { part } => Some(*part),
        Delta::Origin { part, origin } => Some(*part).filter(|_| is_own(origin) && container(origin).is_none()),
        _ => None,
    }
}

fn stop(open: &Open, out: &mut Vec<u8>) {
    event("content_block_stop", out, |object| object.field("index", &open.index));
}

fn piece(index: usize, kind: &str, key: &str, text: &str, out: &mut Vec<u8>) {
    event("content_block_delta", out, |object| {
        object.field("index", &index);
        let mut delta = object.object("delta");
        delta.field("type", kind);
        delta.field(key, text);
        delta.end();
    });
}

fn event(name: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let data = out.len();
    let mut object = Object::begin(out);
    object.field("type", name);
    fill(&mut object);
    object.end();
    on_one_line(&mut out[data..]);
    out.extend_from_slice(b"\n\n");
}

pub(in super::super::super) fn write_failure(status: u16, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: error\ndata: ");
    error(kind(status, code), message, out);
    out.extend_from_slice(b"\n\n");
}
