//! The testing room: the script, and the server as plain HTTP sees it.

mod script;
mod server;
