#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book<const N: usize>(seats: [u8; N]) {}

fn main() {}
