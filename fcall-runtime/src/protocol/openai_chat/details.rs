//! `reasoning_details`: structured reasoning that gateways want back as it came.

use serde_json::value::RawValue;

use super::super::{
    Limits,
    body::List,
    text::{Members, Str},
};
use crate::error::{Error, Kind, Result};

/// The entries so far; a stream brings each in fragments.
#[derive(Debug, Default)]
pub(super) struct Details(Vec<Entry>);

type Entry = Vec<(String, Value)>;

#[derive(Debug)]
enum Value {
    /// A text that grows with every fragment.
    Text(String),
    Json(String),
}

impl Details {
    /// Takes an entry (in a stream: a fragment of one), and returns what can be read in it.
    pub(super) fn push(&mut self, raw: &RawValue, whole: bool, limits: &Limits) -> Result<Option<String>> {
        let Ok(members) = serde_json::from_str::<Members<'_>>(raw.get()) else { return Ok(None) };
        let known = self.0.iter().rposition(|entry| !whole && continues(entry, &members));
        let at = match known {
            Some(at) => at,
            None if self.0.len() >= limits.parts => {
                return Err(Error::new(Kind::TooMany { what: "reasoning details in one reply", limit: limits.parts }));
            }
            None => {
                self.0.push(Vec::new());
                self.0.len() - 1
            }
        };
        let mut readable = None;
        for (key, value) in &members.0 {
            let grows = matches!(&**key, "text" | "summary" | "data");
            let text = grows.then(|| serde_json::from_str::<Str<'_>>(value.get()).ok()).flatten();
            if let Some(text) = text.as_deref().filter(|_| &**key != "data") {
                readable = Some(text.to_owned());
            }
            let old = self.0[at].iter_mut().find(|(k, _)| *k == **key).map(|(_, value)| value);
            match (old, text) {
                (Some(Value::Text(old)), Some(more)) => old.push_str(&more),
                (Some(old), _) if value.get() != "null" => *old = Value::Json(value.get().to_owned()),
                (Some(_), _) => {}
                (None, Some(text)) => self.0[at].push((key.to_string(), Value::Text(text.into_string()))),
                (None, None) => self.0[at].push((key.to_string(), Value::Json(value.get().to_owned()))),
            }
        }
        Ok(readable.filter(|text| !text.is_empty()))
    }

    /// The member of the message that brings them back.
    pub(super) fn take(&mut self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut out = b"{\"reasoning_details\":".to_vec();
        let mut list = List::begin(&mut out);
        for entry in std::mem::take(&mut self.0) {
            let mut object = list.object();
            for (key, value) in entry {
                match value {
                    Value::Text(text) => object.field(&key, &text),
                    Value::Json(json) => object.json(&key, &json),
                }
            }
            object.end();
        }
        list.end();
        out.push(b'}');
        // Made of texts alone.
        String::from_utf8(out).ok()
    }
}

/// A fragment goes on with the entry that has its index, its type and, if both have one, its id.
fn continues(entry: &Entry, fragment: &Members<'_>) -> bool {
    let old = |key: &str| {
        let value = entry.iter().find(|(k, _)| k == key).map(|(_, value)| value);
        value.and_then(|value| if let Value::Json(json) = value { Some(json.as_str()) } else { None })
    };
    let new = |key: &str| fragment.get(key).map(RawValue::get);
    let id = |id: Option<&str>| id.is_none_or(|id| id == "null");
    new("index").is_some()
        && old("index") == new("index")
        && old("type") == new("type")
        && (id(old("id")) || id(new("id")) || old("id") == new("id"))
}
