#![allow(unused)]
use fcall::{tool, tools};
struct Seat;

/// Books
#[tool]
async fn book(seat: Seat) -> u8 {
    1
}

fn main() {
    let _ = (tools![book], book(Seat));
}
