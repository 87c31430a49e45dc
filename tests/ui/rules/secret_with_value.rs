#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(secret = true)] pin: &str) {}

fn main() {}
