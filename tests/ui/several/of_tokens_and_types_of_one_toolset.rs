#![allow(unused)]
use fcall::toolset;

struct Seat;
struct Desk;

#[toolset]
impl Desk {
    /// Books a flight
    #[tool(stict)]
    fn book(&self, #[arg(patern = "x")] to: String, seat: Seat) {}

    /// Cancels a flight
    #[tool]
    fn cancel(&self, #[arg(range = 1..=3)] note: String) -> Seat {
        Seat
    }
}

fn main() {}
