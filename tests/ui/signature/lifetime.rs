#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book<'a>(city: &'a str) {}

fn main() {}
