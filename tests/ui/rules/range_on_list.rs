#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 1..=14)] cities: Vec<String>) {}

fn main() {}
