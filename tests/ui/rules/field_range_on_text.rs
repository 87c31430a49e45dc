#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[arg(range = 1..=14)]
    city: String,
}

fn main() {}
