//! The runtime of [`fcall`](https://docs.rs/fcall): schemas, tools, conversations, protocols, the call loop, the client.
//!
//! Programs depend on `fcall`, which re-exports what is here.

pub mod agent;
pub mod error;
pub mod message;
pub mod model;
pub mod schema;
pub mod tool;
pub mod toolbox;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::{Error, Result};
pub use schemars;
pub use serde;
pub use serde_json;
