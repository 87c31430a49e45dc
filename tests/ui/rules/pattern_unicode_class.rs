#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = r"^\p{L}+$")] city: &str) {}

fn main() {}
