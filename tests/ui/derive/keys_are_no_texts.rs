#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize, Schema)]
struct Places {
    by_place: Option<BTreeMap<(u8, u8), String>>,
}

fn main() {}
