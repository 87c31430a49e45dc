#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]
//! A crate that takes nothing for granted.

use ::fcall::{CallContext, Schema, tool, tools, toolset};
use ::serde::Deserialize;
use ::std::{clone::Clone, string::ToString};

mod shadowed {
    #![allow(missing_docs, dead_code)]
    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Some;
    pub struct Ok;
}
#[allow(unused_imports)]
use shadowed::*;

/// Where to sit
#[derive(Deserialize, Schema, Clone)]
pub struct Seat {
    /// From the front
    pub row: u8,
    /// A to F
    pub letter: ::std::option::Option<char>,
    /// Beside whom
    pub beside: ::std::vec::Vec<Seat>,
}

/// How to travel
#[derive(Deserialize, Schema)]
pub enum Travel {
    /// On foot
    Walk,
    /// By train
    Train(Seat),
    /// By air
    Fly {
        /// Where
        seat: Seat,
    },
}

/// Books
#[tool]
#[allow(clippy::too_many_arguments, unused_variables)]
pub async fn book(
    raw: ::std::string::String,
    self_: &str,
    args: ::std::option::Option<&str>,
    #[context] cx: &CallContext,
    out: &[Seat],
    fc: Travel,
    #[arg(default = 3)] settled: u8,
    #[arg(default = "x".to_string())] tool: ::std::string::String,
    r#match: bool,
    name: (u8, u8),
) -> ::std::result::Result<::std::string::String, ::fcall::ToolError> {
    ::std::result::Result::Ok(raw.clone())
}

/// Nothing to send
#[tool(handle = Nothing)]
pub fn nothing() {}

/// A place to book at
pub struct Desk;

#[toolset]
impl Desk {
    /// Waits in line
    #[tool(blocking)]
    pub fn wait(&self, #[arg(default = 3)] minutes: u8, #[context] cx: &CallContext) -> bool {
        minutes > 0 && !cx.call_id.is_empty()
    }
}

fn main() {
    let _ = tools![book, Nothing];
}
