//! CPU and allocations of whole runs, side by side: all take turns, and each figure is the median of the rounds.

use std::time::{Duration, Instant};

use crate::{
    measure::{allocations, count_allocations, cpu_seconds, median},
    server::Shape,
    sides::{Case, Runner, Side},
};

/// How long one line is measured, but for the rounds that it needs at least.
const TIME: Duration = Duration::from_secs(4);
const FEWEST: usize = 3;
const MOST: usize = 25;

/// What one run costs.
#[derive(Default)]
struct Cost {
    cpu: Vec<f64>,
    /// The same while allocations were counted.
    counted: Vec<f64>,
    allocations: Vec<f64>,
}

impl Cost {
    /// CPU is measured while nobody counts allocations: that costs most where most is allocated, which is by hand.
    async fn add(&mut self, runner: &Runner, runs: usize, at_once: usize) {
        count_allocations(false);
        let cpu = cpu_seconds();
        runner.runs(runs, at_once).await;
        self.cpu.push((cpu_seconds() - cpu) / runs as f64 * 1e6);
        count_allocations(true);
    }

    async fn count(&mut self, runner: &Runner, runs: usize, at_once: usize) {
        let (cpu, allocated) = (cpu_seconds(), allocations());
        runner.runs(runs, at_once).await;
        self.counted.push((cpu_seconds() - cpu) / runs as f64 * 1e6);
        self.allocations.push((allocations() - allocated) as f64 / runs as f64);
    }
}

pub(crate) async fn print(address: &str) {
    println!(
        "Runs: CPU by that of the loop by hand; in brackets that of reqwest alone, with the same requests; behind it"
    );
    println!("by that of one with more care, and by that of the loop by hand while allocations are counted.");
    let shapes = [Shape { turns: 4, calls: 4 }, Shape { turns: 16, calls: 1 }];
    for shape in shapes {
        for stream in [false, true] {
            for tools in [1, 100, 1000] {
                compare(address, Case { shape, tools, stream }, 64).await;
            }
            for at_once in [1, 1024] {
                compare(address, Case { shape, tools: 1, stream }, at_once).await;
            }
        }
    }
    println!();
}

async fn compare(address: &str, case: Case, at_once: usize) {
    // As many as take the loop by hand a tenth of a second or so.
    let runs = if case.tools < 1000 { at_once.max(256 / case.tools.min(16)) } else { 16 };
    let mut runners = Vec::new();
    for side in [Side::Fcall, Side::ByHand, Side::Careful, Side::Reqwest] {
        let runner = Runner::new(address, side, case).await;
        // Warm: connections are open, tools are encoded.
        runner.runs(at_once.min(runs), at_once).await;
        runners.push((runner, Cost::default()));
    }
    let began = Instant::now();
    for round in 0..MOST {
        if round >= FEWEST && began.elapsed() > TIME {
            break;
        }
        for (runner, cost) in &mut runners {
            cost.add(runner, runs, at_once).await;
        }
        if round < FEWEST {
            for (runner, cost) in &mut runners {
                cost.count(runner, runs, at_once).await;
            }
        }
    }
    let [ours, by_hand, careful, bare] = [0, 1, 2, 3].map(|at| &runners[at].1);
    let ratio = |of: &[f64], by: &[f64]| median(of.iter().zip(by).map(|(of, by)| of / by).collect());
    let all = |values: &[f64]| median(values.to_vec());
    println!(
        "{:>5} {:8} {:>4} tools {:>4} at once: {:.2} ({:.2}) {:.2} {:.2}  {:6.0} of {:6.0} us ({:.0})  allocations {:6.0} of {:7.0} ({:.0})",
        case.shape.to_string(),
        case.mode(),
        case.tools,
        at_once,
        ratio(&ours.cpu, &by_hand.cpu),
        ratio(&bare.cpu, &by_hand.cpu),
        ratio(&ours.cpu, &careful.cpu),
        ratio(&ours.counted, &by_hand.counted),
        all(&ours.cpu),
        all(&by_hand.cpu),
        all(&bare.cpu),
        all(&ours.allocations),
        all(&by_hand.allocations),
        all(&bare.allocations),
    );
}
