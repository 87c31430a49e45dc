#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
extern "C" fn book(nights: u8) {}

fn main() {}
