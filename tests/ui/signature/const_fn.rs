#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
const fn book(nights: u8) {}

fn main() {}
