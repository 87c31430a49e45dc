//! A reply as chunks.

use super::{
    super::super::body::Object,
    write::{error, reason, usage},
};
use crate::message::{Delta, FinishReason, Usage};

/// Writes chunks; usage and `[DONE]` come at the end.
#[derive(Debug)]
pub(in super::super::super) struct Writer {
    id: String,
    model: String,
    /// The keys of the calls, in the order in which they came: their index on the wire.
    calls: Vec<usize>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    begun: bool,
    failed: bool,
}

impl Writer {
    pub(in super::super::super) fn new(model: &str) -> Self {
        Self {
            id: "chatcmpl-0".to_owned(),
            model: model.to_owned(),
            calls: Vec::new(),
            finish: None,
            usage: None,
            begun: false,
            failed: false,
        }
    }

    pub(in super::super::super) fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        if self.failed {
            return;
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
            Delta::CallStart { part, .. } if self.calls.contains(part) => {}
            Delta::CallStart { part, id, name } => {
                let index = self.calls.len();
                self.calls.push(*part);
                self.call(index, out, |call| {
                    match id.is_empty() {
                        true => call.field("id", &format!("call_{index}")),
                        false => call.field("id", id),
                    }
                    call.field("type", "function");
                    let mut function = call.object("function");
                    function.field("name", name);
                    function.field("arguments", "");
                    function.end();
                });
            }
            Delta::CallArguments { part, text } => {
                if let Some(index) = self.calls.iter().position(|key| key == part) {
                    self.call(index, out, |call| {
                        let mut function = call.object("function");
                        function.field("arguments", text);
                        function.end();
                    });
                }
            }
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            // Who asked for the reply is told by other means.
            Delta::Handover(_) => {}
            Delta::Restart => {
                self.failed = true;
                write_failure(Some("restarted"), "the reply started over after a part of it was sent", out);
            }
            Delta::Reasoning { .. } | Delta::CallEnd { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
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

    fn event(&self, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        out.extend_from_slice(b"data: ");
        let mut object = Object::begin(out);
        object.field("id", &self.id);
        object.field("object", "chat.completion.chunk");
        object.field("created", &0);
        object.field("model", &self.model);
        fill(&mut object);
        object.end();
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

pub(in super::super::super) fn write_failure(code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    error("server_error", code, message, out);
    out.extend_from_slice(b"\n\n");
}
