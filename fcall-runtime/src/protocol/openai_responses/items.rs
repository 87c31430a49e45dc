//! The output items of a reply as they are put together.

use serde_json::value::RawValue;

use super::{
    super::{
        Limits,
        body::Object,
        decoder::parse,
        text::{Str, text_or_json},
    },
    NAME,
    response::{Item, ItemKind, Said, extras, parts},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, Origin, Sink},
};

/// The items so far, by the index that the provider gives them: their ids may differ from event to event.
#[derive(Debug, Default)]
pub(super) struct Items {
    items: Vec<Slot>,
    /// Parts so far: the key of the next one.
    parts: usize,
}

#[derive(Debug)]
struct Slot {
    index: i64,
    kind: ItemKind,
    id: String,
    call_id: String,
    /// The keys of its parts, by their index in the item; a call, reasoning and an unknown item are one part.
    keys: Vec<(i64, usize)>,
    /// Arguments as far as they came.
    received: String,
    /// What of each text has come.
    said: Vec<(Place, i64, String)>,
    done: bool,
}

/// Where in an item a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text,
    Refusal,
    Summary,
    Reasoning,
}

/// A text, or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saying<'e> {
    pub(super) place: Place,
    /// Which of the texts of this place in its item.
    pub(super) index: i64,
    pub(super) text: &'e str,
    /// All of it: what has not come in pieces counts.
    pub(super) whole: bool,
}

/// Where an event belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'e> {
    pub(super) index: Option<i64>,
    pub(super) id: Option<&'e str>,
}

impl Items {
    /// A call has come.
    pub(super) fn has_calls(&self) -> bool {
        self.items.iter().any(|slot| slot.kind == ItemKind::Call)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn find(&self, at: At<'_>) -> Option<usize> {
        match (at.index, at.id) {
            (Some(index), _) => self.items.iter().rposition(|slot| slot.index == index),
            (None, Some(id)) => self.items.iter().rposition(|slot| slot.id == id),
            (None, None) => self.items.iter().rposition(|slot| !slot.done),
        }
    }

    fn key(&mut self, slot: usize, index: i64, limits: &Limits) -> Result<usize> {
        if let Some((_, key)) = self.items[slot].keys.iter().find(|(at, _)| *at == index) {
            return Ok(*key);
        }
        if self.parts >= limits.parts {
            return Err(Error::new(Kind::TooMany { what: "parts in one reply", limit: limits.parts }));
        }
        let key = self.parts;
        self.parts += 1;
        self.items[slot].keys.push((index, key));
        Ok(key)
    }

    fn open(&mut self, at: At<'_>, kind: ItemKind, call_id: &str, limits: &Limits) -> Result<usize> {
        if self.items.len() >= limits.parts {
            return Err(Error::new(Kind::TooMany { what: "items in one reply", limit: limits.parts }));
        }
        let next = self.items.iter().map(|slot| slot.index.saturating_add(1)).max().unwrap_or(0);
        self.items.push(Slot {
            index: at.index.unwrap_or(next),
            kind,
            id: at.id.unwrap_or_default().to_owned(),
            call_id: call_id.to_owned(),
            keys: Vec::new(),
            received: String::new(),
            said: Vec::new(),
            done: false,
        });
        Ok(self.items.len() - 1)
    }

    /// The item that an item's own event speaks of; a second item in the place of one that is done is another one.
    fn slot(&mut self, at: At<'_>, item: &Item<'_>, limits: &Limits) -> Result<(usize, bool)> {
        let call_id = item.call_id.as_deref().unwrap_or_default();
        let known = self.find(at).filter(|known| {
            let slot = &self.items[*known];
            !slot.done && slot.kind == item.what() && (slot.call_id == call_id || slot.call_id.is_empty())
        });
        match known {
            Some(known) => Ok((known, false)),
            None => Ok((self.open(at, item.what(), call_id, limits)?, true)),
        }
    }

    /// An item begins.
    pub(super) fn add(
        &mut self,
        at: Option<i64>,
        raw: &RawValue,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<usize> {
        let item: Item<'_> = parse(NAME, raw.get())?;
        let (slot, new) = self.slot(At { index: at, id: item.id.as_deref() }, &item, limits)?;
        if !new {
            return Ok(slot);
        }
        match item.what() {
            // Its parts come by themselves.
            ItemKind::Message => {}
            ItemKind::Reasoning => {
                let part = self.key(slot, 0, limits)?;
                sink.push(Delta::Reasoning { part, text: String::new() });
                self.named(slot, part, sink);
            }
            ItemKind::Call => {
                let part = self.key(slot, 0, limits)?;
                let text = |text: Option<Str<'_>>| text.map(Str::into_string).unwrap_or_default();
                sink.push(Delta::CallStart { part, id: text(item.call_id), name: text(item.name) });
                if let Some(origin) = extras(raw) {
                    sink.push(Delta::Origin { part, origin });
                }
            }
            ItemKind::Other => {
                let part = self.key(slot, 0, limits)?;
                sink.push(Delta::Origin { part, origin: Origin::new(NAME, raw.get()) });
            }
        }
        Ok(slot)
    }

    /// A text, or more of one.
    pub(super) fn say(&mut self, at: At<'_>, saying: Saying<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let kind = match saying.place {
            Place::Text | Place::Refusal => ItemKind::Message,
            Place::Summary | Place::Reasoning => ItemKind::Reasoning,
        };
        let slot = match self.find(at).filter(|slot| self.items[*slot].kind == kind) {
            // Of an item that is done, nothing more is taken.
            Some(slot) if self.items[slot].done => return Ok(()),
            Some(slot) => slot,
            None if saying.whole => return Ok(()),
            // Some servers begin a text without saying so.
            None => self.open(at, kind, "", limits)?,
        };
        self.say_in(slot, saying, limits, sink)
    }

    fn say_in(&mut self, slot: usize, saying: Saying<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let Saying { place, index, text, whole } = saying;
        let said = &mut self.items[slot].said;
        let known = said.iter().position(|(p, i, _)| (*p, *i) == (place, index));
        let more = match known {
            // Pieces may be missing, and what came is not taken back.
            Some(known) if whole => text.strip_prefix(said[known].2.as_str()).unwrap_or_default(),
            _ => text,
        };
        if more.is_empty() {
            return Ok(());
        }
        match known {
            Some(known) => said[known].2.push_str(more),
            None => said.push((place, index, more.to_owned())),
        }
        let own = matches!(place, Place::Text | Place::Refusal);
        let first = own && self.items[slot].keys.is_empty();
        let part = self.key(slot, if own { index } else { 0 }, limits)?;
        let saying = |text| match place {
            Place::Text => Delta::Text { part, text },
            Place::Refusal => Delta::Refusal { part, text },
            Place::Summary | Place::Reasoning => Delta::Reasoning { part, text },
        };
        if first {
            sink.push(saying(String::new()));
            self.named(slot, part, sink);
        }
        sink.push(saying(more.to_owned()));
        Ok(())
    }

    /// Whether these texts, joined, are what has been said of an item in any place.
    fn has_said<'t>(&self, slot: usize, texts: impl Iterator<Item = &'t str>) -> bool {
        let said = self.items[slot].said.iter().flat_map(|(.., text)| text.bytes());
        said.eq(texts.flat_map(str::bytes))
    }

