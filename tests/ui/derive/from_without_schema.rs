#![allow(unused)]
use fcall::{Schema, serde::Deserialize};

#[derive(Deserialize)]
struct Raw(u8);

#[derive(Deserialize, Schema)]
#[serde(from = "Raw")]
struct Seat(u8);

impl From<Raw> for Seat {
    fn from(raw: Raw) -> Self {
        Seat(raw.0)
    }
}

fn main() {}
