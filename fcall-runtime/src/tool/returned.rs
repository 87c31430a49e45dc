//! Whether what a tool returns can be told to the model.
//!
//! A type that has a name is asked by constants ([`Answered`]), which [`check_return`] judges, so the error names the
//! tool; the call itself is made of whatever comes, so one mistake gives one error: autoref picks the first answer that
//! holds ([`Tell`]), from the most references to the fewest. What has no name (`impl Trait`) is left to `answer`.

use std::{convert::Infallible, marker::PhantomData, pin::Pin};

use super::{
    Outcome, ToolError,
    answer::{Fallible, OwnError, Plain, ToolFailure, ToolReturn},
};
use crate::schema::Message;

/// A value that is asked what it is.
#[derive(Debug)]
pub struct Returned<T>(PhantomData<T>);

impl<T> Returned<T> {
    /// This value.
    pub const fn is(_: &T) -> Self {
        Self(PhantomData)
    }

    /// What this future will give.
    pub const fn will<F: Future<Output = T>>(_: &F) -> Self {
        Self(PhantomData)
    }
}

/// Marks a value that can't be told.
#[derive(Debug)]
pub struct Mute;

/// Asks what is known of a type: an inherent constant where it holds, else that of [`Unanswered`], which every type has.
#[derive(Debug)]
pub struct Answered<T>(PhantomData<T>, Infallible);

impl<T: ToolReturn> Answered<T> {
    /// It can be told.
    pub const VALUE: bool = true;
}

impl<T, E> Answered<Result<T, E>> {
    /// It is a `Result`.
    pub const RESULT: bool = true;
}

impl<T: ToolReturn, E> Answered<Result<T, E>> {
    /// It is a `Result` whose value can be told.
    pub const OK: bool = true;
}

impl<T, E: ToolFailure> Answered<Result<T, E>> {
    /// It is a `Result` whose error can be told.
    pub const ERR: bool = true;
}

/// The answers for every other type.
pub trait Unanswered {
    /// It can't be told.
    const VALUE: bool = false;
    /// It is no `Result`.
    const RESULT: bool = false;
    /// It is no `Result`, or its value can't be told.
    const OK: bool = false;
    /// It is no `Result`, or its error can't be told.
    const ERR: bool = false;
}

impl<T> Unanswered for Answered<T> {}

const MUTE: &str = "what it returns can't be sent to the model; return a type that implements `serde::Serialize`, a \
                    `ToolOutput`, or a `Result` of those";
const MUTE_ERROR: &str = "the model reads the error's text, and this error has none; implement `std::fmt::Display` for it, \
                          or return a `ToolError`";

/// Asks a value what it is; one trait for all answers, which the compiler then tries fewer of.
pub trait Tell {
    /// What it is.
    type As;

    /// What it is.
    fn told(&self) -> Self::As;
}

macro_rules! answers {
    ($(#[doc = $why:literal] ($($generic:ident $(: $bound:ident)?),*) $type:ty => $marker:ident;)*) => { $(
        #[doc = $why]
        impl<$($generic $(: $bound)?),*> Tell for $type {
            type As = $marker;

            fn told(&self) -> $marker {
                $marker
            }
        }
    )* };
}

answers! {
    /// Asked first.
    (T: ToolReturn) &&&&Returned<Result<T, ToolError>> => OwnError;
    /// Asked second.
    (T: ToolReturn, E: ToolFailure) &&&Returned<Result<T, E>> => Fallible;
    /// Asked third; serde writes a `Result` too, but not as an outcome.
    (T, E) &&Returned<Result<T, E>> => Mute;
    /// Asked fourth.
    (T: ToolReturn) &Returned<T> => Plain;
    /// Asked last.
    (T) Returned<T> => Mute;
}

impl Mute {
    /// Stands in for the outcome in a program that does not compile.
    pub fn finish<T>(self, _: T) -> Outcome {
        Outcome::Failed("The tool does not compile.".to_owned())
    }

    /// The same, of what is not there yet.
    pub fn later<F: Future>(self, future: F) -> Pin<Box<impl Future<Output = Outcome>>> {
        Box::pin(async move { self.finish(future.await) })
    }
}

/// Refuses a return type that can't be told to the model.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_return(tool: &'static str, [value, result, ok, err]: [bool; 4]) {
    let fault = match (value, result, ok, err) {
        // serde writes a `Result` too, but not as an outcome
        (_, true, true, true) | (true, false, ..) => return,
        (_, true, true, false) => MUTE_ERROR,
        _ => MUTE,
    };
    panic!("{}", Message::EMPTY.and("tool `").and(tool).and("`: ").and(fault).as_str())
}
