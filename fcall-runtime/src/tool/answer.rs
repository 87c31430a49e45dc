//! What a tool function returns, as the outcome of the call.
//!
//! Autoref picks one of the markers by value, so an `impl Trait` is as good as a name; the bounds stand on the marker's
//! `finish`, so a type that can't be sent gives one error.

use std::{fmt, marker::PhantomData, pin::Pin};

use serde::Serialize;

use super::{Outcome, ToolError, ToolOutput, error::ToolErrorKind, written::written};
use crate::message::Content;

/// What the model is told of a tool that returns nothing.
const DONE: &str = "done";

/// A value that can be sent to the model.
#[diagnostic::on_unimplemented(
    message = "a tool can't return `{Self}`",
    label = "this can't be sent to the model",
    note = "return a type that implements `serde::Serialize`, a `ToolOutput`, or a `Result` of those"
)]
pub trait ToolReturn {
    /// The value as an outcome.
    fn into_outcome(self) -> Outcome;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ToolReturn for T {
    fn into_outcome(self) -> Outcome {
        match written(&self) {
            Ok(content) => Outcome::Done(output(content, size_of::<T>() == 0)),
            Err(error) => Outcome::Failed(format!("The tool's result can't be written as JSON: {error}")),
        }
    }
}

#[diagnostic::do_not_recommend]
impl ToolReturn for ToolOutput {
    fn into_outcome(self) -> Outcome {
        Outcome::Done(self)
    }
}

/// What has no content at all (`()`, a unit struct) is told as done.
fn output(content: Content, empty: bool) -> ToolOutput {
    let content = match content {
        Content::Json(json) if empty && json == "null" => Content::Text(DONE.to_owned()),
        content => content,
    };
    ToolOutput { content: vec![content] }
}

/// An error that can be told to the model.
#[diagnostic::on_unimplemented(
    message = "a tool can't fail with `{Self}`",
    label = "the model reads the error's text",
    note = "implement `std::fmt::Display` for the error, or return a `ToolError`"
)]
pub trait ToolFailure {
    /// What the model reads.
    fn into_text(self) -> String;
}

#[diagnostic::do_not_recommend]
impl<E: fmt::Display> ToolFailure for E {
    fn into_text(self) -> String {
        self.to_string()
    }
}

/// The value of which is asked what it is.
#[derive(Debug)]
pub struct Wrap<T>(PhantomData<T>);

impl<T> Wrap<T> {
    /// This value.
    pub const fn is(_: &T) -> Self {
        Self(PhantomData)
    }

    /// What this future will give.
    pub const fn will<F: Future<Output = T>>(_: &F) -> Self {
        Self(PhantomData)
    }
}

/// Marks a `Result` whose error says itself what should follow.
#[derive(Debug)]
pub struct OwnError;

/// Marks any other `Result`.
#[derive(Debug)]
pub struct Fallible;

/// Marks what is no `Result`.
#[derive(Debug)]
pub struct Plain;

impl<T> Wrap<Result<T, ToolError>> {
    /// Found first.
    pub fn pick(&self) -> OwnError {
        OwnError
    }
}

/// Found next.
pub trait PickFallible {
    /// It is a `Result`.
    fn pick(&self) -> Fallible {
        Fallible
    }
}

impl<T, E> PickFallible for Wrap<Result<T, E>> {}

/// Found last, one reference further away.
pub trait PickPlain {
    /// It is a value.
    fn pick(&self) -> Plain {
        Plain
    }
}

impl<T> PickPlain for &Wrap<T> {}

impl OwnError {
    /// The outcome of the call.
    pub fn finish<T: ToolReturn>(self, result: Result<T, ToolError>) -> Outcome {
        match result {
            Ok(value) => value.into_outcome(),
            Err(error) => failed(&error),
        }
    }

    /// The outcome of the call, once there is what this future gives.
    pub fn later<T: ToolReturn, F: Future<Output = Result<T, ToolError>>>(
        self,
        future: F,
    ) -> Pin<Box<impl Future<Output = Outcome>>> {
        Box::pin(async move { self.finish(future.await) })
    }
}

impl Fallible {
    /// The outcome of the call.
    pub fn finish<T: ToolReturn, E: ToolFailure>(self, result: Result<T, E>) -> Outcome {
        match result {
            Ok(value) => value.into_outcome(),
            Err(error) => Outcome::Failed(error.into_text()),
        }
    }

    /// The outcome of the call, once there is what this future gives.
    pub fn later<T: ToolReturn, E: ToolFailure, F: Future<Output = Result<T, E>>>(
        self,
        future: F,
    ) -> Pin<Box<impl Future<Output = Outcome>>> {
        Box::pin(async move { self.finish(future.await) })
    }
}

impl Plain {
    /// The outcome of the call.
    pub fn finish<T: ToolReturn>(self, value: T) -> Outcome {
        value.into_outcome()
    }

    /// The outcome of the call, once there is what this future gives.
    pub fn later<F: Future<Output: ToolReturn>>(self, future: F) -> Pin<Box<impl Future<Output = Outcome>>> {
        Box::pin(async move { self.finish(future.await) })
    }
}

pub(super) fn failed(error: &ToolError) -> Outcome {
    match error.kind {
        ToolErrorKind::Retry | ToolErrorKind::Failed => Outcome::Failed(error.to_string()),
        ToolErrorKind::Fatal => Outcome::Fatal(error.to_string()),
    }
}

/// What the closure of a tool made at run time may return: a `Result` of anything that serialises, or a plain value.
///
/// A struct of one's own goes inside a `Result`, or through [`ToolOutput::json`].
#[diagnostic::on_unimplemented(
    message = "the closure of a tool can't return `{Self}`",
    note = "return a `Result` of a type that implements `serde::Serialize`, or a `ToolOutput`"
)]
pub trait Answer {
    /// The outcome of the call.
    fn into_outcome(self) -> Outcome;
}

impl<T: ToolReturn, E: fmt::Display + 'static> Answer for Result<T, E> {
    fn into_outcome(self) -> Outcome {
        match self {
            Ok(value) => value.into_outcome(),
            Err(error) => match (&error as &dyn std::any::Any).downcast_ref::<ToolError>() {
                Some(own) => failed(own),
                None => Outcome::Failed(error.to_string()),
            },
        }
    }
}

macro_rules! plain {
    ($($type:ty)*) => { $(
        impl Answer for $type {
            fn into_outcome(self) -> Outcome {
                ToolReturn::into_outcome(self)
            }
        }
    )* };
}

plain!(() bool char i8 i16 i32 i64 u8 u16 u32 u64 isize usize f32 f64 String &str serde_json::Value ToolOutput);

impl<T: Serialize> Answer for Vec<T> {
    fn into_outcome(self) -> Outcome {
        ToolReturn::into_outcome(self)
    }
}

impl<T: Serialize> Answer for Option<T> {
    fn into_outcome(self) -> Outcome {
        ToolReturn::into_outcome(self)
    }
}
