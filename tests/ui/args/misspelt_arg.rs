#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(defualt = 1)] nights: u8) {}

fn main() {}
