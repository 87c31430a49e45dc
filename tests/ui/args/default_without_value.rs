#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(default)] nights: u8) {}

fn main() {}
