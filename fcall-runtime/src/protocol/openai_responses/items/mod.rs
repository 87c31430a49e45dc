//! The output items of a reply as they are put together: which item an event speaks of, and how one begins.
//!
//! `texts` takes what is said in them, `calls` the arguments of calls, `ends` what only their end tells.

mod calls;
mod ends;
mod texts;

use serde_json::value::RawValue;

pub(super) use texts::{Place, Saying};

use super::{
    super::{Limits, decoder::parse, text::Str},
    NAME,
    response::{Item, ItemKind, extras},
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

/// Where an event belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'e> {
    pub(super) index: Option<i64>,
    pub(super) id: Option<&'e str>,
}

impl At<'_> {
    /// It may be this one.
    fn means(&self, slot: &Slot) -> bool {
        match (self.index, self.id) {
            (Some(index), _) => slot.index == index,
            (None, Some(id)) => slot.id == id,
            (None, None) => !slot.done,
        }
    }
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
        self.items.iter().rposition(|slot| at.means(slot))
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
        // Items of two kinds may have come in one place: then it is the one of its kind.
        let known = self.items.iter().rposition(|slot| {
            let same_call = slot.call_id == call_id || slot.call_id.is_empty();
            at.means(slot) && !slot.done && slot.kind == item.what() && same_call
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
                let mut id = text(item.call_id);
                // Two calls of one id can't both be answered: the second gets an id of ours.
                if self.items[..slot].iter().any(|other| other.kind == ItemKind::Call && other.call_id == id) {
                    id.clear();
                }
                sink.push(Delta::CallStart { part, id, name: text(item.name) });
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
}

fn position(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
