//! The content blocks of a reply as they are put together.

use serde_json::value::RawValue;

use super::{
    super::{
        body::Object,
        decoder::parse,
        scan::JsonEnd,
        text::{Members, text_or_json},
    },
    NAME,
    response::{Block, Piece, extras},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, Origin, Sink},
    protocol::Limits,
};

/// The blocks that are open, and the calls whose end is not certain yet.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Open>,
    /// Parts so far: indexes may repeat, keys may not.
    parts: usize,
    /// Calls whose block has ended without whole arguments: why the reply ends decides.
    unsure: Vec<usize>,
}

#[derive(Debug)]
struct Open {
    index: i64,
    part: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Text {
        text: String,
        citations: Vec<String>,
    },
    Thinking {
        text: String,
        signature: String,
    },
    Call {
        arguments: JsonEnd,
        start: String,
    },
    /// No neutral form: the block as it began, and what came since.
    Opaque {
        json: String,
        input: String,
        content: Option<String>,
        changed: bool,
    },
}

impl Blocks {
    /// Takes a block that is whole.
    pub(super) fn whole(&mut self, raw: &RawValue, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        self.start(-1, raw, limits, sink)?;
        // A whole block keeps its own form to the letter.
        let Some(open) = self.open.pop() else { return Ok(()) };
        match open.state {
            State::Text { citations, .. } if citations.is_empty() => {}
            State::Text { .. } | State::Thinking { .. } | State::Opaque { .. } => {
                sink.push(Delta::Origin { part: open.part, origin: Origin::new(NAME, raw.get()) });
            }
            State::Call { .. } => self.close(open, sink),
        }
        Ok(())
    }

