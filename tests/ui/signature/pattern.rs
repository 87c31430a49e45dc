#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book((from, to): (String, String)) {}

fn main() {}
