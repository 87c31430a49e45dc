//! OpenAI Chat Completions, which most compatible servers speak too.
//!
//! What of a reply has no neutral form is kept as an [`Origin`](crate::message::Origin): of reasoning the key that it
//! came under (a JSON text), of calls and of the message the members to put back (a JSON object). See `aside` for what a
//! client says of a message.

mod aside;
mod calls;
mod details;
mod heard;
mod media;
mod messages;
mod plain;
mod request;
mod response;
mod results;
mod server;
mod stream;

pub(super) use request::{encode, encoded_tools};
pub(super) use server::{Writer, read_request, write_failure, write_response};
pub(super) use stream::Reply;

use super::turns;
use crate::message::Origin;

/// The protocol's name.
pub(super) const NAME: &str = "openai-chat";

/// A part's own form in this protocol: only its own JSON goes back, and only where it is an object.
fn is_own(origin: &Origin) -> bool {
    turns::is_own(origin, NAME)
}
