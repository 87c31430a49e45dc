#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(length = 1..=5)] cities: Vec<String>) {}

fn main() {}
