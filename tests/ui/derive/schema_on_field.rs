#![allow(unused)]
use fcall::{Schema, serde::Deserialize};

#[derive(Deserialize, Schema)]
struct Seat {
    #[schema(range = 1..=30)]
    row: u8,
}

fn main() {}
