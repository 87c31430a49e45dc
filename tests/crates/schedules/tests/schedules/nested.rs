//! What runs inside the calls of a turn share: it is handed out once, and what they used is known however they end.

use std::sync::Arc;

use schedules::{
    agent::{
        Agent, Limits,
        inside::{Shares, runs},
    },
    error::Result,
    message::{Request, Sink},
    model::{BoxFuture, Model},
    tool::{CallContext, Tool},
};
use shuttle::thread;

use super::{in_every_order, in_many_orders};

/// Is never asked: what its agent would do stands in the tests.
struct Nobody;

impl Model for Nobody {
    fn id(&self) -> &str {
        "nobody"
    }

    fn reply<'a>(&'a self, _: &'a Request<'a>, _: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

fn agent() -> Tool {
    Agent::builder(Nobody).tools(Vec::<Tool>::new()).build().unwrap().into_tool("ask", "Ask it").unwrap()
}

fn limits() -> Limits {
    Limits::default()
}

fn inside(cx: &CallContext) -> Shares {
    Shares::inside(cx, "probe", limits())
}

/// How many calls there are left for one that wants all.
fn all_calls(cx: &CallContext) -> u64 {
    inside(cx).replied(0, 10)
}

#[test]
fn the_calls_that_are_left_are_handed_out_once() {
    in_many_orders(3_000, || {
        let agent = agent();
        Shares::outermost(limits().calls(3)).turn(0, 0, |call| {
            let calls = [call(&agent), call(&agent)].map(|cx| {
                let mut run = inside(&cx);
                thread::spawn(move || (run.replied(0, 2), cx))
            });
            let ended = calls.map(|call| call.join().unwrap());
            let told = ended.each_ref().map(|(got, cx)| (*got, u64::from(runs(cx)[0].calls)));
            assert!(matches!(told, [(2, 2), (1, 1)] | [(1, 1), (2, 2)]), "{told:?}");
        });
    });
}

#[test]
fn no_call_is_missed_because_another_run_could_not_have_it() {
    in_many_orders(3_000, || {
        let agent = agent();
        Shares::outermost(limits().calls(3)).turn(0, 0, |call| {
            let (between, beside) = (call(&agent), call(&agent));
            let below = Shares::inside(&between, "between", limits().calls(2)).turn(0, 0, |call| {
                [call(&agent), call(&agent)].map(|cx| thread::spawn(move || inside(&cx).replied(0, 2)))
            });
            let beside = thread::spawn(move || inside(&beside).replied(0, 2));
            let below: u64 = below.map(|run| run.join().unwrap()).iter().sum();
            let beside = beside.join().unwrap();
            assert_eq!(below + beside, 3, "{below} below, {beside} beside");
            assert_eq!(u64::from(runs(&between)[0].calls), below, "a level up they are known");
        });
    });
}

#[test]
fn tokens_count_on_every_level_and_are_counted_once() {
    in_many_orders(3_000, || {
        let agent = agent();
        Shares::outermost(limits().total_tokens(100)).turn(0, 0, |call| {
            let (between, beside) = (call(&agent), Arc::new(call(&agent)));
            let spend = |cx: CallContext, tokens| {
                thread::spawn(move || {
                    let mut run = inside(&cx);
                    let before = run.left().0;
                    run.replied(tokens, 0);
                    let after = run.left().0;
                    assert!(before <= Some(100) && after <= before.map(|left| left - tokens), "{before:?} {after:?}");
                    assert_eq!(runs(&cx)[0].usage.total(), tokens);
                })
            };
            let mut middle = Shares::inside(&between, "between", limits().total_tokens(60));
            let mut spends: Vec<_> = middle.turn(0, 0, |call| vec![spend(call(&agent), 5), spend(call(&agent), 10)]);
            // Two runs of one call.
            for tokens in [20, 30] {
                let cx = Arc::clone(&beside);
                spends.push(thread::spawn(move || {
                    Shares::inside(&cx, &tokens.to_string(), limits()).replied(tokens, 0);
                }));
            }
            spends.into_iter().for_each(|spend| spend.join().unwrap());
            assert_eq!(inside(&beside).left().0, Some(100 - 5 - 10 - 20 - 30));
            assert_eq!(runs(&between)[0].usage.total(), 15, "a level up they are known");
            let told: Vec<_> = runs(&beside).into_iter().map(|run| (run.agent.unwrap(), run.usage.total())).collect();
            for tokens in [20, 30] {
                assert!(told.contains(&(tokens.to_string(), tokens)), "each in its own place: {told:?}");
            }
        });
    });
}

#[test]
fn what_an_early_call_uses_while_the_reply_comes_is_taken_from_what_the_reply_leaves() {
    in_every_order("an early call beside the end of its reply", || {
        let agent = agent();
        let mut outer = Shares::outermost(limits().total_tokens(100).calls(6));
        // The run that began early spends and takes calls before, while, or after the turn's calls are opened.
        let (cx, early) = outer.turn(20, 2, |call| {
            let cx = Arc::new(call(&agent));
            let mut run = inside(&cx);
            (cx, thread::spawn(move || run.replied(30, 1)))
        });
        assert_eq!(early.join().unwrap(), 1);
        assert_eq!(inside(&cx).left().0, Some(100 - 20 - 30));
        assert_eq!(all_calls(&cx), 6 - 2 - 1);
    });
}

#[test]
fn turns_that_open_on_two_levels_while_runs_take_from_both_wait_for_nobody_in_a_circle() {
    in_many_orders(5_000, || {
        let agent = agent();
        let mut outer = Shares::outermost(limits().total_tokens(1_000).calls(10));
        let (cx, between) = outer.turn(100, 2, |call| {
            let cx = Arc::new(call(&agent));
            let between = thread::spawn({
                let (cx, agent) = (Arc::clone(&cx), agent.clone());
                move || {
                    let below = Shares::inside(&cx, "between", limits().calls(5)).turn(10, 2, |call| {
                        let cx = Arc::new(call(&agent));
                        [1, 2].map(|tokens| {
                            let cx = Arc::clone(&cx);
                            thread::spawn(move || {
                                let mut run = inside(&cx);
                                let got = run.replied(tokens, 2);
                                run.left();
                                run.ends();
                                got
                            })
                        })
                    });
                    below.map(|run| run.join().unwrap()).iter().sum::<u64>()
                }
            });
            (cx, between)
        });
        let below = between.join().unwrap();
        assert!(below <= 4, "{below}");
        assert_eq!(inside(&cx).left().0, Some(1_000 - 100 - 10 - 1 - 2));
        assert_eq!(all_calls(&cx), 10 - 2 - 2 - below);
        let between = &runs(&cx)[0];
        assert_eq!((between.usage.total(), u64::from(between.calls)), (13, 2 + below));
    });
}

#[test]
fn what_a_run_used_stays_known_when_it_is_dropped_or_its_call_ends_before_it() {
    in_every_order("a call that ends before the run inside it", || {
        let agent = agent();
        Shares::outermost(limits().total_tokens(100).calls(5)).turn(0, 0, |call| {
            let (cx, other) = (Arc::new(call(&agent)), call(&agent));
            let mut run = inside(&cx);
            let dropped = thread::spawn(move || {
                run.replied(30, 2);
            });
            let told = runs(&cx);
            assert!(matches!((told[0].usage.total(), told[0].calls), (0 | 30, 0) | (30, 2)), "{told:?}");
            dropped.join().unwrap();
            let told = runs(&cx);
            assert_eq!((told[0].usage.total(), told[0].calls, told[0].stop.as_ref()), (30, 2, None));
            assert_eq!(inside(&other).left().0, Some(70), "another call has no more for it");
            assert_eq!(all_calls(&other), 3);
        });
    });
}

#[test]
fn copies_of_a_call_have_one_account() {
    in_every_order("runs inside a call and its copy", || {
        let agent = agent();
        Shares::outermost(limits()).turn(0, 0, |call| {
            let cx = Arc::new(call(&agent));
            let other = Arc::clone(&cx);
            let copied = thread::spawn(move || drop(inside(&CallContext::clone(&other))));
            drop(inside(&cx));
            copied.join().unwrap();
            assert_eq!(runs(&cx).len(), 2);
        });
    });
}
