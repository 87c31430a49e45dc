//! A reply as events.

use super::{
    super::super::body::{List, Object},
    write::{About, body, call, is_item, message, own, part, reason, reasoning, status, summary_part},
};
use crate::message::{Delta, FinishReason, Origin, ToolCall, Usage};

/// Writes events: one item is open at a time, calls until they end.
#[derive(Debug)]
pub(in super::super::super) struct Writer {
    id: String,
    model: String,
    events: u64,
    open: Vec<Open>,
    /// The items that are done, by their index.
    done: Vec<Vec<u8>>,
    /// The parts that had an item, open or done.
    begun_parts: Vec<usize>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    begun: bool,
    failed: bool,
}

#[derive(Debug)]
struct Open {
    part: usize,
    index: usize,
    kind: Kind,
    text: String,
    call: Option<ToolCall>,
    /// The item in its own form.
    origin: Option<Origin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Thinking,
    Call,
}

impl Open {
    fn id(&self) -> String {
        let (index, prefix) = (
            self.index,
            match self.kind {
                Kind::Text | Kind::Refusal => "msg",
                Kind::Thinking => "rs",
                Kind::Call => "fc",
            },
        );
        format!("{prefix}_{index}")
    }

    /// The item as it stands; none of its text where it only begins.
    fn item(&self, done: bool, out: &mut Vec<u8>) {
        let status = if done { "completed" } else { "in_progress" };
        match (self.kind, &self.call, &self.origin) {
            (_, None, Some(origin)) if done => out.extend_from_slice(origin.json.as_bytes()),
            (Kind::Text | Kind::Refusal, ..) => {
                message(&self.id(), status, done.then_some((&*self.text, self.kind == Kind::Refusal)), out);
            }
            (_, Some(own), _) => call(&self.id(), status, own, out),
            (..) => reasoning(&self.id(), if done { &self.text } else { "" }, out),
        }
    }
}

