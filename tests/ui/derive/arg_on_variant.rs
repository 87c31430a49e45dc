#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
enum Booking {
    #[arg(range = 1..=9)]
    Room(u8),
}

fn main() {}
