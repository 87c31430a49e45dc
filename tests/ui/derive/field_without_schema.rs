#![allow(unused)]
use fcall::Schema;

struct Row;

#[derive(Schema)]
struct Seat {
    row: Vec<Row>,
}

fn main() {}
