#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;
struct Row;

#[derive(Schema)]
struct Seat<T> {
    row: Row,
    guest: T,
}

fn main() {}
