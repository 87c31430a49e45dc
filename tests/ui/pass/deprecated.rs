#![deny(warnings)]
use fcall::{Toolbox, tool, tools, toolset};

/// Books a flight
#[deprecated]
#[tool]
fn book() {}

/// Cancels a flight
#[tool]
#[deprecated(note = "call")]
async fn cancel(_number: &str) {}

struct Desk;

#[toolset]
impl Desk {
    /// Counts flights
    #[tool]
    #[deprecated]
    fn count(&self) {}
}

fn main() {
    let _ = (tools![book, cancel], Toolbox::new(Desk));
}
