#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;
#[derive(Deserialize, Schema)]
struct Seat {
    #[arg(rang = 1..=9)]
    row: u8,
}

/// Books
#[tool(strict)]
fn book(seat: Seat) {}

fn main() {}
