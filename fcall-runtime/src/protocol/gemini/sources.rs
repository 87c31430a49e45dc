//! What a candidate says of its sources beside its parts. It is received and kept, and never sent back: no request has a
//! place for it.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::{
    super::{body::Object, text::Members},
    NAME, is_own,
    response::Candidate,
};
use crate::message::Origin;

const KEYS: [&str; 3] = ["groundingMetadata", "urlContextMetadata", "citationMetadata"];

/// The sources of the reply so far, by key; a stream may tell of them in several chunks.
#[derive(Debug, Default)]
pub(super) struct Sources([Option<String>; 3]);

impl Sources {
    pub(super) fn take(&mut self, candidate: &Candidate<'_>) {
        let told = [candidate.grounding_metadata, candidate.url_context_metadata, candidate.citation_metadata];
        for (known, news) in self.0.iter_mut().zip(told) {
            let Some(news) = news.map(RawValue::get).filter(|news| *news != "null") else { continue };
            *known = Some(match known.take() {
                Some(known) => joined(&known, news),
                None => news.to_owned(),
            });
        }
    }

    /// What was told, as a part of the reply.
    pub(super) fn end(&mut self) -> Option<Origin> {
        let told = std::mem::take(&mut self.0);
        if told.iter().all(Option::is_none) {
            return None;
        }
        let mut json = Vec::new();
        let mut object = Object::begin(&mut json);
        for (key, value) in KEYS.iter().zip(&told) {
            if let Some(value) = value {
                object.json(key, value);
            }
        }
        object.end();
        Some(Origin::new(NAME, String::from_utf8_lossy(&json)))
    }
}

/// Whether the part is what a candidate said of its sources.
pub(super) fn is_sources(origin: &Origin) -> bool {
    if !(is_own(origin) && KEYS.iter().any(|key| origin.json.contains(key))) {
        return false;
    }
    let members: Members<'_> = serde_json::from_str(&origin.json).unwrap_or_default();
    !members.0.is_empty() && members.0.iter().all(|(key, _)| KEYS.contains(&&**key))
}

/// Both objects: where they have a member in common, lists follow each other, and of anything else the later one counts.
fn joined(known: &str, news: &str) -> String {
    let read = |json| serde_json::from_str::<Members<'_>>(json);
    let (Ok(before), Ok(after)) = (read(known), read(news)) else { return news.to_owned() };
    let mut json = Vec::new();
    let mut object = Object::begin(&mut json);
    for (key, value) in &before.0 {
        let value = match after.get(key) {
            None => value.get().to_owned(),
            Some(later) => lists(value, later).unwrap_or_else(|| later.get().to_owned()),
        };
        object.json(key, &value);
    }
    for (key, value) in after.0.iter().filter(|(key, _)| before.get(key).is_none()) {
        object.json(key, value.get());
    }
    object.end();
    String::from_utf8_lossy(&json).into_owned()
}

/// Two lists as one, without the entries of the second that the first has: some services repeat all in every chunk.
fn lists(before: &RawValue, after: &RawValue) -> Option<String> {
    let read = |raw: &RawValue| serde_json::from_str::<Vec<Box<RawValue>>>(raw.get()).ok();
    let (before, after) = (read(before)?, read(after)?);
    let known: HashSet<&str> = before.iter().map(|entry| entry.get()).collect();
    let new = after.iter().filter(|entry| !known.contains(entry.get()));
    let all: Vec<&str> = before.iter().chain(new).map(|entry| entry.get()).collect();
    Some(format!("[{}]", all.join(",")))
}
