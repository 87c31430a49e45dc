#![allow(unused)]
use fcall::tool;

use std::rc::Rc;

/// Books a flight
#[tool]
async fn book(city: &str) {
    let kept = Rc::new(city);
    std::future::ready(()).await;
    drop(kept);
}

fn main() {}
