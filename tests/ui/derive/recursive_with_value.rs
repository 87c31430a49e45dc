use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    #[arg(recursive = true)]
    beside: Vec<Seat>,
}

fn main() {}
