//! Anthropic Messages.
//!
//! What of a reply has no neutral form is kept as an [`Origin`](crate::message::Origin): of thinking, of text with
//! citations and of unknown blocks the whole block, of calls the members to put back (a JSON object).

mod blocks;
mod container;
mod media;
mod messages;
mod request;
mod response;
mod server;
mod stream;

pub(super) use request::{encode, encoded_tools, limit_sent};
pub(super) use server::{Writer, read_request, write_error, write_failure, write_response};
pub(super) use stream::Reply;

use super::turns;
use crate::message::Origin;

/// The protocol's name.
pub(super) const NAME: &str = "anthropic";
/// The version from which on there is no sampling, and an assistant's message holds no document.
const NARROWER: &str = "2026-10-21";

/// A part's own form in this protocol: only its own JSON goes back, and only where it is an object.
fn is_own(origin: &Origin) -> bool {
    turns::is_own(origin, NAME)
}