    /// Tells the item's id as soon as it is known: who writes the reply on as a stream needs it at once.
    fn named(&self, slot: usize, part: usize, sink: &mut dyn Sink) {
        let id = &self.items[slot].id;
        if !id.is_empty() {
            let mut out = Vec::with_capacity(id.len() + 9);
            let mut object = Object::begin(&mut out);
            object.field("id", id);
            object.end();
            let json = String::from_utf8(out).unwrap_or_default();
            sink.push(Delta::Origin { part, origin: Origin::new(NAME, json) });
        }
    }

    /// More of a call's arguments.
    pub(super) fn argue(&mut self, at: At<'_>, text: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let Some(slot) = self.find(at).filter(|slot| self.items[*slot].kind == ItemKind::Call) else { return Ok(()) };
        if text.is_empty() || self.items[slot].done {
            return Ok(());
        }
        let part = self.key(slot, 0, limits)?;
        let received = &mut self.items[slot].received;
        received.push_str(text);
        if received.len() > limits.arguments {
            return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit: limits.arguments }));
        }
        sink.push(Delta::CallArguments { part, text: text.to_owned() });
        Ok(())
    }

    /// All of a call's arguments: what of them has not come yet.
    pub(super) fn argued(
        &mut self,
        at: At<'_>,
        whole: Option<&RawValue>,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let Some(whole) = whole else { return Ok(()) };
        let whole = text_or_json(whole).map_err(|_| Error::decode(NAME, "a call without arguments"))?;
        let Some(slot) = self.find(at) else { return Ok(()) };
        let received = &self.items[slot].received;
        if let Some(rest) = whole.strip_prefix(received.as_str()) {
            return self.argue(at, rest, limits, sink);
        }
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        // Spaces aside, both must say the same: a call that was heard wrong is not carried out.
        match whole.trim().is_empty() || read(received).is_some_and(|sent| Some(sent) == read(&whole)) {
            true => Ok(()),
            false => Err(Error::decode(NAME, "the arguments of a call are others as a whole than in pieces")),
        }
    }

    /// An item is whole: whatever of it did not come in pieces is taken from it, and so is its own form.
    pub(super) fn done(
        &mut self,
        index: Option<i64>,
        raw: &RawValue,
        cut: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let item: Item<'_> = parse(NAME, raw.get())?;
        let again = |slot: &Slot| {
            let (id, call_id) = (item.id.as_deref().unwrap_or_default(), item.call_id.as_deref().unwrap_or_default());
            slot.done && slot.kind == item.what() && slot.id == id && slot.call_id == call_id
        };
        if self.find(At { index, id: item.id.as_deref() }).is_some_and(|known| again(&self.items[known])) {
            return Ok(());
        }
        let slot = self.add(index, raw, limits, sink)?;
        let at = At { index: Some(self.items[slot].index), id: None };
        let origin = || Origin::new(NAME, raw.get());
        match item.what() {
            ItemKind::Message => self.message(slot, raw, &item, limits, sink)?,
            ItemKind::Reasoning => {
                let mut texts = Vec::new();
                for (n, said) in item.summary.into_iter().enumerate() {
                    texts.push((Place::Summary, position(n), said.text.unwrap_or_default()));
                }
                for (n, raw) in parts(item.content).into_iter().enumerate() {
                    let said: Said<'_> = parse(NAME, raw.get())?;
                    texts.push((Place::Reasoning, position(n), said.text.unwrap_or_default()));
                }
                // What came as a summary may stand in the item as its content, and the other way round.
                if !self.has_said(slot, texts.iter().map(|(.., text)| &**text)) {
                    for (place, n, text) in &texts {
                        self.say_in(slot, all(*place, *n, text), limits, sink)?;
                    }
                }
                let part = self.key(slot, 0, limits)?;
                sink.push(Delta::Origin { part, origin: origin() });
            }
            ItemKind::Call => {
                self.argued(at, item.arguments.or(item.input), limits, sink)?;
                let part = self.key(slot, 0, limits)?;
                if let Some(origin) = extras(raw) {
                    sink.push(Delta::Origin { part, origin });
                }
                if !cut && item.status.as_deref() != Some("incomplete") {
                    sink.push(Delta::CallEnd { part });
                }
            }
            ItemKind::Other => {
                let part = self.key(slot, 0, limits)?;
                sink.push(Delta::Origin { part, origin: origin() });
            }
        }
        let slot = &mut self.items[slot];
        slot.done = true;
        slot.received = String::new();
        slot.said = Vec::new();
        Ok(())
    }

    fn message(
        &mut self,
        slot: usize,
        raw: &RawValue,
        item: &Item<'_>,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let content = parts(item.content);
        for (n, part) in content.iter().enumerate() {
            let said: Said<'_> = parse(NAME, part.get())?;
            let (place, text) = match (&said.text, &said.refusal) {
                (None, Some(refusal)) => (Place::Refusal, &**refusal),
                (text, _) => (Place::Text, text.as_deref().unwrap_or_default()),
            };
            let n = position(n);
            self.say_in(slot, all(place, n, text), limits, sink)?;
        }
        for (n, part) in content.iter().enumerate() {
            let known = self.items[slot].keys.iter().any(|(at, _)| *at == position(n));
            let key = self.key(slot, position(n), limits)?;
            // The first part keeps the item; the others are in it, and say so. One that says nothing here must not be
            // taken for an item of its own.
            let json = match (n, known) {
                (0, _) => raw.get().to_owned(),
                (_, true) => part.get().to_owned(),
                (_, false) => format!("{{\"part\":{}}}", part.get()),
            };
            sink.push(Delta::Origin { part: key, origin: Origin::new(NAME, json) });
        }
        if content.is_empty() {
            let text = item.content.and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
            self.say_in(slot, all(Place::Text, 0, text.as_deref().unwrap_or_default()), limits, sink)?;
            let key = self.key(slot, 0, limits)?;
            sink.push(Delta::Origin { part: key, origin: Origin::new(NAME, raw.get()) });
        }
        Ok(())
    }

    /// Takes what the end of the reply has and its stream had not.
    pub(super) fn complete(
        &mut self,
        output: &[&RawValue],
        cut: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        // Items that have all been heard are not heard again, whatever they are called there.
        let heard = self.items.len() >= output.len() && self.items.iter().all(|slot| slot.done);
        for (n, raw) in output.iter().enumerate().filter(|_| !heard) {
            let item: Item<'_> = parse(NAME, raw.get())?;
            let index = position(n);
            let same = |slot: &Slot| match item.call_id.as_deref().filter(|id| !id.is_empty()) {
                Some(id) if item.what() == ItemKind::Call => slot.call_id == id,
                _ => slot.index == index || item.id.as_deref().is_some_and(|id| !id.is_empty() && id == slot.id),
            };
            let known = self.items.iter().find(|slot| same(slot)).map(|slot| (slot.index, slot.done, slot.kind));
            let half = cut && n + 1 == output.len() && item.status.is_none();
            match known {
                Some((_, true, _)) => {}
                Some((index, false, kind)) if kind == item.what() => self.done(Some(index), raw, half, limits, sink)?,
                Some(_) => {}
                None => self.done(Some(index), raw, half, limits, sink)?,
            }
        }
        for slot in &self.items {
            // An item that nobody said was done: whole, unless the reply was cut off.
            if let (ItemKind::Call, false, false, Some((_, part))) = (slot.kind, slot.done, cut, slot.keys.first()) {
                sink.push(Delta::CallEnd { part: *part });
            }
        }
        Ok(())
    }
}

fn all(place: Place, index: i64, text: &str) -> Saying<'_> {
    Saying { place, index, text, whole: true }
}

fn position(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
