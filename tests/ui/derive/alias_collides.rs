#![allow(unused)]
use fcall::Schema;

#[derive(Schema)]
struct Seat {
    row: u8,
    #[serde(alias = "row")]
    line: u8,
}

fn main() {}
