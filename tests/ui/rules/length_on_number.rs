#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(length = 1..=14)] nights: u8) {}

fn main() {}
