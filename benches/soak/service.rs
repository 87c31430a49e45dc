//! The service that is asked, in a process of its own: a model that makes calls by chance, and has every fault.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fcall::{
    Model,
    message::{Request, Role, Sink},
    model::BoxFuture,
    testing::{Script, Server, Turn},
};

use crate::dice::Dice;

/// How long a client waits for a word.
pub(crate) const IDLE: Duration = Duration::from_secs(3);
/// How often each fault comes, among a hundred requests or calls.
pub(crate) const SHARE: u64 = 5;

/// The faults of a reply; each has its share.
const FAULTS: [&str; 8] =
    ["429", "500", "529", "closed", "hanging", "cut before a call", "cut inside a call", "cut after a call"];
/// The faults of a call.
const CALL_FAULTS: [&str; 8] = [
    "malformed arguments",
    "wrong arguments",
    "unknown tool",
    "tool error",
    "panic",
    "time-out",
    "oversize result",
    "destructive",
];

type Counts = Arc<Mutex<BTreeMap<&'static str, u64>>>;

struct ByChance {
    seed: u64,
    asked: AtomicU64,
    made: Counts,
}

impl ByChance {
    fn made(&self, what: &'static str) {
        *self.made.lock().expect("nobody panics with it").entry(what).or_default() += 1;
    }

    /// Its share of a hundred, or none.
    fn fault(&self, dice: &mut Dice, faults: &[&'static str]) -> Option<&'static str> {
        let lot = usize::try_from(dice.roll(100) / SHARE).unwrap_or(usize::MAX);
        let fault = faults.get(lot).copied();
        fault.inspect(|what| self.made(what))
    }

    fn call(&self, dice: &mut Dice, turn: Turn) -> Turn {
        let number = dice.roll(1_000_000);
        let (name, arguments) = match self.fault(dice, &CALL_FAULTS) {
            Some("malformed arguments") => ("look", r#"{"number": 1, "#.to_owned()),
            Some("wrong arguments") => ("look", r#"{"number":"soon"}"#.to_owned()),
            Some("unknown tool") => ("lock", format!(r#"{{"number":{number}}}"#)),
            Some("tool error") => ("fail", format!(r#"{{"number":{number}}}"#)),
            Some("panic") => ("panics", format!(r#"{{"number":{number}}}"#)),
            Some("time-out") => ("hang", format!(r#"{{"number":{number}}}"#)),
            Some("oversize result") => ("large", format!(r#"{{"number":{number}}}"#)),
            Some("destructive") => ("destroy", format!(r#"{{"number":{number}}}"#)),
            _ => {
                let name = *dice.pick(&["look", "look", "wait", "count", "alone", "block"]);
                (name, format!(r#"{{"number":{number}}}"#))
            }
        };
        turn.call(name, arguments)
    }

    fn turn(&self, request: &Request<'_>, dice: &mut Dice) -> Script {
        let script = Script::new();
        let fault = self.fault(dice, &FAULTS);
        match fault {
            Some("429") => return script.rate_limited(Duration::from_millis(50)),
            Some("500") => return script.server_error(),
            Some("529") => return script.overloaded(),
            Some("closed") => return script.refused(),
            Some("hanging") => return script.timed_out(IDLE + Duration::from_secs(1)),
            _ => {}
        }
        let behind = request.messages.iter().rev().take_while(|message| message.role != Role::User);
        let turns = behind.filter(|message| message.role == Role::Assistant).count() as u64;
        let mut turn = Turn::new().usage(dice.roll(500), dice.roll(100));
        if fault == Some("cut before a call") {
            return script.turn(turn.text("Let me").cut_after());
        }
        if turns > dice.roll(4) {
            turn = turn.text("That is all there is to say. ".repeat(1 + usize::try_from(dice.roll(10)).unwrap_or(0)));
        } else {
            if dice.percent(30) {
                turn = turn.text("Let me look.");
            }
            for _ in 0..=dice.roll(4) {
                turn = self.call(dice, turn);
            }
        }
        script.turn(match fault {
            Some("cut inside a call") => turn.cut(),
            Some("cut after a call") => turn.cut_after(),
            _ => turn,
        })
    }
}

impl Model for ByChance {
    fn id(&self) -> &str {
        "by chance"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, fcall::Result<()>> {
        let mut dice = Dice::new(self.seed, self.asked.fetch_add(1, Ordering::Relaxed));
        self.made("requests");
        let script = self.turn(request, &mut dice);
        let thinks = Duration::from_millis(100 + dice.roll(900));
        Box::pin(async move {
            tokio::time::sleep(thinks).await;
            script.reply(request, sink).await
        })
    }
}

/// Serves until the other end of stdin closes, and says then what it did.
pub(crate) fn serve(seed: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let made = Counts::default();
        let model = ByChance { seed, asked: AtomicU64::new(0), made: Arc::clone(&made) };
        let server = Server::start(model).await.expect("a port of the loopback is free");
        println!("{}", server.address());
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let _ = ended.await;
        for (what, times) in &*made.lock().expect("nobody panics with it") {
            println!("{what}\t{times}");
        }
    });
}

/// The process that serves; killed when dropped.
pub(crate) struct Process {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
    pub(crate) address: String,
}

impl Process {
    /// Starts this program again with `--serve`.
    pub(crate) fn start(seed: u64) -> Self {
        let program = std::env::current_exe().expect("a running program has a path");
        let mut command = Command::new(program);
        command.arg("--serve").arg(seed.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a program that runs can be run again");
        let mut output = BufReader::new(process.stdout.take().expect("stdout is a pipe"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the server says where it listens");
        Self { process, output, address: line.trim().to_owned() }
    }

    /// Ends it; what it did.
    pub(crate) fn end(&mut self) -> String {
        drop(self.process.stdin.take());
        let mut told = String::new();
        let _ = self.output.read_to_string(&mut told);
        told.trim_end().replace('\t', " ").replace('\n', ", ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
