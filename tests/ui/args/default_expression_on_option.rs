#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(default = None)] nights: Option<u8>) {}

fn main() {}
