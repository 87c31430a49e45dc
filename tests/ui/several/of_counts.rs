#![allow(unused)]
use fcall::tool;

/// Books a flight
#[tool]
fn book(
    #[arg(length = 1.5)] name: String,
    #[arg(length = "5")] from: String,
    #[arg(length = -1..)] to: String,
    #[arg(length = ..)] note: String,
    #[arg(length = 99999999999999999999)] number: String,
    #[arg(items = true)] seats: Vec<u8>,
    #[arg(items = 1.5..)] rows: Vec<u8>,
) {
}

fn main() {}
