#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(city: &mut String) {}

fn main() {}
