#![allow(unused)]
use std::num::NonZeroI64;

use fcall::tool;

/// Moves the cursor
#[tool]
fn step(#[arg(range = 0..=0)] by: NonZeroI64) {}

fn main() {}
