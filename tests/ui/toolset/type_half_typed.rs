#![allow(unused)]
use fcall::{Toolbox, toolset};

struct Desk;

#[toolset]
impl Desk {
    /// Books a flight
    #[tool]
    fn book(&self, from: &str, to: ) -> u8 {
        to.len()
    }

    /// Cancels a flight
    #[tool]
    fn cancel(&self, number: u8) {}
}

fn main() {
    Desk.cancel(1);
    let _ = (Desk.book("Rome", "Oslo"), Toolbox::new(Desk));
}
