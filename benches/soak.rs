//! A thousand runs at a time, for minutes, with every fault: nothing leaks, nothing is stuck, every conversation is valid.
//!
//! `scripts/soak.sh [seconds]`, or `cargo bench --bench soak -- [seconds] [runs at once] [seed]`. The service is a process
//! of its own, so what is counted here is what runs hold. It ends with an error at any breach.

#[path = "soak/check.rs"]
mod check;
#[path = "soak/dice.rs"]
mod dice;
#[path = "soak/gauge.rs"]
mod gauge;
#[path = "soak/service.rs"]
mod service;
#[path = "soak/tools.rs"]
mod tools;
#[path = "soak/work.rs"]
mod work;

use std::{
    net::TcpListener,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use fcall::Protocol;
use gauge::{Held, Live, cpu_seconds, slope};
use service::{Process, serve};
use work::{Agents, Record, SLACK, Seen, WALL_TIME, work};

#[global_allocator]
static LIVE: Live = Live;

/// How much more may live at the end than after the first round: the allocator's own figures are exact, but maps and
/// queues of the runtime keep the room they once needed.
const ROOM: i64 = 64 * 1024;
/// How much of what lives on average may come on top while the soak lasts, by the line through its second figures.
const GROWTH: f64 = 0.03;

struct Soak {
    address: String,
    nobody: String,
    at_once: u64,
    seed: u64,
}

impl Soak {
    /// Works so long with agents of its own; what was held each second meanwhile.
    async fn round(&self, length: Duration, record: &Record, number: u64) -> Vec<i64> {
        let agents: Arc<[Agents]> =
            Protocol::ALL.into_iter().map(|protocol| Agents::new(protocol, &self.address, &self.nobody)).collect();
        let until = Instant::now() + length;
        let mut workers = tokio::task::JoinSet::new();
        for worker in 0..self.at_once {
            let seed = self.seed ^ (number << 32) ^ (worker << 8);
            workers.spawn(work(Arc::clone(&agents), record.clone(), seed, until));
        }
        drop(agents);
        let mut samples = Vec::with_capacity(usize::try_from(length.as_secs()).unwrap_or_default() + 1);
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            samples.push(Held::now().bytes);
        }
        let patience = 4 * (WALL_TIME + SLACK);
        let all = async { while workers.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all).await.is_err() {
            record.breach(format!("{} conversations did not end", workers.len()));
        }
        samples
    }

    async fn rest(&self, record: &Record, when: &str) -> Held {
        Held::at_rest().await.unwrap_or_else(|held| {
            record.breach(format!("{when} something is still there: {held:?}"));
            held
        })
    }
}

async fn soak(soak: &Soak, length: Duration) -> bool {
    gauge::own_sockets();
    let record = Record::default();
    // What is made once is made, and what keeps its room has it.
    let warm_up = Duration::from_secs((length.as_secs() / 4).clamp(10, 60));
    soak.round(warm_up, &record, 0).await;
    let mut breaches = record.take().breaches;
    let before = soak.rest(&record, "after the warm-up").await;
    println!(
        "after a warm-up of {warm_up:?}: {} KiB live, {} tasks, {} sockets",
        before.bytes / 1024,
        before.tasks,
        before.sockets
    );
    let cpu = cpu_seconds();
    let samples = soak.round(length, &record, 1).await;
    let cpu = cpu_seconds() - cpu;
    let after = soak.rest(&record, "at the end").await;
    let Seen { counts, longest, breaches: more } = record.take();
    breaches.extend(more);

    for (what, times) in &counts {
        println!("{what:40} {times:>9}");
    }
    println!("longest run {longest:.1?} of {WALL_TIME:?} and {SLACK:?}; {cpu:.0} CPU seconds");
    // Everybody begins at once: the first minute is not like the others.
    let steady = samples.get(samples.len().min(60).min(samples.len() / 4)..).unwrap_or_default();
    let mean = steady.iter().sum::<i64>() as f64 / steady.len().max(1) as f64;
    let (slope, seconds) = (slope(steady), steady.len() as f64);
    let extremes = (steady.iter().min().copied().unwrap_or_default(), steady.iter().max().copied().unwrap_or_default());
    println!(
        "live bytes over {seconds} s: {:.0} KiB on average ({} to {}), growing by {:.2} KiB a second, {:.2} % over all",
        mean / 1024.0,
        extremes.0 / 1024,
        extremes.1 / 1024,
        slope / 1024.0,
        100.0 * slope * seconds / mean,
    );
    println!("at the end: {} KiB live, {} tasks, {} sockets", after.bytes / 1024, after.tasks, after.sockets);
    if slope * seconds > GROWTH * mean {
        breaches.push("what lives grows while the soak lasts".to_owned());
    }
    if after.bytes > before.bytes + ROOM {
        breaches.push(format!("{} bytes more live than after the warm-up", after.bytes - before.bytes));
    }
    breaches.iter().for_each(|breach| println!("BREACH: {breach}"));
    breaches.is_empty()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize, usual: u64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(usual);
    if arguments.first().is_some_and(|argument| argument == "--serve") {
        serve(number(1, 0));
        return ExitCode::SUCCESS;
    }
    let (seconds, at_once, seed) = (number(0, 600), number(1, 1_000), number(2, 17));
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&tools::AS_ASKED) {
            hook(panic);
        }
    }));
    // A port that was free a moment ago, and that nobody listens to.
    let nobody =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port of the loopback is free");
    let mut process = Process::start(seed);
    let this = Soak { address: process.address.clone(), nobody: nobody.to_string(), at_once, seed };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    // Threads that nobody needs any more hold memory of their own.
    let runtime = runtime.worker_threads(2).thread_keep_alive(Duration::from_secs(2)).enable_all().build();
    println!("{at_once} conversations at once for {seconds} s, seed {seed}");
    let is_good = runtime.expect("a runtime").block_on(soak(&this, Duration::from_secs(seconds)));
    println!("the service: {}", process.end());
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
