//! What one call costs between the model's text and the function, and back: instructions and allocations, against
//! reading the same arguments by hand through `serde_json::Value` and through a derived struct.
//!
//! `cargo bench --bench dispatch`. Instructions are counted by callgrind (`valgrind` has to be installed): this program
//! runs itself under it twice, with and without a thousand calls, and divides the difference.

#[path = "support/callgrind.rs"]
mod callgrind;
#[path = "support/measure.rs"]
mod measure;

use std::{
    env,
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use fcall::{CallContext, Tool, serde_json, tool, tool::Outcome};
use serde::Deserialize;

#[global_allocator]
static COUNTING: measure::Counting = measure::Counting;

const ARGUMENTS: &str = r#"{"city":"San Francisco","unit":"celsius","days":3,"detailed":true}"#;
const CALLS: u64 = 1000;

fn forecast(city: &str, unit: &str, days: u32, detailed: bool) -> String {
    let mut text = String::with_capacity(64);
    text.push_str(city);
    text.push_str(unit);
    text.push(if detailed && days > 2 { '+' } else { '-' });
    text
}

/// Get the weather forecast for a given city
#[tool]
async fn get_weather(city: &str, unit: &str, days: u32, detailed: bool) -> String {
    forecast(city, unit, days, detailed)
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("the tool waits for nothing"),
    }
}

fn dispatch(tool: &Tool, cx: &CallContext) {
    match ready(tool.call(cx, black_box(ARGUMENTS))) {
        Outcome::Done(output) => drop(black_box(output)),
        other => panic!("{other:?}"),
    }
}

fn value() {
    let arguments: serde_json::Value = serde_json::from_str(black_box(ARGUMENTS)).expect("valid JSON");
    let text = forecast(
        arguments["city"].as_str().expect("a text"),
        arguments["unit"].as_str().expect("a text"),
        arguments["days"].as_u64().expect("a number") as u32,
        arguments["detailed"].as_bool().expect("a bool"),
    );
    drop(black_box(text));
}

#[derive(Deserialize)]
struct Arguments {
    city: String,
    unit: String,
    days: u32,
    detailed: bool,
}

fn derived() {
    let Arguments { city, unit, days, detailed } = serde_json::from_str(black_box(ARGUMENTS)).expect("valid JSON");
    drop(black_box(forecast(&city, &unit, days, detailed)));
}

fn run(what: &str, times: u64) {
    let (tool, cx) = (Tool::of::<get_weather>(), CallContext::default());
    for _ in 0..times {
        match what {
            "fcall" => dispatch(&tool, &cx),
            "value" => value(),
            _ => derived(),
        }
    }
}

/// Instructions of this program when it does `what` so many times.
fn instructions(what: &str, times: u64) -> Option<u64> {
    callgrind::instructions(&["--count".to_owned(), what.to_owned(), times.to_string()])
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--count") {
        let times = arguments[at + 2].parse().expect("a number of times");
        return run(&arguments[at + 1], times);
    }
    for what in ["fcall", "value", "derived"] {
        run(what, 10);
        let before = measure::allocations();
        run(what, CALLS);
        let allocated = (measure::allocations() - before) / CALLS;
        let counted = instructions(what, CALLS).zip(instructions(what, 0));
        let counted = match counted {
            Some((some, none)) => format!("{} instructions", (some - none) / CALLS),
            None => callgrind::NOT_HERE.to_owned(),
        };
        println!("{what:8}: {counted}, {allocated} allocations a call");
    }
}
