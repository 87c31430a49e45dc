#![doc = include_str!("../README.md")]

#[cfg(feature = "macros")]
#[doc(hidden)]
pub use fcall_macros::__tools;
#[cfg(feature = "macros")]
pub use fcall_macros::{Schema, tool, toolset};
#[doc(hidden)]
pub use fcall_runtime::__private;
#[cfg(feature = "testing")]
pub use fcall_runtime::testing;
pub use fcall_runtime::{
    Error, Result,
    agent::{self, Agent, Event, Run, Stop},
    error,
    fallback::{self, Fallback},
    journal::{self, FileJournal},
    message::{self, Message, ToolChoice},
    model::Model,
    offline,
    protocol::{self, Protocol},
    schema::{self, Schema},
    schemars, serde, serde_json,
    tool::{self, CallContext, Outcome, Tool, ToolError, ToolOutput},
    toolbox::{self, Toolbox},
};
// The module, and with the client the function beside it.
pub use fcall_runtime::model;
#[cfg(feature = "client")]
pub use fcall_runtime::{
    client::{self, Service},
    model_from_env,
};

/// Annotated functions as tools, chosen by path: `tools![get_weather, travel::book]` is an array of [`Tool`]s. A typo and
/// two tools of one name do not compile.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! tools {
    ($($tools:tt)*) => {
        $crate::__tools!($crate; $($tools)*)
    };
}
