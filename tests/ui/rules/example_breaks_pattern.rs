#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(pattern = "^[A-Z]{3}$", example = "Rome")] city: &str) {}

fn main() {}
