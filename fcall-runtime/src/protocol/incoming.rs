//! What goes out of the room as a whole: an encoded request, and a request that a server has read.

use crate::{
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
