#![allow(unused)]
use fcall::tool;

struct Ticket;

/// Books a flight
#[tool]
async fn book(city: String) -> Result<Ticket, String> {
    Err(city)
}

fn main() {}
