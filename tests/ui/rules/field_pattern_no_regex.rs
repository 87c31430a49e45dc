#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[arg(pattern = "(")]
    city: String,
}

fn main() {}
