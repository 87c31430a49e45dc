//! OpenAI Responses.
//!
//! What of a reply has no neutral form is kept as an [`Origin`](crate::message::Origin): of messages, of reasoning and of
//! unknown items the whole item, of calls the members to put back (a JSON object). Of a message with several parts the
//! first one keeps the item and the others their is_own part of it.

mod input;
mod items;
mod media;
mod request;
mod response;
mod server;
mod stream;
mod unanswered;

pub(super) use request::{encode, encoded_tools};
pub(super) use server::{Writer, read_request, write_response};
pub(super) use stream::Reply;

use super::turns;
use crate::message::Origin;

/// The protocol's name.
pub(super) const NAME: &str = "openai-responses";

/// A part's own form in this protocol: only its own JSON goes back, and only where it is an object.
fn is_own(origin: &Origin) -> bool {
    turns::is_own(origin, NAME)
}
