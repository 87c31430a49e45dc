//! Stands in for `trace` where the feature `tracing` is off: nothing is noted.

use std::future::Future;

use super::{
    next::CallEnd,
    run::{CallStatus, Stop},
};
use crate::{
    error::Error,
    message::{Request, Response, Usage},
    tool::Tool,
    toolbox::Toolbox,
};

/// The future.
pub(super) fn inside<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    future
}

/// A call was not carried out.
pub(super) fn refused(_: &str, _: &str, _: CallStatus, _: &Toolbox) {}

/// No span.
#[derive(Clone, Debug)]
pub(super) struct Span;

impl Span {
    pub(super) fn run(_: Option<&str>, _: &str, _: Option<&str>) -> Self {
        Self
    }

    pub(super) fn chat(_: &str, _: &Request<'_>, _: &Toolbox, _: bool) -> Self {
        Self
    }

    pub(super) fn tool(_: &Tool, _: &str, _: &str, _: bool) -> Self {
        Self
    }

    pub(super) fn is_heard(&self) -> bool {
        false
    }

    pub(super) fn within<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future
    }

    pub(super) fn replied(&self, _: &Response, _: &Toolbox) {}

    pub(super) fn used(&self, _: Usage, _: Usage) {}

    pub(super) fn stopped(&self, _: &Stop) {}

    pub(super) fn failed(&self, _: &Error) {}

    pub(super) fn ended(&self, _: &CallEnd, _: &Tool, _: &str) {}
}
