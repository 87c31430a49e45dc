#![allow(unused)]
use fcall::{Toolbox, toolset};

struct Desk;

#[toolset]
impl Desk {
    /// Books a flight
    #[tool]
    async fn book(&self, to: &str);

    /// Cancels a flight
    #[tool]
    fn cancel(&self, number: u8) {}
}

fn main() {
    Desk.cancel(1);
    let _ = (Desk.book("Oslo"), Toolbox::new(Desk));
}
