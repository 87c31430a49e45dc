#![allow(unused)]
use fcall::tool;

struct Seat;

/// Books a flight
#[tool]
fn book(seat: &Seat) {}

fn main() {}
