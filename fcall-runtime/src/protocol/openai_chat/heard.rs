//! Images and sounds that a model makes: no neutral form has them, so a client of this protocol gets them as they came.

use serde_json::value::RawValue;

use super::super::{
    Limits,
    body::Object,
    text::{Members, Str},
};
use crate::error::{Error, Kind, Result};

/// What has come so far.
#[derive(Debug, Default)]
pub(super) struct Heard {
    images: Vec<String>,
    /// The members of the sound; a stream brings the texts among them in pieces.
    sound: Vec<(String, Value)>,
}

#[derive(Debug)]
enum Value {
    Text(String),
    Json(String),
}

impl Heard {
    /// Takes the images of a message, or of a piece of one.
    pub(super) fn see(&mut self, images: &RawValue, limits: &Limits) -> Result<()> {
        let images = serde_json::from_str::<Vec<&RawValue>>(images.get()).unwrap_or_default();
        if self.images.len() + images.len() > limits.parts {
            return Err(Error::new(Kind::TooMany { what: "images in one reply", limit: limits.parts }));
        }
        self.images.extend(images.into_iter().map(|image| image.get().to_owned()));
        Ok(())
    }

    /// Takes a sound, or a piece of one; some servers send one of nothing but empty texts, and then it is none.
    pub(super) fn hear(&mut self, sound: &RawValue, limits: &Limits) -> Result<()> {
        let members = serde_json::from_str::<Members<'_>>(sound.get()).unwrap_or_default();
        let says = |value: &&RawValue| !matches!(value.get(), "null" | "\"\"" | "0");
        for (key, value) in members.0.iter().filter(|(_, value)| says(value)) {
            let grows = matches!(&**key, "data" | "transcript");
            let text = grows.then(|| serde_json::from_str::<Str<'_>>(value.get()).ok()).flatten();
            let old = self.sound.iter_mut().find(|(known, _)| *known == **key).map(|(_, value)| value);
            match (old, text) {
                (Some(Value::Text(old)), Some(more)) => old.push_str(&more),
                (Some(old), _) => *old = Value::Json(value.get().to_owned()),
                (None, Some(text)) => self.sound.push((key.to_string(), Value::Text(text.into_string()))),
                (None, None) => self.sound.push((key.to_string(), Value::Json(value.get().to_owned()))),
            }
            if self.sound.len() > limits.parts {
                return Err(Error::new(Kind::TooMany { what: "members of a sound", limit: limits.parts }));
            }
        }
        Ok(())
    }

    /// The member of the message that has the images.
    pub(super) fn images(&mut self) -> Option<String> {
        let images = std::mem::take(&mut self.images);
        (!images.is_empty()).then(|| format!("{{\"images\":[{}]}}", images.join(",")))
    }

    /// The member of the message that has the sound.
    pub(super) fn sound(&mut self) -> Option<String> {
        let members = std::mem::take(&mut self.sound);
        if members.is_empty() {
            return None;
        }
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        let mut sound = object.object("audio");
        for (key, value) in members {
            match value {
                Value::Text(text) => sound.field(&key, &text),
                Value::Json(json) => sound.json(&key, &json),
            }
        }
        sound.end();
        object.end();
        // Made of texts alone.
        String::from_utf8(out).ok()
    }
}
