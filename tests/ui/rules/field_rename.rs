#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[arg(rename = "town")]
    city: String,
}

fn main() {}
