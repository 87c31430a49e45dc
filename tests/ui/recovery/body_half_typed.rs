#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(city: String) -> usize {
    city.
}

fn main() {}
