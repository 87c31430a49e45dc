#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(tag = "kind", content = "of")]
enum Booking {
    Room(#[serde(skip)] u8),
}

fn main() {}
