#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;
struct Row;

#[derive(Schema)]
struct Seat(Row);

fn main() {}
