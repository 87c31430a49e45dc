//! What goes out of the room as a whole: an encoded request, and a request that a server has read.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::decoder::too_deep;
use crate::{
    error::{Error, Result},
    message::{Message, Request, RequestOptions, ResponseFormat, ToolChoice, ToolSpecs},
    schema::Loss,
};

/// A request as it goes on the wire.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Encoded {
    /// The JSON body.
    pub body: Vec<u8>,
    /// What the protocol or its dialect could not say.
    pub losses: Vec<Loss>,
}

/// A request as a server reads it.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Incoming {
    /// The model that is asked for; empty where none is named.
    pub model: String,
    /// The conversation.
    pub messages: Vec<Message>,
    /// The tools that may be called.
    pub tools: ToolSpecs,
    /// Whether one may, must or must not be called.
    pub tool_choice: ToolChoice,
    /// The form that the answer must have; none where it is free.
    pub format: Option<ResponseFormat>,
    /// Everything else that was asked for.
    pub options: RequestOptions,
    /// Whether the reply should come in pieces.
    pub stream: bool,
}

impl Incoming {
    /// What was asked, for a model or for another protocol.
    pub fn request(&self) -> Request<'_> {
        let request = Request::new(&self.messages, &self.tools, &self.options).tool_choice(&self.tool_choice);
        let request = request.stream(self.stream);
        match &self.format {
            Some(format) => request.format(format),
            None => request,
        }
    }
}

/// Reads what a client's request has under a key, or at a path of keys.
///
/// # Errors
/// One that names the key, what was expected there and what kind of JSON came; not where in the body that is, for this is
/// only a piece of it, and nothing of what stood there.
pub(super) fn under<'a, T: Deserialize<'a>>(
    protocol: &'static str,
    key: &str,
    raw: &'a RawValue,
    expected: &str,
) -> Result<T> {
    serde_json::from_str(raw.get()).map_err(|e| {
        if e.to_string().contains("recursion limit") {
            return too_deep();
        }
        let came = match raw.get().as_bytes().first() {
            Some(b'"') => "a text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        Error::decode(protocol, format!("`{key}`: expected {expected}, got {came}"))
    })
}

/// A whole number that is none below 0, however it is spelled; none where it is another, which is for the service to judge.
///
/// # Errors
/// What is no number at all.
pub(super) fn whole(protocol: &'static str, key: &str, raw: &RawValue) -> Result<Option<u64>> {
    if let Ok(whole) = serde_json::from_str::<u64>(raw.get()) {
        return Ok(Some(whole));
    }
    let number: f64 = under(protocol, key, raw, "a whole number")?;
    // Below this every whole number has a float of its own.
    let is_whole = number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    Ok(is_whole.then_some(number as u64))
}
