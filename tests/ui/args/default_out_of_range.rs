#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(default = 300)] nights: u8) {}

fn main() {}
