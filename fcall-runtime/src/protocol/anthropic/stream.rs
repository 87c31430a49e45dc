//! A Messages reply as it comes in: a state machine fed with events.

use serde_json::value::RawValue;

use super::{
    super::{Limits, decoder::parse, fault, sse::SseEvent, text::Str},
    NAME,
    blocks::Blocks,
    container,
    response::{Event, Message, StopDetails, Tokens, finish},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, FinishReason, Sink},
};

/// The key of a refusal that is told beside the content.
const REFUSAL: usize = usize::MAX;
/// The key of the container that is.
const CONTAINER: usize = usize::MAX - 1;

/// The reply so far.
#[derive(Debug, Default)]
pub(in super::super) struct Reply {
    begun: bool,
    blocks: Blocks,
    tokens: Option<Tokens>,
    finish: Option<FinishReason>,
    /// `message_stop` has come.
    done: bool,
}

impl Reply {
    pub(in super::super) fn event(&mut self, event: &SseEvent<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let data = event.data.trim();
        if self.done || data.is_empty() || data.starts_with("[DONE]") {
            return Ok(());
        }
        if event.name == "error" {
            return Err(fault::in_reply(data));
        }
        let read: Event<'_> = parse(NAME, data)?;
        if let Some(error) = read.error.filter(|raw| fault::is_error(raw)) {
            return Err(fault::in_reply(error.get()));
        }
        match read.kind.as_deref().unwrap_or(event.name) {
            "error" => return Err(fault::in_reply(data)),
            "message_start" => {
                if std::mem::replace(&mut self.begun, true) {
                    // A proxy began anew: what came before belongs to nobody.
                    *self = Self { begun: true, ..Self::default() };
                    sink.push(Delta::Restart);
                }
                self.message(read.message.unwrap_or_default(), limits, sink)?;
            }
            "content_block_start" => {
                if let Some(raw) = read.content_block {
                    self.blocks.start(read.index, raw, limits, sink)?;
                }
            }
            "content_block_delta" => {
                if let Some(piece) = &read.delta {
                    self.blocks.delta(read.index, piece, limits, sink)?;
                }
            }
            "content_block_stop" => self.blocks.stop(read.index, sink),
            "message_delta" => {
                self.count(read.usage, sink);
                if let Some(piece) = read.delta {
                    contained(piece.container, sink);
                    self.stop(piece.stop_reason.as_deref(), piece.stop_details, sink);
                }
            }
            "message_stop" => {
                self.done = true;
                self.blocks.end(self.finish.as_ref().is_some_and(is_cut), sink);
            }
            _ => {}
        }
        Ok(())
    }

    pub(in super::super) fn whole(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let message: Message<'_> = parse(NAME, json)?;
        if let Some(error) = message.error.filter(|raw| fault::is_error(raw)) {
            return Err(fault::in_reply(error.get()));
        }
        if message.kind.as_deref() == Some("error") {
            return Err(fault::in_reply(json));
        }
        if message.content.is_none() {
            return Err(Error::decode(NAME, "expected `content` or `error` in the body"));
        }
        self.message(message, limits, sink)?;
        self.blocks.end(self.finish.as_ref().is_some_and(is_cut), sink);
        Ok(())
    }

    pub(in super::super) fn end(mut self, sink: &mut dyn Sink) -> Result<()> {
        if self.done {
            return Ok(());
        }
        let cut = self.finish.as_ref().is_none_or(is_cut);
        self.blocks.end(cut, sink);
        match self.finish {
            Some(_) => Ok(()),
            None => Err(Error::new(Kind::Cut { protocol: NAME })),
        }
    }

    /// A message with all its content: a whole reply, or what a stream begins with.
    fn message(&mut self, message: Message<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let known = |text: Option<Str<'_>>| text.filter(|text| !text.is_empty()).map(Str::into_string);
        sink.push(Delta::Begin { id: known(message.id), model: known(message.model) });
        let mut content = message.content.unwrap_or_default();
        let cut = message.stop_reason.as_deref().and_then(finish).is_some_and(|reason| is_cut(&reason));
        let last = if cut { content.pop() } else { None };
        for raw in content {
            self.blocks.whole(raw, limits, sink)?;
        }
        match last {
            Some(raw) if is_call(raw.get()) => self.blocks.half(raw, limits, sink)?,
            Some(raw) => self.blocks.whole(raw, limits, sink)?,
            None => {}
        }
        self.count(message.usage, sink);
        contained(message.container, sink);
        self.stop(message.stop_reason.as_deref(), message.stop_details, sink);
        Ok(())
    }

    fn count(&mut self, later: Option<Tokens>, sink: &mut dyn Sink) {
        if let Some(later) = later {
            let tokens = self.tokens.get_or_insert_default();
            tokens.replace(later);
            sink.push(Delta::Usage(tokens.usage()));
        }
    }

    fn stop(&mut self, reason: Option<&str>, details: Option<StopDetails<'_>>, sink: &mut dyn Sink) {
        if let Some(text) = details.and_then(|details| details.explanation).filter(|text| !text.is_empty()) {
            sink.push(Delta::Refusal { part: REFUSAL, text: text.into_string() });
        }
        if let Some(reason) = reason.and_then(finish) {
            self.blocks.end(is_cut(&reason), sink);
            self.finish = Some(reason.clone());
            sink.push(Delta::Finish(reason));
        }
    }
}

/// Where the service ran code.
fn contained(raw: Option<&RawValue>, sink: &mut dyn Sink) {
    if let Some(raw) = raw.filter(|raw| raw.get().starts_with('{')) {
        sink.push(Delta::Origin { part: CONTAINER, origin: container::keep(raw) });
    }
}

/// The provider stopped the model: what came last may be half.
fn is_cut(reason: &FinishReason) -> bool {
    matches!(reason, FinishReason::Length | FinishReason::Refusal)
}

fn is_call(block: &str) -> bool {
    serde_json::from_str::<super::response::Block<'_>>(block)
        .is_ok_and(|block| block.kind.as_deref() == Some("tool_use"))
}
