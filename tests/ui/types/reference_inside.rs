#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(cities: Vec<&str>) {}

fn main() {}
