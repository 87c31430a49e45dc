//! How items end, and what the end of a reply has that its stream had not.

use serde_json::value::RawValue;

use super::{
    super::{
        super::{Limits, decoder::parse},
        NAME,
        response::{Item, ItemKind, Said, extras, parts},
    },
    At, Items, Place, Slot, position,
    texts::all,
};
use crate::{
    error::Result,
    message::{Delta, Origin, Sink},
};

impl Items {
    /// An item is whole: whatever of it did not come in pieces is taken from it, and so is its own form.
    pub(in super::super) fn done(
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
        // Others may have come in its place since.
        let place = At { index, id: item.id.as_deref() };
        if self.items.iter().any(|slot| place.means(slot) && again(slot)) {
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

    /// Takes what the end of the reply has and its stream had not.
    pub(in super::super) fn complete(
        &mut self,
        output: &[&RawValue],
        cut: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        // Items that have all been heard are not heard again, whatever they are called there.
        let heard = self.items.len() >= output.len() && self.items.iter().all(|slot| slot.done);
        // Of calls of one id, each is found once.
        let mut found = Vec::new();
        for (n, raw) in output.iter().enumerate().filter(|_| !heard) {
            let item: Item<'_> = parse(NAME, raw.get())?;
            let index = position(n);
            // What stands in the place of an item of another kind is another item.
            let same = |at: usize, slot: &Slot| match item.call_id.as_deref().filter(|id| !id.is_empty()) {
                _ if slot.kind != item.what() => false,
                Some(id) if slot.kind == ItemKind::Call => slot.call_id == id && !found.contains(&at),
                _ => slot.index == index || item.id.as_deref().is_some_and(|id| !id.is_empty() && id == slot.id),
            };
            let known = self.items.iter().enumerate().find(|(at, slot)| same(*at, slot));
            if item.what() == ItemKind::Call {
                found.push(known.map_or(self.items.len(), |(at, _)| at));
            }
            let half = cut && n + 1 == output.len() && item.status.is_none();
            match known.map(|(_, slot)| (slot.index, slot.done)) {
                Some((_, true)) => {}
                known => self.done(Some(known.map_or(index, |(at, _)| at)), raw, half, limits, sink)?,
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
