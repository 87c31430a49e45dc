#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(example = "two")] nights: u8) {}

fn main() {}
