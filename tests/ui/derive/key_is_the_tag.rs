#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Room {
    kind: u8,
}
#[derive(Deserialize, Schema)]
#[serde(tag = "kind")]
enum Booking {
    Room(Room),
    Table,
}

fn main() {}
