#![allow(unused)]
use fcall::{tool, toolset};

struct Calendar;

#[toolset]
impl Calendar {
    fn book(&self, day: String) {}
}

fn main() {}
