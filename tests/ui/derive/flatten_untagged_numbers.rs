#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(untagged)]
enum Length {
    Metres(u32),
    Text(String),
}
#[derive(Deserialize, Schema)]
struct Route {
    #[serde(flatten)]
    length: Length,
}

fn main() {}
