//! A reply as events.

use serde_json::value::RawValue;

use super::{
    super::{
        super::{
            body::{List, Object, on_one_line},
            openai,
        },
        is_own,
        response::{Item, ItemKind, Said, is_message, is_whole, parts},
    },
    write::{About, body, call, is_custom, message, part, reason, reasoning, status, summary_part, with_id},
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
    /// A call that is announced with what comes next, which may be its item's id.
    pending: Option<(usize, ToolCall)>,
    /// The ids of the items of parts to come.
    ids: Vec<(usize, String)>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    begun: bool,
}

#[derive(Debug)]
struct Open {
    part: usize,
    index: usize,
    id: String,
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
    /// An item that has its own form alone.
    Other,
}

impl Open {
    /// The item as it stands; none of its text where it only begins.
    fn item(&self, status: &str) -> Vec<u8> {
        let done = status != "in_progress";
        let mut out = Vec::new();
        match (self.kind, &self.call, &self.origin) {
            (Kind::Other, _, Some(origin)) => return with_id(&origin.json, &self.id),
            (_, None, Some(origin)) if done => return with_id(&origin.json, &self.id),
            (Kind::Text | Kind::Refusal, ..) => {
                let text = done.then_some((&*self.text, self.kind == Kind::Refusal));
                message(&self.id, status, text, &mut out);
            }
            (_, Some(own), _) => {
                call(&self.id, status, own, &mut out);
                return match str::from_utf8(&out) {
                    Ok(item) => with_id(item, &self.id),
                    Err(_) => out,
                };
            }
            (..) => reasoning(&self.id, if done { &self.text } else { "" }, &mut out),
        }
        out
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
            pending: None,
            ids: Vec::new(),
            finish: None,
            usage: None,
            begun: false,
        }
    }

    pub(in super::super::super) fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        if !matches!((delta, &self.pending), (Delta::Origin { part, .. }, Some((pending, _))) if part == pending) {
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
            Delta::Text { part, text } if !text.is_empty() => self.text(*part, Kind::Text, text, out),
            Delta::Refusal { part, text } if !text.is_empty() => self.text(*part, Kind::Refusal, text, out),
            Delta::Reasoning { part, text } if !text.is_empty() => self.text(*part, Kind::Thinking, text, out),
            Delta::CallStart { part, id, name } => {
                if !self.begun_parts.contains(part) {
                    let id = if id.is_empty() { format!("call_{}", self.done.len()) } else { id.clone() };
                    self.pending = Some((*part, ToolCall::new(id, name.as_str(), "")));
                }
            }
            Delta::CallArguments { part, text } => self.argue(*part, text, out),
            Delta::CallEnd { part } => {
                // A call without arguments has none to send, and its text is JSON all the same.
                let silent = |call: &ToolCall| !is_custom(call) && call.arguments.trim().is_empty();
                if self.open.iter().any(|open| open.part == *part && open.call.as_ref().is_some_and(silent)) {
                    self.argue(*part, "{}", out);
                }
                self.close(|open| open.part == *part, "completed", out);
            }
            Delta::Origin { part, origin } if is_own(origin) => self.origin(*part, origin, out),
            Delta::Usage(counts) => self.usage.get_or_insert_default().replace(*counts),
            Delta::Finish(finish) => self.finish = Some(finish.clone()),
            // Who asked for the reply is told by other means, and the writer of all protocols sees to a reply that starts over.
            Delta::CallReady { .. } | Delta::Handover(_) | Delta::Restart => {}
            Delta::Text { .. } | Delta::Refusal { .. } | Delta::Reasoning { .. } | Delta::Origin { .. } => {}
        }
    }

    pub(in super::super::super) fn finish(mut self, out: &mut Vec<u8>) {
        self.announce(out);
        self.begin(out);
        // What is open now has not ended.
        self.close(|_| true, "incomplete", out);
        let finish = self.finish.take();
        let status = status(finish.as_ref());
        self.lifecycle(status, status, reason(finish.as_ref()), out);
    }

    /// A piece of a call's arguments.
    fn argue(&mut self, part: usize, text: &str, out: &mut Vec<u8>) {
        let open = self.open.iter_mut().find(|open| open.part == part);
        if let Some((index, id, call)) = open.and_then(|open| Some((open.index, open.id.clone(), open.call.as_mut()?)))
        {
            call.arguments.push_str(text);
            let name = if is_custom(call) { "custom_tool_call_input" } else { "function_call_arguments" };
            self.event(&format!("response.{name}.delta"), out, |object| {
                object.field("item_id", &id);
                object.field("output_index", &index);
                object.field("delta", text);
            });
        }
    }

    /// The event of an error, the last of all.
    pub(in super::super::super) fn fail(&self, status: u16, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
        let kind = openai::kind(status);
        event("error", self.events, out, |object| {
            let mut error = object.object("error");
            error.field("type", kind);
            error.field("code", code.unwrap_or(kind));
            error.field("message", message);
            error.json("param", "null");
            error.end();
        });
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

    /// The call that waits begins.
    fn announce(&mut self, out: &mut Vec<u8>) {
        if let Some((part, call)) = self.pending.take() {
            self.start(part, Kind::Call, Some(call), None, out);
        }
    }

    fn start(
        &mut self,
        part: usize,
        kind: Kind,
        call: Option<ToolCall>,
        origin: Option<&Origin>,
        out: &mut Vec<u8>,
    ) -> usize {
        self.begin(out);
        // Calls end by themselves, and items of other kinds may still change.
        self.close(|open| !matches!(open.kind, Kind::Call | Kind::Other), "completed", out);
        let index = self.done.len();
        self.done.push(Vec::new());
        self.begun_parts.push(part);
        let known = self.ids.iter().position(|(key, _)| *key == part).map(|at| self.ids.swap_remove(at).1);
        let id = known.unwrap_or_else(|| {
            let prefix = match kind {
                Kind::Text | Kind::Refusal => "msg",
                Kind::Thinking => "rs",
                Kind::Call => "fc",
                Kind::Other => "item",
            };
            format!("{prefix}_{index}")
        });
        let open = Open { part, index, id, kind, text: String::new(), call, origin: origin.cloned() };
        let item = open.item("in_progress");
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
            Kind::Call | Kind::Other => return,
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
        let at = at.unwrap_or_else(|| self.start(part, kind, None, None, out));
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

    /// Ends items; `status` is what becomes of calls among them.
    fn close(&mut self, which: impl Fn(&Open) -> bool, status: &str, out: &mut Vec<u8>) {
        let (closing, open) = std::mem::take(&mut self.open).into_iter().partition(which);
        self.open = open;
        let closing: Vec<Open> = closing;
        for open in closing {
            match (&open.call, open.kind) {
                (Some(call), _) if is_custom(call) => {
                    self.event("response.custom_tool_call_input.done", out, |object| {
                        object.field("item_id", &open.id);
                        object.field("output_index", &open.index);
                        object.field("input", &call.arguments);
                    });
                }
                (Some(call), _) => self.event("response.function_call_arguments.done", out, |object| {
                    object.field("item_id", &open.id);
                    object.field("output_index", &open.index);
                    object.field("name", &call.name);
                    object.field("arguments", &call.arguments);
                }),
                (None, Kind::Other) => {}
                (None, kind) => self.event(&format!("response.{}.done", said(kind)), out, |object| {
                    place(&open, object);
                    object.field(if kind == Kind::Refusal { "refusal" } else { "text" }, &open.text);
                    if kind == Kind::Text {
                        object.list("logprobs").end();
                    }
                }),
            }
            self.piece(&open, "done", out);
            let item = open.item(if open.call.is_some() { status } else { "completed" });
            self.event("response.output_item.done", out, |object| {
                object.field("output_index", &open.index);
                object.key("item").extend_from_slice(&item);
            });
            if let Some(done) = self.done.get_mut(open.index) {
                *done = item;
            }
        }
    }

    /// A part's own form: the item of a text or of reasoning, and an item of its own for what is only that; while it
    /// goes on, its id alone.
    fn origin(&mut self, part: usize, origin: &Origin, out: &mut Vec<u8>) {
        let item = serde_json::from_str::<Item<'_>>(&origin.json).unwrap_or_default();
        let id = item.id.as_deref().filter(|id| !id.is_empty());
        if let Some(open) = self.open.iter_mut().find(|open| open.part == part) {
            match &mut open.call {
                Some(call) => call.origin = Some(origin.clone()),
                None if is_message(origin) || !matches!(open.kind, Kind::Text | Kind::Refusal) && is_whole(origin) => {
                    open.origin = Some(origin.clone());
                }
                None => {}
            }
            return;
        }
        if self.begun_parts.contains(&part) {
            return;
        }
        if let Some(id) = id {
            self.ids.retain(|(key, _)| *key != part);
            self.ids.push((part, id.to_owned()));
        }
        if let Some((_, call)) = self.pending.as_mut().filter(|(pending, _)| *pending == part) {
            call.origin = Some(origin.clone());
            return;
        }
        // A part of a message is nothing without the item that it belongs to; and of a message whose first part says
        // nothing the others are told as they come.
        let is_told = item.what() == ItemKind::Message && parts(item.content).iter().any(|part| says(part));
        if !is_told && item.kind.as_deref().is_some_and(|kind| !matches!(kind, "output_text" | "refusal")) {
            self.start(part, Kind::Other, None, Some(origin), out);
        }
    }
}

/// The part of a message has a text.
fn says(part: &RawValue) -> bool {
    let said = serde_json::from_str::<Said<'_>>(part.get()).unwrap_or_default();
    said.text.or(said.refusal).is_some_and(|text| !text.is_empty())
}

fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "output_text",
        Kind::Refusal => "refusal",
        Kind::Thinking => "reasoning_summary_text",
        Kind::Call | Kind::Other => "function_call_arguments",
    }
}

fn place(open: &Open, object: &mut Object<'_>) {
    object.field("item_id", &open.id);
    object.field("output_index", &open.index);
    object.field(if open.kind == Kind::Thinking { "summary_index" } else { "content_index" }, &0);
}

fn event(name: &str, number: u64, out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let data = out.len();
    let mut object = Object::begin(out);
    object.field("type", name);
    object.field("sequence_number", &number);
    fill(&mut object);
    object.end();
    on_one_line(&mut out[data..]);
    out.extend_from_slice(b"\n\n");
}
