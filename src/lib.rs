//! fcall

#[cfg(feature = "macros")]
pub use fcall_macros::{Schema, tool};
#[doc(hidden)]
pub use fcall_runtime::__private;
pub use fcall_runtime::{
    Error, Result, error,
    message::{self, ToolChoice},
    model,
    schema::{self, Schema},
    tool::{self, CallContext, Outcome, Tool, ToolError, ToolOutput},
    toolbox::{self, Toolbox},
    tools,
};
pub use fcall_runtime::{schemars, serde, serde_json};
