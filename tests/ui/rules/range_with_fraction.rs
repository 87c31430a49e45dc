#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 0.5..=2.5)] nights: u8) {}

fn main() {}
