#![allow(unused)]
use fcall::tools;

struct Flight;

fn main() {
    let _ = tools![Flight];
}
