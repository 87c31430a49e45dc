//! States that several calls need at the same time: no two wait for each other, and who changes one is alone with it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use schedules::{
    __private::{Need, held},
    agent::inside,
    tool::CallContext,
};
use shuttle::{
    future::{block_on, spawn, yield_now},
    thread,
};

use super::{in_every_order, in_many_orders};

#[derive(Default)]
struct First(u32);
struct Second;
struct Third;

/// Both orders, to change and to look at, as tools name them.
const CHANGES: [Need; 2] = [Need::exclusive::<First>("First"), Need::exclusive::<Second>("Second")];
const CHANGES_BACKWARDS: [Need; 2] = [Need::exclusive::<Second>("Second"), Need::exclusive::<First>("First")];
const MIXED: [Need; 2] = [Need::shared::<Second>("Second"), Need::exclusive::<First>("First")];
const MIXED_BACKWARDS: [Need; 2] = [Need::shared::<First>("First"), Need::exclusive::<Second>("Second")];
const THREE: [Need; 3] =
    [Need::exclusive::<Third>("Third"), Need::shared::<Second>("Second"), Need::shared::<First>("First")];

#[test]
fn two_calls_that_need_the_same_in_opposite_orders_do_not_wait_for_each_other() {
    for (name, one, other) in [
        ("to change", &CHANGES, &CHANGES_BACKWARDS),
        ("to look at and to change", &MIXED, &MIXED_BACKWARDS),
        ("one of them only to look at", &CHANGES, &MIXED),
    ] {
        in_every_order(&format!("two states {name}"), move || {
            let cx = CallContext::new().state_mut(First::default()).state_mut(Second);
            let calls = [one, other].map(|needs| {
                let cx = cx.clone();
                thread::spawn(move || block_on(async { drop(held(&cx, needs).await) }))
            });
            calls.into_iter().for_each(|call| call.join().unwrap());
        });
    }
}

/// None of them waits: each says by when it will have given back what it has.
#[test]
fn two_calls_with_a_time_look_at_a_state_at_once() {
    const LOOKS: [Need; 1] = [Need::shared::<First>("First")];
    in_every_order("a state that two look at", || {
        let cx = CallContext::new().state_mut(First::default());
        let looks = [cx.clone(), cx].map(|cx| thread::spawn(move || block_on(inside::hold(&cx, &LOOKS))));
        looks.into_iter().for_each(|look| assert!(look.join().unwrap()));
    });
}

#[test]
fn who_changes_a_state_is_alone_with_it() {
    in_many_orders(3_000, || {
        let cx = CallContext::new().state_mut(First::default()).state_mut(Second).state_mut(Third);
        let inside = Arc::new(AtomicU32::new(0));
        block_on(async {
            let mut calls = Vec::new();
            for number in 0..4_usize {
                let (cx, inside) = (cx.clone(), Arc::clone(&inside));
                calls.push(spawn(async move {
                    let needs: &[Need] = [&CHANGES[..], &CHANGES_BACKWARDS, &MIXED, &THREE][number];
                    let mut holds = held(&cx, needs).await;
                    if number < 2 {
                        let at = if number == 0 { 0 } else { 1 };
                        let mut first = holds.exclusive::<First>(at).unwrap();
                        assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0, "two change the same state");
                        let seen = first.0;
                        yield_now().await;
                        first.0 = seen + 1;
                        inside.fetch_sub(1, Ordering::Relaxed);
                    } else {
                        yield_now().await;
                    }
                }));
            }
            for call in calls {
                call.await.unwrap();
            }
            let mut holds = held(&cx, &CHANGES).await;
            assert_eq!(holds.exclusive::<First>(0).unwrap().0, 2, "a change was lost");
        });
    });
}

#[test]
fn a_call_that_is_given_up_while_it_waits_holds_nothing() {
    in_many_orders(3_000, || {
        let cx = CallContext::new().state_mut(First::default()).state_mut(Second);
        block_on(async {
            let waits = spawn({
                let cx = cx.clone();
                async move {
                    drop(held(&cx, &CHANGES).await);
                }
            });
            let other = spawn({
                let cx = cx.clone();
                async move {
                    let holds = held(&cx, &CHANGES_BACKWARDS).await;
                    yield_now().await;
                    drop(holds);
                }
            });
            waits.abort();
            other.await.unwrap();
            drop(held(&cx, &CHANGES).await);
        });
    });
}
