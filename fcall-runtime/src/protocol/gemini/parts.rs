//! The parts of a reply as they come in.

use serde_json::value::RawValue;

use super::{
    super::{body::Object, decoder::parse},
    NAME,
    fragments::Arguments,
    response::{Call, Part, extras},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, Origin, Sink},
    protocol::Limits,
};

/// The parts so far: texts grow, calls mostly come whole.
#[derive(Debug, Default)]
pub(super) struct Parts {
    count: usize,
    /// The text or thought that what comes next may go on with.
    open: Option<Open>,
    /// A call whose arguments come in fragments.
    half: Option<Half>,
    /// Calls that have all come: why the reply ends decides whether they are meant.
    calls: Vec<usize>,
}

#[derive(Debug)]
struct Open {
    part: usize,
    thought: bool,
    /// Of a thought, which goes back as a whole.
    text: String,
}

#[derive(Debug)]
struct Half {
    part: usize,
    arguments: Arguments,
    signed: bool,
}

impl Parts {
    pub(super) fn take(&mut self, raw: &RawValue, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let part: Part<'_> = parse(NAME, raw.get())?;
        if let Some(call) = part.call {
            return self.call(raw, &parse(NAME, call.get())?, part.signed, limits, sink);
        }
        let plain = !part.signed && !part.more && part.inline.is_none() && part.file.is_none() && part.result.is_none();
        let text = part.text.unwrap_or_default();
        if plain {
            return self.grow(part.thought, &text, limits, sink);
        }
        // What is signed stands for itself: joined with another it could not go back.
        self.close(sink);
        let key = self.next(limits)?;
        let sealed = part.signed && !part.more && part.inline.is_none() && part.file.is_none();
        if part.thought && !text.is_empty() || sealed && text.is_empty() {
            sink.push(Delta::Reasoning { part: key, text: text.into_string() });
        } else if !text.is_empty() {
            sink.push(Delta::Text { part: key, text: text.into_string() });
        }
        sink.push(Delta::Origin { part: key, origin: Origin::new(NAME, raw.get()) });
        Ok(())
    }

    fn next(&mut self, limits: &Limits) -> Result<usize> {
        if self.count >= limits.parts {
            return Err(Error::new(Kind::TooMany { what: "parts in one reply", limit: limits.parts }));
        }
        self.count += 1;
        Ok(self.count - 1)
    }

    /// Goes on with the text or thought before, or begins one.
    fn grow(&mut self, thought: bool, text: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if self.open.as_ref().is_some_and(|open| open.thought != thought) {
            self.close(sink);
        }
        if self.open.is_none() {
            let part = self.next(limits)?;
            self.open = Some(Open { part, thought, text: String::new() });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let (part, said) = (open.part, text.to_owned());
        if thought {
            open.text.push_str(text);
            sink.push(Delta::Reasoning { part, text: said });
        } else {
            sink.push(Delta::Text { part, text: said });
        }
        Ok(())
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        let Some(open) = self.open.take().filter(|open| open.thought) else { return };
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.field("text", &open.text);
        object.field("thought", &true);
        object.end();
        // Written from a text alone.
        let json = String::from_utf8(out).unwrap_or_default();
        sink.push(Delta::Origin { part: open.part, origin: Origin::new(NAME, json) });
    }

    fn call(
        &mut self,
        raw: &RawValue,
        call: &Call<'_>,
        signed: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let fragments = call.will_continue.unwrap_or(false) || !call.partial_args.is_empty();
        let Some(name) = call.name.as_deref().filter(|name| !name.is_empty()) else {
            return self.fragment(raw, call, signed, limits, sink);
        };
        self.close(sink);
        // A call that nobody ended has ended where the next one begins.
        self.settle(sink);
        let part = self.next(limits)?;
        let id = call.id.as_deref().unwrap_or_default().to_owned();
        sink.push(Delta::CallStart { part, id, name: name.to_owned() });
        if let Some(origin) = extras(raw) {
            sink.push(Delta::Origin { part, origin });
        }
        if fragments {
            self.half = Some(Half { part, arguments: Arguments::new(call.args), signed });
            return self.fragment(raw, call, false, limits, sink);
        }
        if let Some(args) = call.args.map(RawValue::get).filter(|args| *args != "null") {
            if args.len() > limits.arguments {
                let limit = limits.arguments;
                return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit }));
            }
            sink.push(Delta::CallArguments { part, text: args.to_owned() });
        }
        self.calls.push(part);
        sink.push(Delta::CallReady { part });
        Ok(())
    }

    /// Goes on with the call that is half there; a fragment of none is nothing.
    fn fragment(
        &mut self,
        raw: &RawValue,
        call: &Call<'_>,
        signed: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let Some(half) = &mut self.half else { return Ok(()) };
        for fragment in &call.partial_args {
            half.arguments.put(fragment, limits)?;
        }
        if signed
            && !std::mem::replace(&mut half.signed, true)
            && let Some(origin) = extras(raw)
        {
            sink.push(Delta::Origin { part: half.part, origin });
        }
        if !call.will_continue.unwrap_or(false) {
            self.settle(sink);
        }
        Ok(())
    }

    /// The call that came in fragments has all come.
    fn settle(&mut self, sink: &mut dyn Sink) {
        if let Some(half) = self.half.take() {
            sink.push(Delta::CallArguments { part: half.part, text: half.arguments.json() });
            self.calls.push(half.part);
            sink.push(Delta::CallReady { part: half.part });
        }
    }

    /// Whether there are calls that have all come.
    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// The reply ends: in the middle (`cut`), or in order, and then a call that nobody ended has ended. Calls that the
    /// service takes back (`void`) never end.
    pub(super) fn end(&mut self, cut: bool, void: bool, sink: &mut dyn Sink) {
        self.close(sink);
        if !cut {
            self.settle(sink);
        } else if let Some(half) = self.half.take() {
            sink.push(Delta::CallArguments { part: half.part, text: half.arguments.json() });
        }
        for part in &self.calls {
            if !void {
                sink.push(Delta::CallEnd { part: *part });
            }
        }
    }
}
