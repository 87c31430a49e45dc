#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = r"(a)\1")] city: &str) {}

fn main() {}
