#![allow(unused)]
use fcall::tool;

struct Seat;

/// Books a flight
#[tool]
fn book(city: String, seat: Option<Seat>) {}

fn main() {}
