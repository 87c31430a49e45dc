//! Splits the object of a call's arguments into the texts of its members, borrowed where they stand.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Field, Problem};

/// More unknown names than this are not remembered.
const MOST_UNKNOWN: usize = 8;

/// Splits an object into the texts of its members.
pub(super) struct Members<'s, F> {
    pub(super) fields: &'static [Field],
    pub(super) unknown: &'s mut Vec<String>,
    pub(super) twice: &'s mut Vec<Problem>,
    pub(super) keep: F,
}

impl<'de, F: FnMut(usize, &'de str)> Visitor<'de> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the arguments by name")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        let mut next = 0;
        while let Some(at) = map.next_key_seed(Name { fields: self.fields, next, unknown: self.unknown })? {
            let value: &'de RawValue = map.next_value()?;
            let Some(at) = at else { continue };
            next = at + 1;
            if seen.again(at) {
                let Some(field) = self.fields.get(at) else { return Err(A::Error::custom("unknown place")) };
                let problem = Problem::new(field.name, "given twice");
                if !self.twice.contains(&problem) {
                    self.twice.push(problem);
                }
            } else {
                (self.keep)(at, value.get());
            }
        }
        Ok(())
    }
}

/// Which places were given; the first 64 without asking for memory.
#[derive(Default)]
struct Seen {
    low: u64,
    high: Vec<usize>,
}

impl Seen {
    fn again(&mut self, at: usize) -> bool {
        match 1u64.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)) {
            Some(bit) => {
                let again = self.low & bit != 0;
                self.low |= bit;
                again
            }
            None => {
                let again = self.high.contains(&at);
                if !again {
                    self.high.push(at);
                }
                again
            }
        }
    }
}

/// Finds the parameter of a name; models mostly keep the order, so the next one is tried first.
struct Name<'s> {
    fields: &'static [Field],
    next: usize,
    unknown: &'s mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a parameter")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        if self.fields.get(self.next).is_some_and(|field| field.name == name) {
            return Ok(Some(self.next));
        }
        let at = self.fields.iter().position(|field| field.answers_to(name));
        if at.is_none() && self.unknown.len() < MOST_UNKNOWN {
            self.unknown.push(name.to_owned());
        }
        Ok(at)
    }
}
