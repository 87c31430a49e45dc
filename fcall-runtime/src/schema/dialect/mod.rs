//! Plain JSON Schema to the form of it that a wire takes: ours, schemars' and foreign ones alike.
//!
//! Text in, text out; the order of keys is kept, and equal texts give equal texts. What a form has no words for is told
//! as a [`Loss`], and to the model in the description; every value that the schema accepts is accepted still, but that a
//! strict form knows no key that may be left out (it is `null` then) and none that was not declared.

mod limits;
mod merge;
mod narrow;
mod notes;
mod nulls;
mod object;
mod openapi;
mod pattern;
mod pointer;
mod recursion;
mod root;
mod rules;
mod wellformed;

use std::fmt;

pub(crate) use limits::{MOST_OPTIONAL, MOST_UNIONS, Totals};
pub(crate) use nulls::Nulls;
use serde_json::Value;

use super::{Loss, twice::twice};

/// A form of JSON Schema in which a wire takes the parameters of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// OpenAI's, both protocols: any JSON Schema whose root is an object.
    OpenAi,
    /// OpenAI's, both protocols, that the model is held to.
    OpenAiStrict,
    /// Anthropic's: any JSON Schema whose root is an object, without alternatives there.
    Anthropic,
    /// Anthropic's that the model is held to.
    AnthropicStrict,
    /// Gemini's `parametersJsonSchema`.
    GeminiJson,
    /// Gemini's older `parameters`, a part of OpenAPI's schema.
    Gemini,
}

/// A schema as a wire takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fitted {
    /// The schema, as JSON text.
    pub json: String,
    /// What the form has no words for.
    pub losses: Vec<Loss>,
    /// What is limited, some of it over all tools of a request; nothing is counted where any schema is taken.
    pub(crate) totals: Totals,
}

/// A schema that a form can't express at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Illegal {
    /// Where, as a JSON path; empty for the root.
    pub path: String,
    /// What is wrong there, and what to write instead.
    pub why: String,
}

impl Illegal {
    fn new(path: &str, why: impl Into<String>) -> Self {
        Self { path: path.to_owned(), why: why.into() }
    }
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.why) } else { write!(f, "`{}`: {}", self.path, self.why) }
    }
}

impl std::error::Error for Illegal {}

impl Form {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OpenAi, Self::OpenAiStrict, Self::Anthropic, Self::AnthropicStrict, Self::GeminiJson, Self::Gemini];

    /// The model is held to the schema.
    pub fn is_strict(self) -> bool {
        matches!(self, Self::OpenAiStrict | Self::AnthropicStrict)
    }

    /// The schema of a tool's parameters in this form; empty text and `null` are no parameters.
    ///
    /// # Errors
    /// What the form can't express, and what is no schema.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::schema::Form;
    ///
    /// let fitted = Form::AnthropicStrict.fit(r#"{"type":"object","properties":{"days":{"type":"integer","maximum":7}}}"#)?;
    /// assert!(fitted.json.contains(r#""description":"{maximum: 7}""#));
    /// assert_eq!(fitted.losses[0].path, "days");
    /// # Ok::<_, fcall_runtime::schema::Illegal>(())
    /// ```
    pub fn fit(self, schema: &str) -> Result<Fitted, Illegal> {
        let text = schema.trim();
        let value = match text {
            "" | "true" | "null" => Value::Bool(true),
            text => serde_json::from_str(text)
                .map_err(|error| Illegal::new("", format!("expected JSON Schema, an object: {error}")))?,
        };
        if let Some(path) = twice(text, "").first() {
            return Err(Illegal::new(path, "stands twice in one object; keep one of them"));
        }
        let mut losses = Vec::new();
        if text == "true" {
            losses.push(Loss::new(
                "",
                "true",
                "any value at all, where arguments are an object; sent as one without properties",
            ));
        }
        let plain = openapi::read(&value);
        wellformed::check(plain.as_ref().unwrap_or(&value), plain.is_some())?;
        let root = root::object(plain.as_ref().unwrap_or(&value), self, &mut losses)?;
        match rules::of(self) {
            None => {
                pointer::check(&root, &mut losses)?;
                let json = if root == value { text.to_owned() } else { root.to_string() };
                Ok(Fitted { json, losses, totals: Totals::default() })
            }
            Some(rules) => narrow::root(&root, rules, losses),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenAi => "OpenAI",
            Self::OpenAiStrict => "OpenAI, strict",
            Self::Anthropic => "Anthropic",
            Self::AnthropicStrict => "Anthropic, strict",
            Self::GeminiJson => "Gemini, `parametersJsonSchema`",
            Self::Gemini => "Gemini, `parameters`",
        })
    }
}
