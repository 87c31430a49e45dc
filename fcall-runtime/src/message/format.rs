//! The form that an answer must have, where it is not free text.

use serde::{Deserialize, Serialize};

use crate::schema::{Schema, Shape, schema_text};

/// What a model's answer must look like.
///
/// How far a service holds its model to it is told by its dialect; a
/// refusal and an answer that was cut off have no form at all, so the finish reason comes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ResponseFormat {
    /// A JSON object with any members; OpenAI demands that the word JSON is said somewhere in the conversation.
    Json,
    /// JSON of this schema.
    Schema(ResponseSchema),
}

/// The schema of an answer.
///
/// # Examples
/// ```
/// use fcall_runtime::message::{Message, Request, RequestOptions, ResponseFormat, ResponseSchema, ToolSpecs};
/// use fcall_runtime::protocol::{Dialect, Protocol};
///
/// let schema = r#"{"type":"object","properties":{"age":{"type":"integer"}},"required":["age"]}"#;
/// let format = ResponseFormat::from(ResponseSchema::new("person", schema).strict(true));
/// let (messages, tools, options) = ([Message::user("Ann is 30")], ToolSpecs::default(), RequestOptions::default());
/// let request = Request::new(&messages, &tools, &options).format(&format);
/// let sent = Protocol::OpenAiChat.encode("gpt-4o", &Dialect::official(Protocol::OpenAiChat, "gpt-4o"), &request)?;
/// assert!(String::from_utf8_lossy(&sent.body).contains(r#""response_format":{"type":"json_schema""#));
/// # Ok::<(), fcall_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResponseSchema {
    /// What the form is called: letters, digits, `_` and `-`; empty where it has no name.
    pub name: String,
    /// What it is for; empty where nothing is said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Plain JSON Schema text. OpenAI and Anthropic take objects alone: put any other value into a property.
    pub schema: String,
    /// The model must be held to the schema: a service that can't is told as a loss, a schema that can't as an error.
    ///
    /// OpenAI's strict form knows no key that may be left out: it is `null` then.
    #[serde(default)]
    pub strict: bool,
}

impl ResponseFormat {
    /// JSON that reads as a `T`, with the name and the doc comment of the type.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::message::ResponseFormat;
    ///
    /// let ResponseFormat::Schema(schema) = ResponseFormat::of::<Vec<u8>>() else { unreachable!() };
    /// assert!(schema.schema.contains(r#""type":"array""#));
    /// ```
    pub fn of<T: Schema + ?Sized>() -> Self {
        Self::Schema(ResponseSchema::of_shape(T::SHAPE))
    }
}

impl ResponseSchema {
    /// The form of this name, by JSON Schema text.
    pub fn new(name: impl Into<String>, schema: impl Into<String>) -> Self {
        Self { name: name.into(), description: String::new(), schema: schema.into(), strict: false }
    }

    /// The form of a shape, with the shape's name and description.
    pub fn of_shape(shape: &'static Shape) -> Self {
        Self::new(shape.name.unwrap_or_default(), schema_text(shape)).description(shape.description)
    }

    /// With this description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Whether the model must be held to it.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }
}

impl From<ResponseSchema> for ResponseFormat {
    fn from(schema: ResponseSchema) -> Self {
        Self::Schema(schema)
    }
}
