#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[serde(flatten)]
    nights: u8,
}

fn main() {}
