#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Room {
    number: u8,
}
#[derive(Deserialize, Schema)]
struct Booking {
    #[serde(rename = "number")]
    id: u32,
    #[serde(flatten)]
    room: Room,
}

fn main() {}
