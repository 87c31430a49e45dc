#![allow(unused)]
use fcall::tool;

struct Ticket;

/// Books a flight
#[tool]
fn book(city: String) -> Ticket {
    Ticket
}

fn main() {}
