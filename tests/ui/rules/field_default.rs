#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Booking {
    #[arg(default = 1)]
    nights: u8,
}

fn main() {}
