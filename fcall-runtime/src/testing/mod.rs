//! What tests of programs that call models need: a model that follows a script, and a server on the loopback that
//! puts any model behind the real protocols.
//!
//! Nothing here reaches the network, and nothing waits on a real clock unless a test asks for it.

mod script;
mod server;
mod turn;

pub use script::{Asked, Script};
pub use server::{Fault, Received, Server};
pub use turn::Turn;
