#![allow(unused)]
use fcall::tool;

/// Take shares
#[tool]
fn share(
    #[arg(default = 3, range = 1.5..=2.5)] a: f64,
    #[arg(default = 0.25, range = -0.0625..0.125)] b: f64,
    #[arg(default = 1, range = 1e-30..0.5)] c: f64,
) {
}

fn main() {}
