//! What an operator hears of while runs go on: events of the `tracing` crate, each in the span that it happens in.
//!
//! Where nobody listens an event costs a look at a flag. Names are those of OpenTelemetry's conventions where they have one,
//! else they begin with `fcall.`. Nothing of what was said stands in them: no message, no argument, no result.
#![cfg_attr(not(feature = "tracing"), allow(dead_code, unused_variables, reason = "nothing is told then"))]

use std::time::Duration;

use crate::error::Error;

/// The target under which spans and events are told apart from those of other crates.
#[cfg(feature = "tracing")]
pub(crate) const TARGET: &str = "fcall";

/// An event under its name, which is its text too: what writes lines shows the one, OpenTelemetry the other.
macro_rules! tell {
    ($level:ident, $name:literal, $($fields:tt)*) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(name: $name, target: TARGET, tracing::Level::$level, $($fields)*, $name);
    }};
}

/// A run or a request ended in this error.
pub(crate) fn exception(error: &Error) {
    tell!(ERROR, "exception", exception.r#type = &*error.word(), exception.message = error.without_content());
}

/// A request is sent again, for this often, after the wait.
#[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client repeats requests"))]
pub(crate) fn retry(error: &Error, times: usize, wait: Duration) {
    tell!(
        WARN,
        "fcall.retry",
        http.request.resend_count = times,
        http.response.status_code = error.status(),
        error.r#type = &*error.word(),
        fcall.retry.wait = wait.as_secs_f64()
    );
}

/// Another model goes on where one failed.
pub(crate) fn handed_over(from: &str, to: &str, fault: &Error, after_effects: bool) {
    tell!(
        WARN,
        "fcall.handover",
        fcall.handover.from = from,
        fcall.handover.to = to,
        fcall.handover.after_effects = after_effects,
        error.r#type = &*fault.word()
    );
}

/// A reply starts over: what came of it is void.
pub(crate) fn restarted() {
    tell!(WARN, "fcall.restart", fcall.restarted = true);
}

/// A run stopped at a limit; the tool is the one that it is about, if it is about one.
pub(crate) fn limit(stop: &'static str, tool: Option<&str>) {
    tell!(WARN, "fcall.limit", fcall.stop = stop, gen_ai.tool.name = tool);
}

/// A call is not carried out; the tool's name where there is such a tool: a model can write anything in its place.
pub(crate) fn refused(id: &str, tool: Option<&str>, why: &'static str) {
    tell!(WARN, "fcall.call.refused", gen_ai.tool.call.id = id, gen_ai.tool.name = tool, error.r#type = why);
}

/// So much in the arguments of a call was put right before they could be read.
pub(crate) fn repaired(id: &str, tool: &str, repairs: usize) {
    tell!(INFO, "fcall.arguments.repaired", gen_ai.tool.call.id = id, gen_ai.tool.name = tool, fcall.repairs = repairs);
}
