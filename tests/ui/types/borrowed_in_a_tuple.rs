#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(pair: (&str, u8)) {}

fn main() {}
