#![allow(unused)]
use fcall::tool;

type Four<T> = Vec<Vec<Vec<Vec<T>>>>;
type Sixteen<T> = Four<Four<Four<Four<T>>>>;

/// Books seats
#[tool]
fn book(seats: Sixteen<Sixteen<Sixteen<Sixteen<Vec<u8>>>>>) {}

fn main() {}
