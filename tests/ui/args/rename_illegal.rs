#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(#[arg(rename = "how many nights")] nights: u8) {}

fn main() {}
