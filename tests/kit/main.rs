//! The testing kit, as the tests of a user's program use it.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

mod assertions;
mod cassettes;
mod fallback;
mod golden;
mod handovers;
mod scripts;

use fcall::{Agent, Model, tool, tools};

/// Current weather of a city
#[tool(read_only)]
fn get_weather(
    /// City name
    city: &str,
) -> String {
    format!("sunny in {city}")
}

/// An agent with one tool.
fn agent(model: impl Model + 'static) -> Agent {
    Agent::builder(model).tools(tools![get_weather]).build().unwrap()
}

/// The message of a panic.
fn panic_of(test: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(test)).expect_err("a panic");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()))
        .unwrap()
}
