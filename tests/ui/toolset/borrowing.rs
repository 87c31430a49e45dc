#![allow(unused)]
use fcall::toolset;

struct Desk<'a>(&'a str);

#[toolset]
impl<'a> Desk<'a> {
    /// Books a flight
    #[tool]
    async fn book(&self, to: &str) -> &str {
        self.0
    }
}

fn main() {}
