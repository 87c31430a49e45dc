#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    row: u8,
}

#[derive(Deserialize, Schema)]
#[serde(tag = "kind")]
enum Place {
    Seat(Seat),
}

fn main() {}
