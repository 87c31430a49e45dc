#![allow(unused)]
use fcall::{tool, toolset};
struct Desk;

#[toolset(krate = "x")]
impl Desk {
    #[tool(stict)]
    fn book(&self, city: &str) {}

    /// Cancels
    #[tool]
    fn cancel(&mut self, #[arg(rename = "")] city: &str) {}
}

fn main() {}
