#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book(
    /// From where
    from: &str,
    /// Where to
    #[arg(length = 1..)]
    to: ,
    #[state] seats: &Vec<u8>,
) -> u8 {
    to.len()
}

fn main() {
    let _ = (book("Rome", "Oslo", &vec![1]) + 1, tools![book]);
}
