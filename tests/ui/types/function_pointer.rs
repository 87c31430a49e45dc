#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(next: fn() -> u8) {}

fn main() {}
