#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(length = 5..5)] city: &str) {}

fn main() {}
