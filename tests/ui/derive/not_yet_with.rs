#![allow(unused)]
use fcall::Schema;
use serde::{Deserialize, Deserializer};

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    u8::deserialize(from)
}

#[derive(Deserialize, Schema)]
struct Seat {
    #[serde(deserialize_with = "read")]
    row: u8,
}

fn main() {}
