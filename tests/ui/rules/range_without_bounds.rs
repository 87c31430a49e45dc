#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = ..)] nights: u8) {}

fn main() {}
