//! One key twice in an object whose fields partly stand in others, found while the program is compiled.
//!
//! Evaluating constants is slow, so each key is hashed once and looked up in a table: the work grows with the number of
//! keys, not with its square.

use super::{Kind, Message, Shape, equal};
use crate::schema::Field;

/// Refuses a flattened field, at this place among the others, that has a key which stands there already. Only one of
/// them would ever be read.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_keys(subject: &'static str, fields: &'static [Field], place: usize) {
    let mut keys = Keys::NONE;
    let mut at = 0;
    while at < fields.len() {
        if !fields[at].flat || at < place {
            keys.add(&fields[at], at);
        }
        at += 1;
    }
    let flat = fields[place].shape.plain();
    let Some(Key { name, place: other, .. }) = keys.find(flat) else { return };
    let message = Message::EMPTY.and(subject).and(": ");
    let message = match flat.name {
        Some(of) => message.and("`").and(of).and("` has"),
        None => message.and("there is"),
    };
    let message = message.and(" the key `").and(name);
    let other = &fields[other];
    let message = match (other.flat, other.shape.plain().name) {
        _ if matches!(other.shape.kind, Kind::Const(_)) => message.and("`, which is the tag beside it"),
        (true, Some(of)) => message.and("`, and so has `").and(of).and("`, which is flattened beside it"),
        (true, None) => message.and("`, and so has what is flattened beside it"),
        (false, _) => message.and("`, and a field beside it is named `").and(name).and("` too"),
    };
    panic!("{}", message.and("; rename one of them").as_str())
}

#[derive(Clone, Copy)]
struct Key {
    hash: u64,
    name: &'static str,
    /// The field that brought it.
    place: usize,
}

/// More keys in one object than this are not compared; no provider takes half of them.
const MOST: usize = 768;
const SLOTS: usize = 1024;

/// A hash table with linear probing.
struct Keys {
    slots: [Option<Key>; SLOTS],
    len: usize,
}

impl Keys {
    const NONE: Self = Self { slots: [None; SLOTS], len: 0 };

    /// The keys that a field brings: its own, or those of what is flattened.
    const fn add(&mut self, field: &Field, place: usize) {
        if field.flat {
            return self.add_all(field.shape, place);
        }
        self.insert(field.name, place);
        let mut at = 0;
        while at < field.aliases.len() {
            self.insert(field.aliases[at], place);
            at += 1;
        }
    }

    const fn add_all(&mut self, shape: &Shape, place: usize) {
        let mut at = 0;
        match shape.plain().kind {
            Kind::Object { fields, .. } => {
                while at < fields.len() {
                    self.add(&fields[at], place);
                    at += 1;
                }
            }
            Kind::AnyOf(shapes) => {
                while at < shapes.len() {
                    self.add_all(shapes[at], place);
                    at += 1;
                }
            }
            Kind::Enum(variants) => {
                while at < variants.len() {
                    self.insert(variants[at].name, place);
                    at += 1;
                }
            }
            _ => {}
        }
    }

    /// The first key of the shape that is known already.
    const fn find(&self, shape: &Shape) -> Option<Key> {
        let mut at = 0;
        match shape.plain().kind {
            Kind::Object { fields, .. } => {
                while at < fields.len() {
                    let field = &fields[at];
                    let found = if field.flat { self.find(field.shape) } else { self.get(field.name) };
                    if found.is_some() {
                        return found;
                    }
                    at += 1;
                }
            }
            Kind::AnyOf(shapes) => {
                while at < shapes.len() {
                    let found = self.find(shapes[at]);
                    if found.is_some() {
                        return found;
                    }
                    at += 1;
                }
            }
            Kind::Enum(variants) => {
                while at < variants.len() {
                    let found = self.get(variants[at].name);
                    if found.is_some() {
                        return found;
                    }
                    at += 1;
                }
            }
            _ => {}
        }
        None
    }

    const fn insert(&mut self, name: &'static str, place: usize) {
        if self.len == MOST {
            return;
        }
        let hash = fnv1a(name);
        let mut slot = hash as usize % SLOTS;
        while let Some(key) = self.slots[slot] {
            if key.hash == hash && equal(key.name, name) {
                return;
            }
            slot = (slot + 1) % SLOTS;
        }
        self.slots[slot] = Some(Key { hash, name, place });
        self.len += 1;
    }

    const fn get(&self, name: &str) -> Option<Key> {
        let hash = fnv1a(name);
        let mut slot = hash as usize % SLOTS;
        while let Some(key) = self.slots[slot] {
            if key.hash == hash && equal(key.name, name) {
                return Some(key);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

const fn fnv1a(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
