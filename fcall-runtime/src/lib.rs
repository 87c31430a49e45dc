//! The runtime of [`fcall`](https://docs.rs/fcall): schemas, tools, conversations, protocols, the call loop, the client.
//!
//! Programs depend on `fcall`, which re-exports what is here.

#![forbid(unsafe_code)]

pub mod agent;
#[cfg(feature = "client")]
pub mod client;
pub mod error;
pub mod fallback;
#[cfg(feature = "client")]
mod from_env;
pub mod journal;
pub mod message;
pub mod model;
mod notice;
pub mod offline;
pub mod protocol;
pub mod schema;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tool;
pub mod toolbox;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::{Error, Result};
pub use schemars;
pub use serde;
pub use serde_json;
#[cfg(feature = "client")]
pub use {client::model, from_env::model_from_env};
