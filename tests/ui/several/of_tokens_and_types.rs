#![allow(unused)]
use fcall::tool;

struct Seat;

/// Books a flight
#[tool]
fn book(#[arg(patern = "x")] to: String, seat: Seat, #[arg(range = 1..=3)] note: String) -> Seat {
    seat
}

fn main() {}
