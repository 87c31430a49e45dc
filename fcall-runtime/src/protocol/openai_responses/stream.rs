//! A Responses reply as it comes in: a state machine fed with events.

use super::{
    super::{Limits, decoder::parse, fault, sse::SseEvent, text::Str},
    NAME,
    items::{At, Items, Place, Saying},
    response::{Body, Event, finish},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, FinishReason, Sink},
};

/// The reply so far.
#[derive(Debug, Default)]
pub(in super::super) struct Reply {
    begun: bool,
    items: Items,
    /// The event that ends a reply has come.
    done: bool,
}

impl Reply {
    pub(in super::super) fn event(&mut self, event: &SseEvent<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let data = event.data.trim();
        if data.is_empty() || data.starts_with("[DONE]") {
            return Ok(());
        }
        let read: Event<'_> = match (parse(NAME, data), self.done) {
            (Ok(read), _) => read,
            // After the end only another beginning is heard.
            (Err(_), true) => return Ok(()),
            (Err(error), false) => return Err(error),
        };
        if self.done && read.kind.as_deref() != Some("response.created") {
            return Ok(());
        }
        if let Some(error) = read.error.filter(|raw| fault::is_error(raw)) {
            return Err(fault::in_reply(error.get()));
        }
        let kind = read.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(event.name);
        let at = At { index: read.output_index, id: read.item_id.as_deref() };
        let (content, summary) = (read.content_index.unwrap_or(0), read.summary_index.unwrap_or(0));
        let delta = read.delta.as_deref().unwrap_or_default();
        let text = read.text.as_deref().unwrap_or_default();
        match kind {
            "error" => return Err(fault::in_reply(data)),
            "response.created" | "response.queued" | "response.in_progress" => {
                if let Some(raw) = read.response {
                    self.begin(&parse(NAME, raw.get())?, kind == "response.created", sink);
                }
            }
            "response.output_item.added" => {
                if let Some(item) = read.item {
                    self.items.add(read.output_index, item, limits, sink)?;
                }
            }
            "response.output_item.done" => {
                if let Some(item) = read.item {
                    self.items.done(read.output_index, item, false, limits, sink)?;
                }
            }
            "response.output_text.delta" => {
                self.items.say(
                    at,
                    Saying { place: Place::Text, index: content, text: delta, whole: false },
                    limits,
                    sink,
                )?;
            }
            "response.output_text.done" => {
                self.items.say(at, Saying { place: Place::Text, index: content, text, whole: true }, limits, sink)?;
            }
            "response.refusal.delta" => {
                self.items.say(
                    at,
                    Saying { place: Place::Refusal, index: content, text: delta, whole: false },
                    limits,
                    sink,
                )?;
            }
            "response.refusal.done" => {
                let text = read.refusal.as_deref().unwrap_or_default();
                self.items.say(
                    at,
                    Saying { place: Place::Refusal, index: content, text, whole: true },
                    limits,
                    sink,
                )?;
            }
            "response.reasoning_summary_text.delta" => {
                self.items.say(
                    at,
                    Saying { place: Place::Summary, index: summary, text: delta, whole: false },
                    limits,
                    sink,
                )?;
            }
            "response.reasoning_summary_text.done" => {
                self.items.say(
                    at,
                    Saying { place: Place::Summary, index: summary, text, whole: true },
                    limits,
                    sink,
                )?;
            }
            "response.reasoning_text.delta" => {
                self.items.say(
                    at,
                    Saying { place: Place::Reasoning, index: content, text: delta, whole: false },
                    limits,
                    sink,
                )?;
            }
            "response.reasoning_text.done" => {
                self.items.say(
                    at,
                    Saying { place: Place::Reasoning, index: content, text, whole: true },
                    limits,
                    sink,
                )?;
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                self.items.argue(at, delta, limits, sink)?;
            }
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                self.items.argued(at, read.arguments.or(read.input), limits, sink)?;
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled"
            | "response.done" => {
                let body = match read.response {
                    Some(raw) => parse(NAME, raw.get())?,
                    None => Body::default(),
                };
                self.finish(body, kind.strip_prefix("response."), limits, sink)?;
            }
            // A reply as a whole, in the clothes of an event.
            "" if read.object.as_deref() == Some("response") => self.whole(data, limits, sink)?,
            _ => {}
        }
        Ok(())
    }

    pub(in super::super) fn whole(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let body: Body<'_> = parse(NAME, json)?;
        if body.output.is_none() && !body.error.is_some_and(fault::is_error) {
            return Err(Error::decode(NAME, "expected `output` or `error` in the body"));
        }
        self.begin(&body, false, sink);
        self.finish(body, None, limits, sink)
    }

    pub(in super::super) fn end(self, _: &mut dyn Sink) -> Result<()> {
        match self.done {
            true => Ok(()),
            false => Err(Error::new(Kind::Cut { protocol: NAME })),
        }
    }

    fn begin(&mut self, body: &Body<'_>, anew: bool, sink: &mut dyn Sink) {
        if anew && self.begun && (self.done || !self.items.is_empty()) {
            // A proxy began anew, or went on by itself: what came before is not the reply.
            *self = Self { begun: true, ..Self::default() };
            sink.push(Delta::Restart);
        }
        if anew || !self.begun {
            self.begun = true;
            let known = |text: &Option<Str<'_>>| text.as_deref().filter(|text| !text.is_empty()).map(str::to_owned);
            sink.push(Delta::Begin { id: known(&body.id), model: known(&body.model) });
        }
    }

    /// The last that is heard: the event that says so, or a whole reply. `event` says how it ended where the body does
    /// not.
    fn finish(&mut self, body: Body<'_>, event: Option<&str>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        if let Some(error) = body.error.filter(|raw| fault::is_error(raw)) {
            return Err(fault::in_reply(error.get()));
        }
        if event == Some("failed") || body.status.as_deref() == Some("failed") {
            return Err(Error::decode(NAME, "the reply failed, and does not say why"));
        }
        let status = body.status.as_deref().or(event.filter(|event| *event != "done"));
        let reason = body.incomplete_details.and_then(|details| details.reason);
        let cut = |finish: &FinishReason| !matches!(finish, FinishReason::Stop | FinishReason::ToolCalls);
        let is_cut = cut(&finish(status, reason.as_deref(), false));
        self.items.complete(&body.output.unwrap_or_default(), is_cut, limits, sink)?;
        if let Some(tokens) = body.usage {
            sink.push(Delta::Usage(tokens.usage()));
        }
        sink.push(Delta::Finish(finish(status, reason.as_deref(), self.items.has_calls())));
        self.done = true;
        Ok(())
    }
}
