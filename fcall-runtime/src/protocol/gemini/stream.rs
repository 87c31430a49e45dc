//! A generateContent reply as it comes in: a state machine fed with chunks.

use serde_json::value::RawValue;

use super::{
    super::{Limits, decoder::parse, fault, sse::SseEvent, text::Str},
    NAME, continuation,
    parts::Parts,
    response::{Chunk, finish, voids_calls},
    sources::Sources,
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, FinishReason, Origin, Sink},
};

/// The key of a refusal that is told beside the content.
const REFUSAL: usize = usize::MAX;
/// The key of what a paused reply goes on with.
const REST: usize = usize::MAX - 1;
/// The key of what the reply rests on.
const SOURCES: usize = usize::MAX - 2;

/// The reply so far.
#[derive(Debug, Default)]
pub(in super::super) struct Reply {
    id: bool,
    model: bool,
    parts: Parts,
    /// The last reason that came: a reply may go on behind one.
    reason: Option<String>,
    blocked: bool,
    token: Option<Origin>,
    sources: Sources,
}

impl Reply {
    pub(in super::super) fn event(&mut self, event: &SseEvent<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let data = event.data.trim();
        if data.is_empty() || data.starts_with("[DONE]") {
            return Ok(());
        }
        if event.name == "error" {
            return Err(fault::in_reply(data));
        }
        self.chunks(data, limits, sink).map(|_| ())
    }

    /// A reply that is no stream of events: one object, or the list of chunks that the service makes of a stream where
    /// it was not asked for events.
    pub(in super::super) fn whole(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let listed = json.starts_with('[');
        if !self.chunks(json, limits, sink)? {
            return Err(Error::decode(NAME, "expected `candidates`, `promptFeedback` or `error` in the body"));
        }
        if listed && self.reason.is_none() && !self.blocked {
            self.parts.end(true, true, sink);
            return Err(Error::new(Kind::Cut { protocol: NAME }));
        }
        self.close(sink);
        Ok(())
    }

    pub(in super::super) fn end(mut self, sink: &mut dyn Sink) -> Result<()> {
        if self.reason.is_none() && !self.blocked {
            self.parts.end(true, false, sink);
            return Err(Error::new(Kind::Cut { protocol: NAME }));
        }
        self.close(sink);
        Ok(())
    }

    /// Takes a chunk or a list of chunks; tells whether any of them said something.
    fn chunks(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<bool> {
        if !json.starts_with('[') {
            return self.chunk(parse(NAME, json)?, json, limits, sink);
        }
        let mut said = false;
        for raw in parse::<Vec<&RawValue>>(NAME, json)? {
            said |= self.chunk(parse(NAME, raw.get())?, raw.get(), limits, sink)?;
        }
        Ok(said)
    }

    fn chunk(&mut self, chunk: Chunk<'_>, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<bool> {
        if chunk.error.is_some_and(fault::is_error) {
            return Err(fault::in_reply(json));
        }
        self.begin(chunk.response_id, chunk.model_version, sink);
        let said = chunk.candidates.is_some() || chunk.prompt_feedback.is_some();
        let candidates = chunk.candidates.unwrap_or_default();
        let first = candidates.into_iter().enumerate().find(|(at, c)| c.index.0.unwrap_or(*at as u64) == 0);
        if let Some((_, candidate)) = first {
            self.sources.take(&candidate);
            for raw in candidate.content.unwrap_or_default().parts {
                self.parts.take(raw, limits, sink)?;
            }
            if let Some(reason) = candidate.finish_reason.filter(|reason| !reason.is_empty()) {
                if finish(&reason, false) == FinishReason::ContentFilter {
                    refuse(candidate.finish_message, sink);
                }
                self.reason = Some(reason.into_string());
            }
            if let Some(token) = candidate.continuation_token.filter(|token| !matches!(token.get(), "null" | "\"\"")) {
                self.token = Some(continuation::keep(token));
            }
        }
        if let Some(feedback) = chunk.prompt_feedback
            && feedback.block_reason.is_some_and(|reason| !reason.is_empty())
        {
            self.blocked = true;
            refuse(feedback.block_reason_message, sink);
        }
        if let Some(tokens) = chunk.usage_metadata.filter(|tokens| tokens.counts()) {
            sink.push(Delta::Usage(tokens.usage()));
        }
        Ok(said)
    }

    fn begin(&mut self, id: Option<Str<'_>>, model: Option<Str<'_>>, sink: &mut dyn Sink) {
        let news = |text: Option<Str<'_>>, known: &mut bool| {
            let text = text.filter(|text| !*known && !text.is_empty())?;
            *known = true;
            Some(text.into_string())
        };
        let (id, model) = (news(id, &mut self.id), news(model, &mut self.model));
        if id.is_some() || model.is_some() {
            sink.push(Delta::Begin { id, model });
        }
    }

    /// Nothing more comes: only now it is certain which calls there are, and how they ended.
    fn close(&mut self, sink: &mut dyn Sink) {
        let reason = self.reason.as_deref();
        let void = reason.is_some_and(voids_calls);
        let last = reason.map(|reason| finish(reason, true));
        let cut = self.blocked || matches!(last, Some(FinishReason::Length | FinishReason::ContentFilter));
        self.parts.end(cut || void, void, sink);
        if let Some(origin) = self.sources.end() {
            sink.push(Delta::Origin { part: SOURCES, origin });
        }
        if let Some(origin) = self.token.take().filter(|_| last == Some(FinishReason::Paused)) {
            sink.push(Delta::Origin { part: REST, origin });
        }
        if self.blocked {
            sink.push(Delta::Finish(FinishReason::ContentFilter));
        } else if let Some(reason) = reason {
            sink.push(Delta::Finish(finish(reason, self.parts.has_calls())));
        }
    }
}

fn refuse(why: Option<Str<'_>>, sink: &mut dyn Sink) {
    if let Some(text) = why.filter(|text| !text.is_empty()) {
        sink.push(Delta::Refusal { part: REFUSAL, text: text.into_string() });
    }
}
