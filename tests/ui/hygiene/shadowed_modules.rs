#![deny(warnings)]
#![allow(dead_code, unused_macros)]

mod std {}
mod core {}
mod alloc {}
mod serde_json {}
mod inventory {}

pub type Result = u8;
pub struct Option;
pub struct Some;
pub struct None;
pub struct Ok;
pub struct Err;
pub struct Vec;
pub struct String;
pub struct Box;
pub struct Send;
pub struct Sync;
pub struct Clone;
pub struct Default;
pub struct Iterator;

macro_rules! panic {
    () => {};
}
macro_rules! format {
    () => {};
}
macro_rules! vec {
    () => {};
}
macro_rules! concat {
    () => {};
}
macro_rules! module_path {
    () => {};
}

use fcall::{Schema, tool, tools, toolset};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    row: u8,
    #[arg(pattern = "^[A-F]$")]
    letter: ::std::string::String,
}

/// Books
#[tool]
async fn book(
    seat: Seat,
    near: ::core::option::Option<&str>,
    #[arg(length = 1..)] guests: &str,
) -> ::core::result::Result<::std::string::String, ::std::fmt::Error> {
    let _ = (seat.row, seat.letter, near);
    ::core::result::Result::Ok(guests.into())
}

struct Desk;

#[toolset]
impl Desk {
    /// Cancels
    #[tool]
    fn cancel(&self, row: u8) -> u8 {
        row
    }
}

fn main() {
    assert_eq!(tools![book].len(), 1);
    let _ = fcall::Toolbox::new(Desk);
}
