//! fcall

pub use fcall_runtime::{Error, Result, error, message, model, offline, protocol, schema, tool, toolbox};
