#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(recursive)] pin: String) {}

fn main() {}
