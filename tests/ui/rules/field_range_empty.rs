#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[arg(range = 5..2)]
    nights: u8,
}

fn main() {}
