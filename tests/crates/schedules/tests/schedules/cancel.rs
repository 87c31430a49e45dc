//! The signal that something should end: whoever waits for it hears of it, whenever it is given.

use schedules::{
    agent::inside::{expire, is_watched},
    tool::{CallContext, CancellationToken},
};
use shuttle::{future::block_on, thread};

use super::{in_every_order, in_many_orders};

#[test]
fn who_waits_hears_of_a_signal_given_at_any_level() {
    for level in 0..3 {
        in_every_order(&format!("cancelled at level {level}"), move || {
            let all = CancellationToken::new();
            let run = all.child();
            let call = run.child();
            let given = [&all, &run, &call][level].clone();
            let waits = thread::spawn({
                let call = call.clone();
                move || {
                    block_on(call.cancelled());
                    assert!(call.is_cancelled());
                }
            });
            given.cancel();
            assert!(call.is_cancelled());
            assert_eq!(all.is_cancelled(), level == 0, "nothing goes up");
            waits.join().unwrap();
        });
    }
}

#[test]
fn two_who_wait_and_two_who_give_it() {
    in_many_orders(3_000, || {
        let all = CancellationToken::new();
        let wait = |token: CancellationToken| thread::spawn(move || block_on(token.cancelled()));
        let give = |token: CancellationToken| thread::spawn(move || token.cancel());
        let threads = [wait(all.clone()), wait(all.child()), give(all.clone()), give(all.clone())];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn one_who_gives_up_waiting_leaves_the_others_their_signal() {
    in_many_orders(3_000, || {
        let all = CancellationToken::new();
        let call = all.child();
        let gives_up = thread::spawn({
            let call = call.clone();
            move || {
                let mut waits = Box::pin(call.cancelled());
                // Once in the queue, and out of it again.
                block_on(std::future::poll_fn(|task| {
                    let _ = waits.as_mut().poll(task);
                    std::task::Poll::Ready(())
                }));
            }
        });
        let waits = thread::spawn(move || block_on(call.cancelled()));
        all.cancel();
        gives_up.join().unwrap();
        waits.join().unwrap();
    });
}

#[test]
fn a_call_whose_time_is_up_is_told_wherever_it_looks() {
    in_every_order("a call expires", || {
        let run = CancellationToken::new();
        let cx = std::sync::Arc::new(CallContext::new().cancel(run.clone()));
        let tool = thread::spawn({
            let cx = std::sync::Arc::clone(&cx);
            move || {
                block_on(cx.cancelled());
                assert!(is_watched(&cx));
            }
        });
        expire(&cx);
        tool.join().unwrap();
        assert!(!run.is_cancelled(), "the others of the run go on");
    });
}

#[test]
fn a_copy_of_a_call_has_the_same_signal() {
    in_every_order("a copied call expires", || {
        let cx = CallContext::new().cancel(CancellationToken::new());
        let copy = cx.clone();
        let tool = thread::spawn(move || block_on(copy.cancelled()));
        expire(&cx);
        tool.join().unwrap();
    });
}
