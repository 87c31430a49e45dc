#![allow(unused)]
use fcall::tool;

struct Db;

/// Books a flight
#[tool]
fn book(#[state] db: &Db, city: String) {}

fn main() {}
