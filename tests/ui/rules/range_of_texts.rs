#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = "a".."b")] nights: u8) {}

fn main() {}
