//! A Chat Completions reply as it comes in: a state machine fed with chunks.

use super::{
    super::{Limits, decoder::parse, fault, sse::SseEvent, text::Str},
    NAME,
    calls::{Calls, Ending},
    details::Details,
    heard::Heard,
    plain,
    response::{Chunk, Content, ContentPart, Piece, finish},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, FinishReason, Origin, Sink},
};

// The keys of the parts that are no calls.
const REASONING: usize = 0;
const TEXT: usize = 1;
const REFUSAL: usize = 2;
const DETAILS: usize = 3;
const EXTRA: usize = 4;
const ANNOTATIONS: usize = 5;
const PARTS: usize = 6;
const IMAGES: usize = 7;
const SOUND: usize = 8;

/// How much of a message has come.
#[derive(Clone, Copy)]
enum Form {
    Piece,
    /// All of it; `said`: with a reason that leaves nothing in doubt.
    Whole {
        said: bool,
    },
}

/// The reply so far: choice 0 of it.
#[derive(Debug, Default)]
pub(in super::super) struct Reply {
    begun: bool,
    /// The key under which reasoning came first.
    reasoning: Option<&'static str>,
    details: Details,
    extra: Option<String>,
    annotations: Vec<String>,
    /// Parts of the content that have no neutral form.
    parts: Vec<String>,
    heard: Heard,
    calls: Calls,
    finish: Option<FinishReason>,
    /// `[DONE]` has come.
    done: bool,
}

impl Reply {
    pub(in super::super) fn event(&mut self, event: &SseEvent<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let data = event.data.trim();
        if self.done || data.is_empty() {
            return Ok(());
        }
        if data.starts_with("[DONE]") {
            self.done = true;
            return Ok(());
        }
        if event.name == "error" {
            return Err(fault::in_reply(data));
        }
        self.chunk(read(data)?, data, limits, sink)
    }

    pub(in super::super) fn whole(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let chunk = read(json)?;
        if chunk.choices.is_empty() && chunk.error.is_none() && chunk.object.as_deref() != Some("error") {
            return Err(Error::decode(NAME, "expected `choices` or `error` in the body"));
        }
        self.chunk(chunk, json, limits, sink)?;
        let ending = self.finish.as_ref().map_or(Ending::Said, ending);
        self.calls.end(ending, sink);
        self.calls.nameless(ending, sink);
        self.seal(sink);
        Ok(())
    }

    pub(in super::super) fn end(mut self, sink: &mut dyn Sink) -> Result<()> {
        self.seal(sink);
        if let Some(finish) = &self.finish {
            self.calls.nameless(ending(finish), sink);
            return Ok(());
        }
        let ending = if self.done { Ending::Silent } else { Ending::Cut };
        self.calls.end(ending, sink);
        self.calls.nameless(ending, sink);
        match self.done {
            true => Ok(()),
            false => Err(Error::new(Kind::Cut { protocol: NAME })),
        }
    }

    /// Tells what is only known when all has come.
    fn seal(&mut self, sink: &mut dyn Sink) {
        if let Some(json) = self.details.take() {
            sink.push(Delta::Origin { part: DETAILS, origin: Origin::new(NAME, json) });
        }
        if let Some(extra) = self.extra.take() {
            let json = format!("{{\"extra_content\":{extra}}}");
            sink.push(Delta::Origin { part: EXTRA, origin: Origin::new(NAME, json) });
        }
        if !self.annotations.is_empty() {
            let json = format!("{{\"annotations\":[{}]}}", std::mem::take(&mut self.annotations).join(","));
            sink.push(Delta::Origin { part: ANNOTATIONS, origin: Origin::new(NAME, json) });
        }
        if !self.parts.is_empty() {
            let json = format!("{{\"content_parts\":[{}]}}", std::mem::take(&mut self.parts).join(","));
            sink.push(Delta::Origin { part: PARTS, origin: Origin::new(NAME, json) });
        }
        for (part, json) in [(IMAGES, self.heard.images()), (SOUND, self.heard.sound())] {
            if let Some(json) = json {
                sink.push(Delta::Origin { part, origin: Origin::new(NAME, json) });
            }
        }
    }

