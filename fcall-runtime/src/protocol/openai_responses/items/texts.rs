//! What is said in the items: texts, refusals and reasoning, in pieces or whole.

use serde_json::value::RawValue;

use super::{
    super::{
        super::{Limits, body::Object, decoder::parse, text::Str},
        NAME,
        response::{Item, ItemKind, Said, part_origin, parts},
    },
    At, Items, position,
};
use crate::{
    error::Result,
    message::{Delta, Origin, Sink},
};

/// Where in an item a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Place {
    Text,
    Refusal,
    Summary,
    Reasoning,
}

/// A text, or a piece of one.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Saying<'e> {
    pub(in super::super) place: Place,
    /// Which of the texts of this place in its item.
    pub(in super::super) index: i64,
    pub(in super::super) text: &'e str,
    /// All of it: what has not come in pieces counts.
    pub(in super::super) whole: bool,
}

impl Items {
    /// A text, or more of one.
    pub(in super::super) fn say(
        &mut self,
        at: At<'_>,
        saying: Saying<'_>,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
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

    pub(super) fn say_in(
        &mut self,
        slot: usize,
        saying: Saying<'_>,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
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
    pub(super) fn has_said<'t>(&self, slot: usize, texts: impl Iterator<Item = &'t str>) -> bool {
        let said = self.items[slot].said.iter().flat_map(|(.., text)| text.bytes());
        said.eq(texts.flat_map(str::bytes))
    }

    /// Tells the item's id as soon as it is known: who writes the reply on as a stream needs it at once.
    pub(super) fn named(&self, slot: usize, part: usize, sink: &mut dyn Sink) {
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

    pub(super) fn message(
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
            if n == 0 && text.is_empty() {
                // It keeps the item, so it stands before what else is in that.
                let part = self.key(slot, 0, limits)?;
                sink.push(Delta::Origin { part, origin: Origin::new(NAME, raw.get()) });
            }
            self.say_in(slot, all(place, position(n), text), limits, sink)?;
        }
        for (n, part) in content.iter().enumerate() {
            let known = self.items[slot].keys.iter().any(|(at, _)| *at == position(n));
            let key = self.key(slot, position(n), limits)?;
            // The first part keeps the item; the others are in it, and say so. One that says nothing here must not be
            // taken for an item of its own.
            let origin = match (n, known) {
                (0, _) => Origin::new(NAME, raw.get()),
                (_, true) => part_origin(part.get()),
                (_, false) => Origin::new(NAME, format!("{{\"part\":{}}}", part.get())),
            };
            sink.push(Delta::Origin { part: key, origin });
        }
        if content.is_empty() {
            let text = item.content.and_then(|raw| serde_json::from_str::<Str<'_>>(raw.get()).ok());
            self.say_in(slot, all(Place::Text, 0, text.as_deref().unwrap_or_default()), limits, sink)?;
            let key = self.key(slot, 0, limits)?;
            sink.push(Delta::Origin { part: key, origin: Origin::new(NAME, raw.get()) });
        }
        Ok(())
    }
}

pub(super) fn all(place: Place, index: i64, text: &str) -> Saying<'_> {
    Saying { place, index, text, whole: true }
}
