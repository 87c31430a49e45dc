#![allow(unused)]
use fcall::tool;

struct Sold;

/// Books a flight
#[tool]
fn book(city: String) -> Result<u8, Sold> {
    Err(Sold)
}

fn main() {}
