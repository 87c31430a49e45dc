#![allow(unused)]
use fcall::tool;

/// A flight
#[tool]
struct Flight {
    city: String,
}

fn main() {}
