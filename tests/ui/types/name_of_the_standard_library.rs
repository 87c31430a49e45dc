#![allow(unused)]
use fcall::tool;

struct Option;

/// Books a flight
#[tool]
fn book(seat: Option) {}

fn main() {}
