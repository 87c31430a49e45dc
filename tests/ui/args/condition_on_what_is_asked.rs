#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[cfg_attr(all(), arg(default = 3))] seat: u8) {}

fn main() {}
