#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 14..=1)] nights: u8) {}

fn main() {}
