#![allow(unused)]
use fcall::tool;

struct Pin;

/// Books a room
#[tool]
fn book(#[arg(as = Pin)] pin: String) {}

fn main() {}
