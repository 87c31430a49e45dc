#![allow(unused)]
use fcall::tool;

/// Books a room
#[tool]
fn book(#[arg(range = 0.0..f64::INFINITY)] share: f64) {}

fn main() {}
