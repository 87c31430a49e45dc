#![allow(unused)]
use fcall::tool;

/// Picks a character
#[tool]
fn char(of: String) {}

fn main() {}