    fn chunk(&mut self, chunk: Chunk<'_>, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        if let Some(error) = chunk.error.filter(|raw| fault::is_error(raw)) {
            return Err(fault::in_reply(error.get()));
        }
        if chunk.object.as_deref() == Some("error") {
            return Err(fault::in_reply(json));
        }
        if !self.begun {
            let known = |text: Option<Str<'_>>| text.filter(|text| !text.is_empty()).map(Str::into_string);
            let (id, model) = (known(chunk.id), known(chunk.model));
            self.begun = id.is_some() || model.is_some();
            if self.begun {
                sink.push(Delta::Begin { id, model });
            }
        }
        for choice in chunk.choices {
            if choice.index.is_some_and(|index| index != 0) {
                continue;
            }
            let reason = choice.finish_reason.as_deref().and_then(finish);
            let said = reason.as_ref().is_some_and(|reason| ending(reason) == Ending::Said);
            match (choice.delta, choice.message) {
                (Some(piece), _) => self.piece(piece, Form::Piece, limits, sink)?,
                (None, Some(message)) => self.piece(*message, Form::Whole { said }, limits, sink)?,
                (None, None) => {}
            }
            if let Some(reason) = reason.filter(|reason| self.finish.as_ref() != Some(reason)) {
                self.calls.end(ending(&reason), sink);
                self.finish = Some(reason.clone());
                sink.push(Delta::Finish(reason));
            }
        }
        if let Some(tokens) = chunk.usage.or(chunk.x_groq.and_then(|groq| groq.usage)) {
            sink.push(Delta::Usage(tokens.usage()));
        }
        Ok(())
    }

    fn piece(&mut self, piece: Piece<'_>, form: Form, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let named = [("reasoning_content", &piece.reasoning_content), ("reasoning", &piece.reasoning)];
        let said = named.into_iter().find_map(|(key, text)| Some((key, text.as_deref().filter(|t| !t.is_empty())?)));
        if let Some((key, text)) = said {
            self.reason(Some(key), text, sink);
        }
        for detail in &piece.reasoning_details {
            let text = self.details.push(detail, matches!(form, Form::Whole { .. }), limits)?;
            if let Some(text) = text.filter(|_| said.is_none() && self.reasoning.is_none()) {
                self.reason(None, &text, sink);
            }
        }
        match &piece.content {
            Content::None => {}
            Content::Text(text) => say(TEXT, text, sink),
            Content::Parts(parts) => {
                for part in parts {
                    self.part(part, sink);
                    if let Some(raw) = part.unknown() {
                        if self.parts.len() >= limits.parts {
                            let what = "parts in one reply";
                            return Err(Error::new(Kind::TooMany { what, limit: limits.parts }));
                        }
                        self.parts.push(raw.get().to_owned());
                    }
                }
            }
        }
        if let Some(text) = piece.refusal.as_deref().filter(|text| !text.is_empty()) {
            sink.push(Delta::Refusal { part: REFUSAL, text: text.to_owned() });
        }
        for call in piece.tool_calls {
            match form {
                Form::Whole { said } => self.calls.whole(call, said, limits, sink)?,
                Form::Piece => self.calls.fragment(call, limits, sink)?,
            }
        }
        if let Some(function) = piece.function_call {
            self.calls.legacy(*function, limits, sink)?;
        }
        for annotation in &piece.annotations {
            if self.annotations.len() >= limits.parts {
                return Err(Error::new(Kind::TooMany { what: "annotations in one reply", limit: limits.parts }));
            }
            self.annotations.push(annotation.get().to_owned());
        }
        if let Some(images) = piece.images {
            self.heard.see(images, limits)?;
        }
        if let Some(sound) = piece.audio {
            self.heard.hear(sound, limits)?;
        }
        if let Some(extra) = piece.extra_content.filter(|raw| raw.get() != "null") {
            self.extra = Some(extra.get().to_owned());
        }
        Ok(())
    }

    fn part(&mut self, part: &ContentPart<'_>, sink: &mut dyn Sink) {
        match &part.thinking {
            Content::None => {}
            Content::Text(text) => self.reason(None, text, sink),
            Content::Parts(parts) => {
                for text in parts.iter().filter_map(|part| part.text.as_deref()) {
                    self.reason(None, text, sink);
                }
            }
        }
        if let Some(text) = &part.text {
            say(TEXT, text, sink);
        }
        if let Some(text) = part.refusal.as_deref().filter(|text| !text.is_empty()) {
            sink.push(Delta::Refusal { part: REFUSAL, text: text.to_owned() });
        }
    }

    /// Tells of reasoning; the key that it came under is kept as a JSON text, for the way back.
    fn reason(&mut self, key: Option<&'static str>, text: &str, sink: &mut dyn Sink) {
        sink.push(Delta::Reasoning { part: REASONING, text: text.to_owned() });
        if let Some(key) = key.filter(|_| self.reasoning.is_none()) {
            self.reasoning = Some(key);
            sink.push(Delta::Origin { part: REASONING, origin: Origin::new(NAME, format!("\"{key}\"")) });
        }
    }
}

fn say(part: usize, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.push(Delta::Text { part, text: text.to_owned() });
    }
}

fn read(json: &str) -> Result<Chunk<'_>> {
    plain::read(json).map_or_else(|| parse(NAME, json), Ok)
}

/// Where the provider stopped the model, what came last may be half.
fn ending(reason: &FinishReason) -> Ending {
    match reason {
        FinishReason::Length | FinishReason::ContentFilter | FinishReason::Refusal => Ending::Cut,
        _ => Ending::Said,
    }
}
