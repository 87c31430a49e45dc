//! Keys that stand twice in one object of a JSON text, however deep: a parsed value has only the last of them.

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// As many are told.
const MOST: usize = 20;

/// The paths of such keys, behind `path`; none where the text is no JSON.
pub(crate) fn twice(text: &str, path: &str) -> Vec<String> {
    // where no object stands, no key does
    if !text.contains('{') {
        return Vec::new();
    }
    let (mut path, mut found) = (path.to_owned(), Vec::new());
    let mut json = serde_json::Deserializer::from_str(text);
    let whole = Walk { path: &mut path, found: &mut found }.deserialize(&mut json).and_then(|()| json.end());
    if whole.is_err() {
        found.clear();
    }
    found
}

struct Walk<'w> {
    /// Where the value stands; as it was when the walk is over.
    path: &'w mut String,
    found: &'w mut Vec<String>,
}

impl Walk<'_> {
    fn inside(&mut self) -> Walk<'_> {
        Walk { path: self.path, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let (len, mut at) = (self.path.len(), 0_usize);
        loop {
            self.path.push_str(&format!("[{at}]"));
            let item = items.next_element_seed(self.inside())?;
            self.path.truncate(len);
            if item.is_none() {
                return Ok(());
            }
            at += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let (len, mut seen) = (self.path.len(), HashSet::new());
        while let Some(key) = members.next_key::<String>()? {
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(&key);
            if !seen.insert(key) && self.found.len() < MOST && !self.found.contains(self.path) {
                self.found.push(self.path.clone());
            }
            members.next_value_seed(self.inside())?;
            self.path.truncate(len);
        }
        Ok(())
    }
}
