#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Room {
    number: u8,
}
#[derive(Deserialize, Schema)]
#[serde(deny_unknown_fields)]
struct Booking {
    #[serde(flatten)]
    room: Room,
}

fn main() {}
