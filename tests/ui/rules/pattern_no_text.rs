#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = 5)] city: &str) {}

fn main() {}
