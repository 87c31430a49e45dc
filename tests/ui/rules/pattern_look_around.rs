#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = "^(?!x)")] city: &str) {}

fn main() {}
