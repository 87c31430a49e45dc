//! What a tool result or a user message can hold besides plain text.

use serde::{Deserialize, Serialize};

use super::Origin;

/// One piece of a tool's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "value")]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text(String),
    /// JSON text.
    Json(String),
    /// An image or a document.
    Media(Media),
    /// What only its protocol has a form for; it goes back there, and is left out elsewhere.
    Opaque(Origin),
}

/// An image, a document or another file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// Its media type, such as `image/png`.
    pub mime: String,
    /// Where its bytes are.
    pub source: Source,
    /// Its file name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What one provider's form says of it besides, such as that it may be cited: members of a JSON object. Where it is no
    /// file there, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Where the bytes of a [`Media`] are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// Here, in base64 with the standard alphabet.
    Base64(String),
    /// At an address that the provider fetches; this library never does.
    Url(String),
    /// Uploaded to the provider before.
    File(String),
    /// Here, and a plain text; what has no form for such a file has it as a text of the message.
    Text(String),
}

impl Content {
    /// The text of a text or JSON piece.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Json(text) => Some(text),
            Self::Media(_) | Self::Opaque(_) => None,
        }
    }
}

impl Media {
    /// Bytes that are already in base64 (standard alphabet, no line breaks).
    pub fn base64(mime: impl Into<String>, data: impl Into<String>) -> Self {
        Self { mime: mime.into(), source: Source::Base64(data.into()), name: None, origin: None }
    }

    /// A plain text that is a file of its own.
    pub fn text(text: impl Into<String>) -> Self {
        Self { mime: "text/plain".to_owned(), source: Source::Text(text.into()), name: None, origin: None }
    }

    /// An address that the provider is asked to fetch.
    pub fn url(mime: impl Into<String>, url: impl Into<String>) -> Self {
        Self { mime: mime.into(), source: Source::Url(url.into()), name: None, origin: None }
    }
}
