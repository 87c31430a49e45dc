#![allow(unused)]
use std::ops::Range;

use fcall::tool;

type Three<T> = Range<Range<Range<T>>>;

/// Books a flight
#[tool(strict)]
fn book(seats: Three<Three<Three<Range<u8>>>>) {}

fn main() {}
