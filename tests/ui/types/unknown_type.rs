#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(seat: Seat) {}

fn main() {}
