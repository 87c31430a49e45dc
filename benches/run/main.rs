//! What the loop costs beside the loop that one would write by hand with reqwest and `serde_json::Value`.
//!
//! `cargo bench --bench run` prints all of it in a few minutes, and a word behind `--` one part: `loops` (CPU and
//! allocations), `instructions`, `turns` (what one turn costs in long runs), `idle` (memory of what waits). All sides ask
//! one loopback server in a process of its own, from one thread.
//!
//! For a profiler: `run-* --serve &` says its address, and `valgrind --tool=callgrind run-* --count Fcall 4x4 whole 1 20
//! ADDRESS` is one warm run and twenty more.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

mod by_hand;
#[path = "../support/callgrind.rs"]
mod callgrind;
mod counts;
mod idle;
mod loops;
#[path = "../support/measure.rs"]
mod measure;
#[path = "../support/server.rs"]
mod server;
mod sides;
mod tools;

use counts::Count;
use server::Server;

#[global_allocator]
static COUNTING: measure::Counting = measure::Counting;

const PARTS: [&str; 4] = ["loops", "instructions", "turns", "idle"];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--serve") {
        server::serve();
    }
    // The hand-written client wants one, though it never speaks TLS here.
    rustls::crypto::ring::default_provider().install_default().expect("none was installed before");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    if let Some(count) = Count::parse(&arguments) {
        return runtime.block_on(count.run());
    }
    let server = Server::start();
    let asked = |part: &&str| arguments.iter().any(|argument| argument == part);
    let all = !PARTS.iter().any(asked);
    runtime.block_on(async {
        for part in PARTS.into_iter().filter(|part| all || asked(part)) {
            match part {
                "loops" => loops::print(&server.address).await,
                "instructions" => counts::print(&server.address),
                "turns" => counts::print_turns(&server.address).await,
                _ => idle::print(&server.address).await,
            }
        }
    });
}
