//! A reply as chunks.

use super::{
    super::{
        super::{
            body::{Object, on_one_line},
            openai,
            text::Members,
        },
        is_own,
    },
    write::{is_custom, reason, usage},
};
use crate::message::{Delta, FinishReason, Usage};

/// Writes chunks; usage and `[DONE]` come at the end.
#[derive(Debug)]
pub(in super::super::super) struct Writer {
    id: String,
    model: String,
    /// The calls, in the order in which they came: their index on the wire.
    calls: Vec<Call>,
    /// The id and the name of the last call, which begins with what comes next: that may tell its kind.
    pending: Option<(String, String)>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    begun: bool,
}

#[derive(Debug)]
struct Call {
    part: usize,
    /// A call of a free-text tool.
    custom: bool,
    /// Some of its arguments came.
    said: bool,
}

impl Call {
    /// The keys of the call and of what it says.
    fn spelled(&self) -> (&'static str, &'static str) {
        if self.custom { ("custom", "input") } else { ("function", "arguments") }
    }
}

impl Writer {
    pub(in super::super::super) fn new(model: &str) -> Self {
        Self {
            id: "chatcmpl-0".to_owned(),
            model: model.to_owned(),
            calls: Vec::new(),
            pending: None,
            finish: None,
            usage: None,
            begun: false,
        }
    }

    pub(in super::super::super) fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        let last = self.calls.last().map(|call| call.part);
        if !matches!(delta, Delta::Origin { part, origin } if Some(*part) == last && is_own(origin)) {
            self.announce(out);
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
            Delta::Text { text, .. } => self.chunk(out, |delta| delta.field("content", text)),
            Delta::Refusal { text, .. } => self.chunk(out, |delta| delta.field("refusal", text)),
            Delta::Reasoning { text, .. } if !text.is_empty() => {
                self.chunk(out, |delta| delta.field("reasoning_content", text));
            }
            Delta::CallStart { part, .. } if self.calls.iter().any(|call| call.part == *part) => {}
            Delta::CallStart { part, id, name } => {
                let id = if id.is_empty() { format!("call_{}", self.calls.len()) } else { id.clone() };
                self.calls.push(Call { part: *part, custom: false, said: false });
                self.pending = Some((id, name.clone()));
            }
            Delta::CallArguments { part, text } => {
                if let Some(index) = self.calls.iter().position(|call| call.part == *part) {
                    self.calls[index].said |= !text.trim().is_empty();
                    self.argue(index, text, out);
                }
            }
            // A call without arguments has none to send, and its text is JSON all the same.
            Delta::CallEnd { part } => {
                let silent = |call: &Call| call.part == *part && !call.custom && !call.said;
                if let Some(index) = self.calls.iter().position(silent) {
                    self.calls[index].said = true;
                    self.argue(index, "{}", out);
                }
            }
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            Delta::Origin { part, origin } if is_own(origin) => self.origin(*part, &origin.json, out),
            // Who asked for the reply is told by other means, and the writer of all protocols sees to a reply that starts over.
            Delta::CallReady { .. } | Delta::Handover(_) | Delta::Restart => {}
            Delta::Reasoning { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        self.announce(out);
        if !self.begun {
            self.chunk(out, |delta| delta.field("content", ""));
        }
        let finish = self.finish.take();
        let reason = reason(finish.as_ref(), !self.calls.is_empty());
        self.event(out, |object| {
            let mut choices = object.list("choices");
            let mut choice = choices.object();
            choice.field("index", &0);
            choice.object("delta").end();
            choice.json("logprobs", "null");
            choice.field("finish_reason", reason);
            choice.end();
            choices.end();
        });
        if let Some(counts) = self.usage {
            self.event(out, |object| {
                object.list("choices").end();
                usage(counts, object.key("usage"));
            });
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// What else a call or the message says: members of the piece that brings them.
    fn origin(&mut self, part: usize, members: &str, out: &mut Vec<u8>) {
        let Some(index) = self.calls.iter().position(|call| call.part == part) else {
            return self.chunk(out, |delta| delta.members(members));
        };
        if self.pending.is_some() {
            self.calls[index].custom = is_custom(members);
            self.announce(out);
        }
        let members: Members<'_> = serde_json::from_str(members).unwrap_or_default();
        if members.0.iter().any(|(key, _)| &**key != "type") {
            self.call(index, out, |call| {
                members.0.iter().filter(|(key, _)| &**key != "type").for_each(|(key, json)| call.json(key, json.get()));
            });
        }
    }

    /// The call that waits begins.
    fn announce(&mut self, out: &mut Vec<u8>) {
        let (Some((id, name)), Some(call)) = (self.pending.take(), self.calls.last()) else { return };
        let (key, inner) = call.spelled();
        self.call(self.calls.len() - 1, out, |call| {
            call.field("id", &id);
            call.field("type", key);
            let mut function = call.object(key);
            function.field("name", &name);
            function.field(inner, "");
            function.end();
        });
    }

    fn event(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(b"data: ");
        let data = out.len();
        let mut object = Object::begin(out);
        object.field("id", &self.id);
        object.field("object", "chat.completion.chunk");
        object.field("created", &0);
        object.field("model", &self.model);
        fill(&mut object);
        object.end();
        // What a provider wrote in lines of its own is one line here.
        on_one_line(&mut out[data..]);
        out.extend_from_slice(b"\n\n");
    }

    fn chunk(&mut self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        let first = !std::mem::replace(&mut self.begun, true);
        self.event(out, |object| {
            let mut choices = object.list("choices");
            let mut choice = choices.object();
            choice.field("index", &0);
            let mut delta = choice.object("delta");
            if first {
                delta.field("role", "assistant");
            }
            fill(&mut delta);
            delta.end();
            choice.json("logprobs", "null");
            choice.json("finish_reason", "null");
            choice.end();
            choices.end();
        });
    }

    /// A piece of a call's arguments.
    fn argue(&mut self, index: usize, text: &str, out: &mut Vec<u8>) {
        let (key, inner) = self.calls[index].spelled();
        self.call(index, out, |call| {
            let mut function = call.object(key);
            function.field(inner, text);
            function.end();
        });
    }

    fn call(&mut self, index: usize, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        self.chunk(out, |delta| {
            let mut calls = delta.list("tool_calls");
            let mut call = calls.object();
            call.field("index", &index);
            fill(&mut call);
            call.end();
            calls.end();
        });
    }
}

pub(in super::super::super) fn write_failure(status: u16, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    openai::error(openai::kind(status), code, message, out);
    out.extend_from_slice(b"\n\n");
}
