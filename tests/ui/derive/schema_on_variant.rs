#![allow(unused)]
use fcall::{Schema, serde::Deserialize};

#[derive(Deserialize, Schema)]
enum Seat {
    #[schema(rename = "w")]
    Window,
    Aisle,
}

fn main() {}
