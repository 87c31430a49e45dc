#![allow(unused)]
use fcall::{tool, toolset};

/// Books a flight
#[tool]
fn book(
    seats: Vec<Seat>,
    note: Option<Note>,
    stop: Option<&Stop>,
    row: [u8; LENGTH],
    first: T,
    #[state] db: &Vec<Record>,
) -> Result<u8, BookError> {
    Ok(1)
}

struct Desk;

#[toolset]
impl Desk {
    /// Cancels a flight
    #[tool]
    fn cancel(&self, numbers: Vec<Number>) -> Option<Receipt> {
        None
    }
}

fn main() {}
