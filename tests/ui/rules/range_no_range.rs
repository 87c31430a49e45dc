#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 14)] nights: u8) {}

fn main() {}
