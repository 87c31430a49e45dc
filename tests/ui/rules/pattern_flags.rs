#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = "(?i)rome")] city: &str) {}

fn main() {}
