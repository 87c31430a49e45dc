#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(items = 1..=5)] city: &str) {}

fn main() {}
