//! fcall

#[cfg(feature = "client")]
pub use fcall_runtime::client;
#[cfg(feature = "client")]
pub use fcall_runtime::model_from_env;
#[cfg(feature = "testing")]
pub use fcall_runtime::testing;
pub use fcall_runtime::{Error, Result, error, message, model, offline, protocol, schema, tool, toolbox};
