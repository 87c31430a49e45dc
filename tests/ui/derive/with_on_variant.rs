#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(tag = "kind", content = "of")]
enum Booking {
    #[serde(deserialize_with = "read")]
    Room(u8),
}

fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
    u8::deserialize(from)
}

fn main() {}
