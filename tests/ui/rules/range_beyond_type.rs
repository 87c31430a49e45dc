#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 1..=300)] nights: u8) {}

fn main() {}
