#![allow(unused)]
use fcall::{Schema, serde::Deserialize};

#[derive(Deserialize)]
struct Row;

#[derive(Deserialize, Schema)]
enum Seat {
    Numbered(Row),
    Named {
        row: Row,
        #[arg(range = 1..=3)]
        name: String,
        #[arg(length = 1..=3)]
        number: u8,
    },
    Nearest(u8, Row),
}

fn main() {}
