#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(items = 4..=5)] cities: [String; 3]) {}

fn main() {}
