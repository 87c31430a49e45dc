#![allow(unused)]
use fcall::tools;
fn book(city: String) {}

fn main() {
    let _ = tools![book];
}
