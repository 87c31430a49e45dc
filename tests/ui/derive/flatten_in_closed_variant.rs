#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Room {
    number: u8,
}
#[derive(Deserialize, Schema)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Booking {
    Hotel {
        #[serde(flatten)]
        room: Room,
    },
}

fn main() {}
