#![allow(unused)]
use fcall::toolset;

#[toolset]
fn book() {}

fn main() {}
