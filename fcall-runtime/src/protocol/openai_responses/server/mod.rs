//! The server's side of Responses: requests in, replies out.

mod items;
mod read;
mod stream;
mod write;

pub(in super::super) use read::read_request;
pub(in super::super) use stream::Writer;
pub(in super::super) use write::write_response;
