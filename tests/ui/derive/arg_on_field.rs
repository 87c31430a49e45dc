#![allow(unused)]
use fcall::Schema;

#[derive(Schema)]
struct Seat {
    #[arg(range = 1..=40)]
    row: u8,
}

fn main() {}
