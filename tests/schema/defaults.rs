//! Defaults of types whose form only reading shows: what the compiler can't judge is an error as soon as the tools are put
//! together, and none of the model's.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::atomic::{AtomicUsize, Ordering},
};

use fcall::{
    CallContext, Error, Schema, Toolbox, tool,
    tool::{Outcome, ToolOutput},
    tools, toolset,
};
use serde::Deserialize;

static CALLED: AtomicUsize = AtomicUsize::new(0);

/// Which is even, as its own reader knows.
#[derive(Clone, Copy, Deserialize, Schema)]
#[serde(try_from = "u8")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        if number.is_multiple_of(2) { Ok(Self(number)) } else { Err(format!("{number} is odd")) }
    }
}

/// Pings
#[tool]
fn ping(
    #[arg(default = "10.0.0.256")] host: Ipv4Addr,
    #[arg(default = "::256:")] other: Ipv6Addr,
    port: u16,
) -> String {
    CALLED.fetch_add(1, Ordering::Relaxed);
    format!("{host} {other} {port}")
}

/// Pings
#[tool]
async fn ping_later(#[arg(default = "10.0.0.256")] host: Ipv4Addr, note: &str) -> String {
    CALLED.fetch_add(1, Ordering::Relaxed);
    format!("{host} {note}")
}

/// Halves
#[tool(blocking)]
fn halve(#[arg(default = 3)] number: Even) -> u8 {
    CALLED.fetch_add(1, Ordering::Relaxed);
    number.0 / 2
}

/// Halves
#[tool]
fn halve_right(#[arg(default = 4)] number: Even, #[arg(default = Even(2))] by: Even) -> u8 {
    CALLED.fetch_add(1, Ordering::Relaxed);
    number.0 / by.0
}

struct Desk;

#[toolset]
impl Desk {
    /// Rings
    #[tool]
    fn ring(&self, #[arg(default = "::1")] host: Ipv4Addr) -> String {
        CALLED.fetch_add(1, Ordering::Relaxed);
        host.to_string()
    }
}

fn refused(built: Result<Toolbox, Error>) -> String {
    let error = built.expect_err("a default that can't be read");
    assert!(error.to_string().contains("tests/schema/defaults.rs:"), "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_default_that_can_not_be_read_is_no_fault_of_the_model() {
    let both = refused(Toolbox::new(tools![ping]));
    assert!(both.contains("tool `ping`"), "{both}");
    assert!(both.contains("`host`: the tool's own default can't be read: invalid IPv4 address"), "{both}");
    assert!(both.contains("`other`: the tool's own default can't be read: invalid IPv6 address"), "{both}");
    assert!(!both.contains("port"), "{both}");
    let later = refused(Toolbox::new(tools![halve_right, ping_later]));
    assert!(later.contains("`ping_later`") && later.contains("`host`") && !later.contains("note"), "{later}");
    let odd = refused(Toolbox::new(tools![halve]));
    assert!(odd.contains("`number`: the tool's own default can't be read: 3 is odd"), "{odd}");
    let method = refused(Toolbox::new(Desk));
    assert!(method.contains("`ring`") && method.contains("`host`"), "{method}");
    assert_eq!(CALLED.load(Ordering::Relaxed), 0, "nothing is called by asking");

    let right = Toolbox::new(tools![halve_right]).expect("defaults that can be read");
    let outcome = right.call("halve_right", "{}", &CallContext::new()).await.expect("a tool");
    assert!(matches!(&outcome, Outcome::Done(output) if *output == ToolOutput::json(&2).expect("JSON")), "{outcome:?}");
    assert_eq!(CALLED.load(Ordering::Relaxed), 1);
}
