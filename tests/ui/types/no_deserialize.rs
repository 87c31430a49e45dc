#![allow(unused)]
use fcall::{Schema, tool};

#[derive(Schema)]
struct Seat {
    row: u8,
}

/// Books a flight
#[tool]
fn book(seat: Seat) {}

fn main() {}
