#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(from: String, #[arg(rename = "from")] to: String) {}

fn main() {}
