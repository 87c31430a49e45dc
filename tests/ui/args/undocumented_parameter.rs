#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool(documented)]
fn book(
    /// Where to
    city: String,
    nights: u8,
) {
}

fn main() {}
