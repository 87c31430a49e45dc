#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(city: str) {}

fn main() {}
