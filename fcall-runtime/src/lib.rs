//! The runtime of [`fcall`](https://docs.rs/fcall): schemas, tools, conversations, protocols, the call loop, the client.
//!
//! Programs depend on `fcall`, which re-exports what is here.

#[cfg(feature = "client")]
pub mod client;
pub mod error;
#[cfg(feature = "client")]
mod from_env;
pub mod message;
pub mod model;
pub mod offline;
pub mod protocol;
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tool;
pub mod toolbox;

pub use error::{Error, Result};
#[cfg(feature = "client")]
pub use {client::model, from_env::model_from_env};
