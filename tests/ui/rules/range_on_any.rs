#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 1..=14)] what: fcall::serde_json::Value) {}

fn main() {}
