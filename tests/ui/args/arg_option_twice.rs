#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(range = 1..=3, range = 1..=5)] nights: u8) {}

fn main() {}
