//! fcall

pub use fcall_runtime::{error, message, model, offline};