    pub(super) fn start(&mut self, index: i64, raw: &RawValue, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let block: Block<'_> = parse(NAME, raw.get())?;
        let part = self.next(limits)?;
        let text = |text: Option<super::super::text::Str<'_>>| text.map(|text| text.into_string()).unwrap_or_default();
        let state = match block.kind.as_deref().unwrap_or_default() {
            "text" => {
                let citations = block.citations().iter().map(|citation| citation.get().to_owned()).collect();
                let text = text(block.text);
                say(part, &text, sink);
                State::Text { text, citations }
            }
            "thinking" => {
                let thinking = text(block.thinking);
                sink.push(Delta::Reasoning { part, text: thinking.clone() });
                State::Thinking { text: thinking, signature: text(block.signature) }
            }
            "tool_use" => {
                sink.push(Delta::CallStart { part, id: text(block.id), name: text(block.name) });
                if let Some(origin) = extras(raw) {
                    sink.push(Delta::Origin { part, origin });
                }
                let input = match block.input {
                    Some(input) => text_or_json(input).map_err(|_| Error::decode(NAME, "a call without input"))?,
                    None => "".into(),
                };
                if input.len() > limits.arguments {
                    let limit = limits.arguments;
                    return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit }));
                }
                let start = if is_empty(&input) { String::new() } else { input.into_owned() };
                State::Call { arguments: JsonEnd::default(), start }
            }
            kind => {
                if kind == "redacted_thinking" {
                    sink.push(Delta::Reasoning { part, text: String::new() });
                }
                let json = raw.get().to_owned();
                sink.push(Delta::Origin { part, origin: Origin::new(NAME, json.clone()) });
                State::Opaque { json, input: String::new(), content: None, changed: false }
            }
        };
        self.open.push(Open { index, part, state });
        Ok(())
    }

    fn next(&mut self, limits: &Limits) -> Result<usize> {
        if self.parts >= limits.parts {
            return Err(Error::new(Kind::TooMany { what: "blocks in one reply", limit: limits.parts }));
        }
        self.parts += 1;
        Ok(self.parts - 1)
    }

    pub(super) fn delta(&mut self, index: i64, piece: &Piece<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let at = match self.open.iter().rposition(|open| open.index == index) {
            Some(at) => at,
            // Some servers begin a text without saying so.
            None if piece.text.is_some() || piece.thinking.is_some() => {
                let part = self.next(limits)?;
                let state = match piece.thinking {
                    Some(_) => State::Thinking { text: String::new(), signature: String::new() },
                    None => State::Text { text: String::new(), citations: Vec::new() },
                };
                self.open.push(Open { index, part, state });
                self.open.len() - 1
            }
            None => return Ok(()),
        };
        let Open { part, state, .. } = &mut self.open[at];
        match state {
            State::Text { text, citations } => {
                if let Some(more) = &piece.text {
                    say(*part, more, sink);
                    text.push_str(more);
                }
                citations.extend(piece.citation.map(|citation| citation.get().to_owned()));
            }
            State::Thinking { text, signature } => {
                if let Some(more) = &piece.thinking {
                    sink.push(Delta::Reasoning { part: *part, text: more.to_string() });
                    text.push_str(more);
                }
                if let Some(whole) = &piece.signature {
                    signature.clear();
                    signature.push_str(whole);
                }
            }
            State::Call { arguments, .. } => {
                if let Some(more) = piece.partial_json.as_deref().filter(|more| !more.is_empty()) {
                    arguments.push(more);
                    if arguments.bytes > limits.arguments {
                        let limit = limits.arguments;
                        return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit }));
                    }
                    sink.push(Delta::CallArguments { part: *part, text: more.to_owned() });
                }
            }
            State::Opaque { input, content, changed, .. } => {
                if let Some(more) = &piece.partial_json {
                    input.push_str(more);
                    *changed |= !more.is_empty();
                }
                if let Some(whole) = piece.content {
                    *content = Some(whole.get().to_owned());
                    *changed = true;
                }
            }
        }
        Ok(())
    }

    pub(super) fn stop(&mut self, index: i64, sink: &mut dyn Sink) {
        if let Some(at) = self.open.iter().rposition(|open| open.index == index) {
            let open = self.open.remove(at);
            self.close(open, sink);
        }
    }

    fn close(&mut self, open: Open, sink: &mut dyn Sink) {
        let part = open.part;
        let origin = match open.state {
            State::Text { citations, .. } if citations.is_empty() => None,
            State::Text { text, citations } => Some(block(|object| {
                object.field("type", "text");
                object.field("text", &text);
                object.json("citations", &format!("[{}]", citations.join(",")));
            })),
            State::Thinking { text, signature } => Some(block(|object| {
                object.field("type", "thinking");
                object.field("thinking", &text);
                object.field("signature", &signature);
            })),
            State::Call { arguments, start } => {
                // The input in the start of a block is a placeholder, unless nothing else comes.
                let whole = !start.is_empty() && arguments.is_blank();
                if whole {
                    sink.push(Delta::CallArguments { part, text: start });
                }
                match whole || arguments.is_complete() {
                    true => sink.push(Delta::CallEnd { part }),
                    false => self.unsure.push(part),
                }
                None
            }
            State::Opaque { changed: false, .. } => None,
            State::Opaque { json, input, content, .. } => Some(block(|object| {
                let members = serde_json::from_str::<Members<'_>>(&json).unwrap_or_default();
                let input = Some(input).filter(|input| is_json(input));
                for (key, value) in &members.0 {
                    match (&**key, &input, &content) {
                        ("input", Some(new), _) | ("content", _, Some(new)) => object.json(key, new),
                        _ => object.json(key, value.get()),
                    }
                }
            })),
        };
        if let Some(json) = origin {
            sink.push(Delta::Origin { part, origin: Origin::new(NAME, json) });
        }
    }

    /// Takes the call that the reply was cut off in: its block looks whole, and may be half.
    pub(super) fn half(&mut self, raw: &RawValue, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        self.start(-1, raw, limits, sink)?;
        let Some(open) = self.open.pop() else { return Ok(()) };
        if let State::Call { start, .. } = open.state
            && !start.is_empty()
        {
            sink.push(Delta::CallArguments { part: open.part, text: start });
        }
        Ok(())
    }

    /// The reply ends: whatever is open is closed, and calls in doubt have ended unless the reply was cut off.
    pub(super) fn end(&mut self, cut: bool, sink: &mut dyn Sink) {
        for open in std::mem::take(&mut self.open) {
            // Thinking that broke off has no signature, and nobody takes it back without.
            let unsigned = matches!(&open.state, State::Thinking { signature, .. } if signature.is_empty());
            if !(cut && unsigned) {
                self.close(open, sink);
            }
        }
        for part in std::mem::take(&mut self.unsure) {
            if !cut {
                sink.push(Delta::CallEnd { part });
            }
        }
    }
}

fn say(part: usize, text: &str, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.push(Delta::Text { part, text: text.to_owned() });
    }
}

fn is_empty(input: &str) -> bool {
    let blank = |c: char| c.is_ascii_whitespace();
    matches!(input.trim_matches(blank), "" | "null")
        || input.trim_matches(blank).strip_prefix('{').is_some_and(|rest| rest.trim_matches(blank) == "}")
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn block(fill: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    fill(&mut object);
    object.end();
    // Written from texts alone.
    String::from_utf8(out).unwrap_or_default()
}
