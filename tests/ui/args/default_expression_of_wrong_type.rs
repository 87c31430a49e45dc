#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(default = String::new())] nights: u8) {}

fn main() {}
