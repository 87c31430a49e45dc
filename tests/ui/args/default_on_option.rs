#![allow(unused)]
use fcall::tool;

type Maybe = Option<u8>;

/// Books a flight
#[tool]
fn book(#[arg(default = 1)] nights: Maybe) {}

fn main() {}
