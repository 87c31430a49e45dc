//! What a tool hands back to the model.

use serde::Serialize;

use crate::message::{Content, Media};

/// What a tool hands back to the model: text, JSON, images, files, in order.
///
/// A tool that returns a plain value needs none of this: the value is sent as JSON, a text as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolOutput {
    pub(crate) content: Vec<Content>,
}

impl ToolOutput {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { content: vec![Content::Text(text.into())] }
    }

    /// A value, as JSON.
    ///
    /// # Errors
    /// Where the value can't be written as JSON (a map whose keys are no texts, say).
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self { content: vec![Content::Json(serde_json::to_string(value)?)] })
    }

    /// An image or a file.
    pub fn media(media: Media) -> Self {
        Self { content: vec![Content::Media(media)] }
    }

    /// With this piece after the others.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.content.extend(other.content);
        self
    }

    /// The pieces, in order.
    pub fn content(&self) -> &[Content] {
        &self.content
    }
}
