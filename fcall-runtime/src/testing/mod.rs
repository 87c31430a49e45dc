//! What tests of programs that call models need: a model that follows a script, a server on the loopback that puts any
//! model behind the real protocols, recordings of real traffic, and assertions on
//! what a run did and on the requests that it made.
//!
//! Nothing here reaches the network but a cassette that records, and nothing waits on a real clock unless a test asks
//! for it.

mod calls;
#[cfg(feature = "client")]
mod cassette;
mod difference;
#[cfg(feature = "client")]
mod golden;
mod script;
mod server;
mod turn;
#[cfg(feature = "client")]
mod written;

pub use calls::Called;
#[cfg(feature = "client")]
pub use cassette::{Cassette, Mode};
#[cfg(feature = "client")]
pub use golden::{Encoder, assert_golden};
pub use script::{Asked, Script};
pub use server::{Fault, Received, Server};
pub use turn::Turn;
