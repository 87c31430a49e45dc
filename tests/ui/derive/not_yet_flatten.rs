#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    row: u8,
}

#[derive(Deserialize, Schema)]
struct Flight {
    #[serde(flatten)]
    seat: Seat,
}

fn main() {}
