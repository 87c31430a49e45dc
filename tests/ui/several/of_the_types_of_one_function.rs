#![allow(unused)]
use fcall::tool;
struct Row;

/// Books
#[tool]
fn book(
    row: Row,
    #[arg(range = 5..=2)] seat: u8,
    #[arg(default = "x")] nights: u8,
) -> Row {
    row
}

fn main() {}
