//! Where the answer of one run is kept once it could be read.

use std::sync::PoisonError;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Reads, Wrong, found::candidates};
use crate::{
    message::ResponseSchema,
    schema::{Alone, Schema, Secrets, VALUE, schema_text},
    sync::Mutex,
};

/// The answer, or what was wrong with the last one.
pub(in crate::agent) struct Slot<T> {
    wrapped: bool,
    kept: Mutex<Result<T, Wrong>>,
}

impl<T: Schema + DeserializeOwned + Send + 'static> Slot<T> {
    /// An empty one, and the form that is to be asked for.
    pub(in crate::agent) fn new() -> (Self, ResponseSchema) {
        const { crate::schema::check_answer(T::SHAPE) };
        let text = schema_text(T::SHAPE);
        let wrapped = !is_object(&text);
        let text = if wrapped { schema_text(Alone::<T>::WRAPPED) } else { text };
        let schema = ResponseSchema::new(T::SHAPE.name.unwrap_or_default(), text).description(T::SHAPE.description);
        (Self { wrapped, kept: Mutex::new(Err(String::new())) }, schema)
    }

    /// The answer.
    ///
    /// # Errors
    /// What was wrong with the last one; empty where there was none.
    pub(in crate::agent) fn take(&self) -> Result<T, Wrong> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *kept, Err(String::new()))
    }

    /// A part of the answer as it would stand by itself, and as a `T` where it is one.
    pub(super) fn partial(&self, json: &str) -> Option<(Value, Option<T>)> {
        let mut shown: Value = serde_json::from_str(json).ok()?;
        if self.wrapped {
            shown = shown.get_mut(VALUE)?.take();
        }
        Some((shown, Alone::<T>::read(json, self.wrapped).ok()))
    }

    fn find(&self, text: &str) -> Result<T, Wrong> {
        let mut wrong = None;
        for candidate in candidates(text) {
            let read = Alone::<T>::read(candidate, self.wrapped);
            match read.or_else(|why| {
                if self.wrapped { Alone::<T>::read(candidate, false).map_err(|_| why) } else { Err(why) }
            }) {
                Ok(value) => return Ok(value),
                // What is JSON says more of what is wrong than the words around it.
                Err(why) if serde_json::from_str::<serde::de::IgnoredAny>(candidate).is_ok() => {
                    wrong.get_or_insert(why);
                }
                Err(_) => {}
            }
        }
        Err(wrong.unwrap_or_else(|| "\n- there is no JSON in it".to_owned()))
    }
}

impl<T: Schema + DeserializeOwned + Send + 'static> Reads for Slot<T> {
    fn read(&self, text: &str, loosely: bool) -> Result<(), Wrong> {
        let read = if loosely { self.find(text) } else { Alone::<T>::read(text, self.wrapped) };
        let told = read.as_ref().map(drop).map_err(Clone::clone);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_err() {
            *kept = read;
        }
        told
    }

    fn secrets(&self) -> Secrets {
        Secrets::of_type(if self.wrapped { Alone::<T>::WRAPPED } else { T::SHAPE })
    }

    fn is_given(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).is_ok()
    }
}

/// Whether every service takes it as the root of what it holds its models to.
fn is_object(schema: &str) -> bool {
    let Ok(serde_json::Value::Object(root)) = serde_json::from_str(schema) else { return false };
    root.get("type").and_then(|kind| kind.as_str()) == Some("object")
        && root.contains_key("properties")
        && !["anyOf", "oneOf", "allOf", "$ref"].iter().any(|key| root.contains_key(*key))
}
