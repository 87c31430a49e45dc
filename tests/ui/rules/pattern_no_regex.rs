#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = "^[A-Z")] city: &str) {}

fn main() {}
