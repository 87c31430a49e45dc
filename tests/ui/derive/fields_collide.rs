#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    row: u8,
    #[serde(rename = "row")]
    line: u8,
}

fn main() {}
