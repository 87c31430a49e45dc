//! The server's side of Chat Completions: requests in, replies out.

mod read;
mod said;
mod stream;
mod write;

pub(in super::super) use read::read_request;
pub(in super::super) use stream::{Writer, write_failure};
pub(in super::super) use write::write_response;
