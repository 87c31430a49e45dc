#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(default = "three")] nights: u8) {}

fn main() {}
