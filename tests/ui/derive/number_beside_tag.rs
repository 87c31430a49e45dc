#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(tag = "kind")]
enum Booking {
    Room(u8),
    Table { seats: u8 },
}

fn main() {}
