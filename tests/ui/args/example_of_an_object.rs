#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(example = {"row": 1})] seat: u8) {}

fn main() {}
