//! The model and the tools of every cell, and the stage that they play on: what a test hears of them, and what they set
//! off.

use std::{
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use fcall::{
    Model, Result, Tool, ToolError,
    message::{Request, Sink},
    model::BoxFuture,
    testing::Script,
    tool, tools,
};
use tokio::sync::{Notify, watch};

/// What a cell knows of its model and its tools.
#[derive(Default)]
pub(crate) struct Stage {
    /// How often the model was asked.
    asked: watch::Sender<usize>,
    /// How often `add` was carried out.
    added: watch::Sender<usize>,
    /// How often `look_up` was carried out.
    looked: watch::Sender<usize>,
    /// Replies that break off do so once `look_up` was carried out, and with them the connection.
    loses: AtomicBool,
    /// A call hangs, and the calls beside it have ended.
    pub(crate) hanging: Notify,
    trap: Mutex<Option<BoxFuture<'static, ()>>>,
    /// Where it is written down for another process.
    written: Option<PathBuf>,
}

/// How many calls of `add` stand before and beside the one that hangs.
pub(crate) const BESIDE: usize = 3;

impl Stage {
    pub(crate) fn writing(file: PathBuf) -> Self {
        Self { written: Some(file), ..Self::default() }
    }

    /// Lets this happen in the first call that is carried out.
    pub(crate) fn set_trap(&self, trap: impl Future<Output = ()> + Send + 'static) {
        *self.trap.lock().unwrap() = Some(Box::pin(trap));
    }

    /// Waits until the model was asked so often.
    pub(crate) async fn asked(&self, times: usize) {
        self.asked.subscribe().wait_for(|asked| *asked >= times).await.unwrap();
    }

    pub(crate) fn lose_after_a_look(&self) {
        self.loses.store(true, Ordering::Relaxed);
    }

    pub(crate) fn looked(&self) -> usize {
        *self.looked.borrow()
    }

    pub(crate) fn added(&self) -> usize {
        *self.added.borrow()
    }
}

/// A script that says when it is asked. Where a reply of it breaks off, the service says that it has too much to do, unless
/// the stage has it lost.
pub(crate) struct Played {
    pub(crate) script: Script,
    pub(crate) stage: Arc<Stage>,
}

impl Model for Played {
    fn id(&self) -> &str {
        self.script.id()
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.stage.asked.send_modify(|asked| *asked += 1);
            match self.script.reply(request, sink).await {
                Err(error) if error.is_cut() && self.stage.loses.load(Ordering::Relaxed) => {
                    let mut looked = self.stage.looked.subscribe();
                    let looks = looked.wait_for(|looked| *looked > 0);
                    // Where the call does not begin early, the cell says so.
                    drop(tokio::time::timeout(Duration::from_secs(10), looks).await);
                    Err(error)
                }
                Err(error) if error.is_cut() => Script::new().overloaded().reply(request, sink).await,
                ended => ended,
            }
        })
    }
}

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64, #[state] stage: &Stage) -> i64 {
    let trap = stage.trap.lock().unwrap().take();
    if let Some(trap) = trap {
        trap.await;
    }
    if let Some(file) = &stage.written {
        let mut file = OpenOptions::new().append(true).create(true).open(file).unwrap();
        writeln!(file, "{a} + {b}").unwrap();
    }
    stage.added.send_modify(|added| *added += 1);
    a + b
}

/// Look a number up
#[tool(read_only)]
fn look_up(number: i64, #[state] stage: &Stage) -> i64 {
    stage.looked.send_modify(|looked| *looked += 1);
    number * 10
}

/// What no model may read.
pub(crate) const SECRET: &str = "the secret of the panic";

/// Fail in the way that is asked for
#[tool]
async fn fail(
    /// How to fail
    how: &str,
    #[state] stage: &Stage,
) -> Result<String, ToolError> {
    match how {
        "failed" => Err(ToolError::failed("the disk is full")),
        "fatal" => Err(ToolError::fatal("the account is locked")),
        "panic" => panic!("{SECRET}"),
        _ => {
            let mut added = stage.added.subscribe();
            // Its sender is the stage, which is lent for as long as this call takes.
            added.wait_for(|added| *added >= BESIDE).await.unwrap();
            stage.hanging.notify_one();
            std::future::pending().await
        }
    }
}

/// Read the log
#[tool]
pub(crate) fn read_log() -> String {
    format!("begin {} end", "\u{e4}".repeat(5_000))
}

/// Erase a file
#[tool(destructive)]
fn erase(file: &str) -> String {
    panic!("{file} was to be kept")
}

pub(crate) fn all() -> [Tool; 5] {
    tools![add, look_up, fail, read_log, erase]
}
