#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(rename = town)] city: String) {}

fn main() {}
