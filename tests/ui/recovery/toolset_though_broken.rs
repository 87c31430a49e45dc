#![allow(unused)]
use fcall::{Toolbox, tool, toolset};
struct Desk;

#[toolset]
impl Desk {
    /// Books
    #[tool(stict)]
    fn book(&self, city: &str) -> usize {
        city.len()
    }
}

fn main() {
    let _ = (Desk.book("Rome") + 1, Toolbox::new(Desk));
}
