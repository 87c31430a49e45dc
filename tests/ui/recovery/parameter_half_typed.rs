#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
async fn book(from: &str, to) -> u8 {
    to.len()
}

fn main() {
    let _ = (book("Rome", "Oslo"), tools![book]);
}
