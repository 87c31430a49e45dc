#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    /// Books a slot
    #[tool]
    fn book(&self, day: String) {
        let day = day.
    }
}

fn main() {}