impl Writer {
    pub(in super::super::super) fn new(model: &str) -> Self {
        Self {
            id: "resp_0".to_owned(),
            model: model.to_owned(),
            events: 0,
            open: Vec::new(),
            done: Vec::new(),
            begun_parts: Vec::new(),
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
            Delta::Text { part, text } if !text.is_empty() => self.text(*part, Kind::Text, text, out),
            Delta::Refusal { part, text } if !text.is_empty() => self.text(*part, Kind::Refusal, text, out),
            Delta::Reasoning { part, text } if !text.is_empty() => self.text(*part, Kind::Thinking, text, out),
            Delta::CallStart { part, id, name } => {
                if !self.open.iter().any(|open| open.part == *part && open.kind == Kind::Call) {
                    let id = if id.is_empty() { format!("call_{}", self.done.len()) } else { id.clone() };
                    self.start(*part, Kind::Call, Some(ToolCall::new(id, name.as_str(), "")), out);
                }
            }
            Delta::CallArguments { part, text } => {
                let open = self.open.iter_mut().find(|open| open.part == *part);
                if let Some((index, id, call)) =
                    open.and_then(|open| Some((open.index, open.id(), open.call.as_mut()?)))
                {
                    call.arguments.push_str(text);
                    self.event("response.function_call_arguments.delta", out, |object| {
                        object.field("item_id", &id);
                        object.field("output_index", &index);
                        object.field("delta", text);
                    });
                }
            }
            Delta::CallEnd { part } => self.close(|open| open.part == *part, out),
            Delta::Origin { part, origin } if own(origin) => self.origin(*part, origin, out),
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            Delta::Restart => {
                // A second beginning voids what came before it.
                let (model, id) = (std::mem::take(&mut self.model), std::mem::take(&mut self.id));
                *self = Self { id, events: self.events, ..Self::new(&model) };
            }
            Delta::Text { .. } | Delta::Refusal { .. } | Delta::Reasoning { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        self.begin(out);
        self.close(|_| true, out);
        let (status, reason) = (status(self.finish.as_ref()), reason(self.finish.as_ref()));
        self.lifecycle(status, status, reason, out);
    }

    /// An event that brings the reply as it stands.
    fn lifecycle(&mut self, name: &str, status: &str, reason: Option<&str>, out: &mut Vec<u8>) {
        let mut items = Vec::new();
        let mut list = List::begin(&mut items);
        self.done.iter().filter(|item| !item.is_empty()).for_each(|item| list.item().extend_from_slice(item));
        list.end();
        let mut response = Vec::new();
        let about = About { id: &self.id, model: &self.model, status, reason };
        let usage = if status == "in_progress" { None } else { Some(self.usage.unwrap_or_default()) };
        body(&about, &items, usage, &mut response);
        self.event(&format!("response.{name}"), out, |object| object.key("response").extend_from_slice(&response));
    }

    fn event(&mut self, name: &str, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
        event(name, self.events, out, fill);
        self.events += 1;
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            self.lifecycle("created", "in_progress", None, out);
            self.lifecycle("in_progress", "in_progress", None, out);
        }
    }

    fn start(&mut self, part: usize, kind: Kind, call: Option<ToolCall>, out: &mut Vec<u8>) -> usize {
        self.begin(out);
        self.close(|open| open.kind != Kind::Call, out);
        let index = self.done.len();
        self.done.push(Vec::new());
        self.begun_parts.push(part);
        let open = Open { part, index, kind, text: String::new(), call, origin: None };
        let mut item = Vec::new();
        open.item(false, &mut item);
        self.event("response.output_item.added", out, |object| {
            object.field("output_index", &index);
            object.key("item").extend_from_slice(&item);
        });
        self.piece(&open, "added", out);
        self.open.push(open);
        self.open.len() - 1
    }

    /// The part inside a message or a summary begins, or ends.
    fn piece(&mut self, open: &Open, what: &str, out: &mut Vec<u8>) {
        let name = match open.kind {
            Kind::Text | Kind::Refusal => "content",
            Kind::Thinking => "reasoning_summary",
            Kind::Call => return,
        };
        self.event(&format!("response.{name}_part.{what}"), out, |object| {
            place(open, object);
            let json = object.key("part");
            match open.kind {
                Kind::Thinking => summary_part(&open.text, json),
                kind => part(&open.text, kind == Kind::Refusal, json),
            }
        });
    }

    fn text(&mut self, part: usize, kind: Kind, text: &str, out: &mut Vec<u8>) {
        let at = self.open.iter().position(|open| open.part == part && open.kind == kind);
        let at = at.unwrap_or_else(|| self.start(part, kind, None, out));
        self.open[at].text.push_str(text);
        let mut at_place = Vec::new();
        let mut object = Object::begin(&mut at_place);
        place(&self.open[at], &mut object);
        object.end();
        let at_place = String::from_utf8(at_place).unwrap_or_default();
        self.event(&format!("response.{}.delta", said(kind)), out, |object| {
            object.members(&at_place);
            object.field("delta", text);
            if kind == Kind::Text {
                object.list("logprobs").end();
            }
        });
    }

    fn close(&mut self, which: impl Fn(&Open) -> bool, out: &mut Vec<u8>) {
        let (closing, open) = std::mem::take(&mut self.open).into_iter().partition(which);
        self.open = open;
        let closing: Vec<Open> = closing;
        for open in closing {
            match (&open.call, open.kind) {
                (Some(call), _) => self.event("response.function_call_arguments.done", out, |object| {
                    object.field("item_id", &open.id());
                    object.field("output_index", &open.index);
                    object.field("name", &call.name);
                    object.field("arguments", &call.arguments);
                }),
                (None, kind) => self.event(&format!("response.{}.done", said(kind)), out, |object| {
                    place(&open, object);
                    object.field(if kind == Kind::Refusal { "refusal" } else { "text" }, &open.text);
                    if kind == Kind::Text {
                        object.list("logprobs").end();
                    }
                }),
            }
            self.piece(&open, "done", out);
            let mut item = Vec::new();
            open.item(true, &mut item);
            self.item_done(open.index, item, out);
        }
    }

    fn item_done(&mut self, index: usize, item: Vec<u8>, out: &mut Vec<u8>) {
        self.event("response.output_item.done", out, |object| {
            object.field("output_index", &index);
            object.key("item").extend_from_slice(&item);
        });
        if let Some(done) = self.done.get_mut(index) {
            *done = item;
        }
    }

    /// A part's own form: the item of a text or of reasoning, and an item of its own for what is only that.
    fn origin(&mut self, part: usize, origin: &Origin, out: &mut Vec<u8>) {
        if let Some(open) = self.open.iter_mut().find(|open| open.part == part) {
            match &mut open.call {
                Some(call) => call.origin = Some(origin.clone()),
                None if open.kind == Kind::Thinking || is_item(origin) => open.origin = Some(origin.clone()),
                None => {}
            }
            return;
        }
        // A part of a message, or the members of a call: nothing without the item that it belongs to.
        let item = serde_json::from_str::<super::super::response::Item<'_>>(&origin.json).unwrap_or_default();
        let whole = item.kind.as_deref().is_some_and(|kind| !matches!(kind, "output_text" | "refusal"));
        if !whole || self.begun_parts.contains(&part) {
            return;
        }
        self.begun_parts.push(part);
        self.begin(out);
        self.close(|open| open.kind != Kind::Call, out);
        let index = self.done.len();
        self.done.push(Vec::new());
        self.event("response.output_item.added", out, |object| {
            object.field("output_index", &index);
            object.json("item", &origin.json);
        });
        self.item_done(index, origin.json.clone().into_bytes(), out);
    }
}

fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "output_text",
        Kind::Refusal => "refusal",
        Kind::Thinking => "reasoning_summary_text",
        Kind::Call => "function_call_arguments",
    }
}

fn place(open: &Open, object: &mut Object<'_>) {
    object.field("item_id", &open.id());
    object.field("output_index", &open.index);
    object.field(if open.kind == Kind::Thinking { "summary_index" } else { "content_index" }, &0);
}

fn event(name: &str, number: u64, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let mut object = Object::begin(out);
    object.field("type", name);
    object.field("sequence_number", &number);
    fill(&mut object);
    object.end();
    out.extend_from_slice(b"\n\n");
}

pub(in super::super::super) fn write_failure(code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    event("error", 0, out, |object| {
        let mut error = object.object("error");
        error.field("type", "server_error");
        error.field("code", code.unwrap_or("server_error"));
        error.field("message", message);
        error.json("param", "null");
        error.end();
    });
}
