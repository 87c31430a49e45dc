#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(length = 3, default = "Rome")] city: &str) {}

fn main() {}
