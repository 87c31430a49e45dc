use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    #[arg(patern = "^[A-F]$")]
    row: String,
}

fn main() {}
