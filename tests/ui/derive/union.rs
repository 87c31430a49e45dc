#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;
#[derive(Clone, Copy, Schema)]
union Seat {
    row: u8,
}

fn main() {}
