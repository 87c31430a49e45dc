//! Instructions in user space, counted by callgrind: this program runs itself under it with and without a number of
//! runs, and divides the difference.

use crate::{
    by_hand::Bare,
    callgrind::{self, NOT_HERE},
    measure::allocations,
    server::Shape,
    sides::{Case, Runner, Side},
};

const SIDES: [Side; 3] = [Side::Fcall, Side::ByHand, Side::Reqwest];

/// What this program is asked for under callgrind: `--count side shape mode tools runs address`.
pub(crate) struct Count {
    side: Side,
    case: Case,
    runs: usize,
    address: String,
}

impl Count {
    pub(crate) fn parse(arguments: &[String]) -> Option<Self> {
        let at = arguments.iter().position(|argument| argument == "--count")?;
        let [side, shape, mode, tools, runs, address] = arguments.get(at + 1..at + 7)? else { return None };
        let side = SIDES.into_iter().find(|known| format!("{known:?}") == *side)?;
        let case = Case { shape: Shape::parse(shape)?, tools: tools.parse().ok()?, stream: mode == "streamed" };
        Some(Self { side, case, runs: runs.parse().ok()?, address: address.clone() })
    }

    pub(crate) async fn run(&self) {
        let runner = Runner::new(&self.address, self.side, self.case).await;
        runner.runs(1 + self.runs, 1).await;
    }

    fn instructions(self) -> Option<u64> {
        let Case { shape, tools, .. } = self.case;
        let side = format!("{:?}", self.side);
        let (mode, runs) = (self.case.mode().to_owned(), self.runs.to_string());
        let arguments = ["--count".to_owned(), side, shape.to_string(), mode, tools.to_string(), runs, self.address];
        callgrind::instructions(&arguments)
    }
}

/// Thousands of instructions of one run.
fn counted(address: &str, side: Side, case: Case, runs: usize) -> Option<f64> {
    let count = |runs| Count { side, case, runs, address: address.to_owned() }.instructions();
    Some((count(runs)?.checked_sub(count(0)?)?) as f64 / runs as f64 / 1e3)
}

pub(crate) fn print(address: &str) {
    println!("Instructions of one run in user space, in thousands.");
    for shape in [Shape { turns: 4, calls: 4 }, Shape { turns: 16, calls: 1 }] {
        for (stream, tools) in [(false, 1), (true, 1), (false, 1000)] {
            let case = Case { shape, tools, stream };
            let runs = if tools == 1 { 20 } else { 2 };
            let [Some(ours), Some(by_hand), Some(bare)] = SIDES.map(|side| counted(address, side, case, runs)) else {
                println!("{NOT_HERE}");
                return;
            };
            println!(
                "{:>5} {:8} {tools:>4} tools: {ours:6.0} of {by_hand:7.0}, {:.2} (reqwest alone {bare:.0}, {:.2})",
                shape.to_string(),
                case.mode(),
                ours / by_hand,
                bare / by_hand
            );
        }
    }
    println!();
}

/// What a turn costs in runs of more and more of them.
pub(crate) async fn print_turns(address: &str) {
    println!("One turn of one call in runs of many turns: thousands of instructions, and allocations.");
    for turns in [8, 64, 256] {
        let case = Case { shape: Shape { turns, calls: 1 }, tools: 1, stream: false };
        let bare = Bare::new(&format!("http://{address}/{}/v1", case.shape), case.tools, case.stream).await;
        print!("{turns:>5} turns, {:>6} bytes sent each:", bare.bytes() / (turns + 1));
        for side in SIDES {
            let runner = Runner::new(address, side, case).await;
            runner.runs(2, 1).await;
            let before = allocations();
            runner.runs(4, 1).await;
            let allocated = (allocations() - before) as f64 / 4.0;
            let each = |run: f64| run / (turns + 1) as f64;
            let counted = counted(address, side, case, 512 / turns);
            let counted = counted.map_or_else(|| NOT_HERE.to_owned(), |run| format!("{:6.1}", each(run)));
            print!("  {side:?} {counted}, {:.1}", each(allocated));
        }
        println!();
    }
    println!();
}
