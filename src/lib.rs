//! fcall

pub use fcall_runtime::{Error, Result, error, message, model, protocol, schema, tool, toolbox};
