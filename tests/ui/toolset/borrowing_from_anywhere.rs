#![allow(unused)]
use fcall::{Toolbox, toolset};

struct Desk<'a>(&'a str);

#[toolset]
impl Desk<'_> {
    /// Books a flight
    #[tool]
    fn book(&self, to: &str) {}
}

fn main() {
    let _ = Toolbox::new(Desk("Oslo"));
}
