#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book(from: &str) -> std:: {
    from.len()
}

fn main() {
    let _ = tools![book];
}
