#![allow(unused)]
use fcall::Toolbox;

struct Calendar;

fn main() {
    let _ = Toolbox::new(Calendar);
}
