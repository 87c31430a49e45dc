//! Each lock of ours under a model checker: the orders in which threads may take it are tried one after the other.
//!
//! Small ones are tried in every order there is; the figures say how many that were. A thread that waits for ever, two
//! that wait for each other, and a panic are failures of the checker itself.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

mod cancel;
mod conversation;
mod events;
mod journal;
mod nested;
mod states;
mod tools;

use shuttle::{
    Config, Runner,
    scheduler::{DfsScheduler, PctScheduler},
};

/// In every order.
fn in_every_order(what: &str, run: impl Fn() + Send + Sync + 'static) {
    const MOST: usize = 500_000;
    let tried = Runner::new(DfsScheduler::new(Some(MOST), false), Config::new()).run(run);
    println!("{what}: {tried} orders");
    assert!(tried < MOST, "{what}: there are more orders than {MOST}");
    assert!(tried > 1, "{what}: there is one order alone, so nothing was tried");
}

/// In so many orders, which are chosen so that rare ones come up.
fn in_many_orders(times: usize, run: impl Fn() + Send + Sync + 'static) {
    Runner::new(PctScheduler::new(4, times), Config::new()).run(run);
}
