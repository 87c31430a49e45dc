mod again {
    pub extern crate fcall as inner;
}

use again::inner as calling;
use calling::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[schema(crate = "crate::again::inner")]
struct Seat {
    row: u8,
}

/// Books
#[tool(crate = "crate::again::inner")]
fn book(seat: Seat) -> u8 {
    seat.row
}

fn main() {
    assert_eq!(calling::tools![book][0].name(), "book");
}
