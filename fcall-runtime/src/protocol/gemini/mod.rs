//! Gemini generateContent.
//!
//! What of a reply has no neutral form is kept as an [`Origin`]: of text, thinking and unknown
//! parts the whole part, of calls the members to put back: those of the part, and under `functionCall` those of the call
//! (its id is there if the service gave one: ids made up here never go out). The model and whether the reply streams are
//! not part of the body but of the address.

mod contents;
mod continuation;
mod fragments;
mod generation;
mod media;
mod parts;
mod request;
mod response;
mod results;
mod server;
mod sources;
mod stream;

pub(super) use request::{encode, encoded_tools};
pub(super) use server::{Writer, read_request, write_error, write_failure, write_response};
pub(super) use stream::Reply;

use super::turns;
use crate::message::Origin;

/// The protocol's name.
pub(super) const NAME: &str = "gemini";

/// A part's own form in this protocol: only its own JSON goes back, and only where it is an object.
fn is_own(origin: &Origin) -> bool {
    turns::is_own(origin, NAME)
}
