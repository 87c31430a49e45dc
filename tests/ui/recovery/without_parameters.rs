#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book {}

fn main() {
    let _ = (book(), tools![book]);
}
