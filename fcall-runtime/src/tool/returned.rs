//! Whether what a tool returns can be told to the model.
//!
//! A type that has a name is asked in a constant, by [`check_return`], which names the tool; the call itself is made of
//! whatever comes, so one mistake gives one error. Autoref picks the first answer that holds, from the most references
//! to the fewest. What has no name (`impl Trait`) is left to `answer`.

use super::{
    Outcome, ToolError,
    answer::{Fallible, OwnError, Plain, ToolFailure, ToolReturn},
};
use crate::schema::Message;

/// A value that is asked what it is.
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// Marks a value that can't be told.
#[derive(Debug)]
pub struct Mute;

/// Marks a `Result` whose error can't be told.
#[derive(Debug)]
pub struct MuteError;

/// The answer as a constant.
pub trait Told {
    /// What is wrong, and what to write instead.
    const FAULT: Option<&'static str> = None;
}

impl Told for OwnError {}
impl Told for Fallible {}
impl Told for Plain {}

impl Told for Mute {
    const FAULT: Option<&'static str> = Some(
        "what it returns can't be sent to the model; return a type that implements `serde::Serialize`, a `ToolOutput`, \
         or a `Result` of those",
    );
}

impl Told for MuteError {
    const FAULT: Option<&'static str> = Some(
        "the model reads the error's text, and this error has none; implement `std::fmt::Display` for it, or return a \
         `ToolError`",
    );
}

macro_rules! picks {
    ($($(#[$doc:meta])* $name:ident($($generic:ident $(: $bound:ident)?),*) on $type:ty => $marker:ident;)*) => { $(
        $(#[$doc])*
        pub trait $name {
            /// What it is.
            fn told(&self) -> $marker {
                $marker
            }
        }

        impl<$($generic $(: $bound)?),*> $name for $type {}
    )* };
}

picks! {
    /// Asked first.
    First(T: ToolReturn) on &&&&&Returned<'_, Result<T, ToolError>> => OwnError;
    /// Asked second.
    Second(T: ToolReturn, E: ToolFailure) on &&&&Returned<'_, Result<T, E>> => Fallible;
    /// Asked third.
    Third(T: ToolReturn, E) on &&&Returned<'_, Result<T, E>> => MuteError;
    /// Asked fourth; serde writes a `Result` too, but not as an outcome.
    Fourth(T, E) on &&Returned<'_, Result<T, E>> => Mute;
    /// Asked fifth.
    Fifth(T: ToolReturn) on &Returned<'_, T> => Plain;
    /// Asked last.
    Sixth(T) on Returned<'_, T> => Mute;
}

impl Mute {
    /// Stands in for the outcome in a program that does not compile.
    pub fn finish<T>(self, _: T) -> Outcome {
        Outcome::Failed("The tool does not compile.".to_owned())
    }
}

impl MuteError {
    /// Stands in for the outcome in a program that does not compile.
    pub fn finish<T>(self, value: T) -> Outcome {
        Mute.finish(value)
    }
}

/// Refuses a return type that can't be told to the model.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_return<T, M: Told>(tool: &'static str, _: fn(&T) -> M) {
    if let Some(fault) = M::FAULT {
        let message = Message::EMPTY.and("tool `").and(tool).and("`: ").and(fault);
        panic!("{}", message.as_str())
    }
}
