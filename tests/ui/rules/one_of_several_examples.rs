#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 1..=14, example(7, 15))] nights: u8) {}

fn main() {}
