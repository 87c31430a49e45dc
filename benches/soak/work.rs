//! One conversation after another: runs, streams and chats over every protocol, some cancelled, some dropped.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use fcall::{
    Agent, Event, Fallback, Protocol, Service, Stop,
    agent::{Approval, Limits, PendingCall, Run},
    client::{Retry, ServiceModel},
    tool::CancellationToken,
};

use crate::{
    check::check,
    dice::Dice,
    service::{IDLE, SHARE},
    tools::{self, Counter},
};

/// How long a run may take.
pub(crate) const WALL_TIME: Duration = Duration::from_secs(8);
/// How much longer it may take until it has ended: cancelled calls have a moment, and the machine has others to serve.
pub(crate) const SLACK: Duration = Duration::from_secs(4);

/// What was seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) longest: Duration,
    /// What must not be; the first of them.
    pub(crate) breaches: Vec<String>,
}

/// Shared by all who work.
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Seen>>);

impl Record {
    fn seen<R>(&self, look: impl FnOnce(&mut Seen) -> R) -> R {
        look(&mut self.0.lock().expect("nobody panics with it"))
    }

    fn count(&self, what: impl Into<String>) {
        self.seen(|seen| *seen.counts.entry(what.into()).or_default() += 1);
    }

    pub(crate) fn breach(&self, what: String) {
        self.seen(|seen| {
            *seen.counts.entry("breaches".to_owned()).or_default() += 1;
            if seen.breaches.len() < 20 {
                seen.breaches.push(what);
            }
        });
    }

    pub(crate) fn take(&self) -> Seen {
        self.seen(std::mem::take)
    }
}

/// The agents of one protocol.
pub(crate) struct Agents {
    protocol: Protocol,
    /// Somebody is asked about destructive calls.
    asks: Agent,
    /// Destructive calls wait.
    waits: Agent,
    /// Nobody listens where its model should be.
    refused: Agent,
    /// The same, with another model to go on with.
    falls_back: Agent,
}

impl Agents {
    /// Of the server at this address; nothing is at the other.
    pub(crate) fn new(protocol: Protocol, address: &str, nobody: &str) -> Self {
        let model = |address: &str| -> ServiceModel {
            let version = if matches!(protocol, Protocol::OpenAiChat | Protocol::OpenAiResponses) { "/v1" } else { "" };
            let retry = Retry::default().times(2).first(Duration::from_millis(20)).longest(Duration::from_millis(100));
            let service = Service::new(protocol, format!("http://{address}{version}"));
            service.idle_timeout(IDLE).retry(retry).model("soak")
        };
        let agent = |builder: fcall::agent::AgentBuilder| {
            builder
                .tools(tools::all())
                .state_mut(Counter::default())
                .tool_timeout(tools::TIMEOUT)
                .max_result_bytes(tools::MOST_BYTES)
                .cancel_grace(Duration::from_millis(100))
                .limits(Limits::default().turns(8).wall_time(WALL_TIME))
        };
        let asks = |builder| {
            agent(builder).approve(|call: PendingCall| async move {
                tokio::time::sleep(Duration::from_millis(call.arguments.len() as u64)).await;
                if call.arguments.len().is_multiple_of(2) { Approval::Allow } else { Approval::Deny("no".to_owned()) }
            })
        };
        let built = |builder: fcall::agent::AgentBuilder| builder.build().expect("tools and states that fit");
        let fallback = Fallback::new(model(nobody)).then(model(address));
        Self {
            protocol,
            asks: built(asks(Agent::builder(model(address)))),
            waits: built(agent(Agent::builder(model(address)))),
            refused: built(asks(Agent::builder(model(nobody)))),
            falls_back: built(asks(Agent::builder(fallback))),
        }
    }
}

/// Works until it is over: one conversation after the other.
pub(crate) async fn work(agents: Arc<[Agents]>, record: Record, seed: u64, until: Instant) {
    let mut dice = Dice::new(seed, 1);
    while Instant::now() < until {
        let began = Instant::now();
        let agents = dice.pick(&agents);
        let work = Conversation { agents, record: &record, dice: &mut dice };
        if tokio::time::timeout(3 * (WALL_TIME + SLACK), work.go()).await.is_err() {
            record.breach(format!("a conversation is stuck since {:?}", began.elapsed()));
        }
    }
}

struct Conversation<'a> {
    agents: &'a Agents,
    record: &'a Record,
    dice: &'a mut Dice,
}

impl Conversation<'_> {
    async fn go(mut self) {
        let lot = self.dice.roll(100) / SHARE;
        let agent = match lot {
            0 => &self.agents.refused,
            1 => &self.agents.falls_back,
            lot if lot % 2 == 0 => &self.agents.waits,
            _ => &self.agents.asks,
        };
        match self.dice.roll(3) {
            0 => self.run(agent).await,
            1 => self.stream(agent).await,
            _ => self.chat(agent).await,
        }
    }

    /// A moment at which something is given up; most are never.
    fn moment(&mut self) -> Option<Duration> {
        self.dice.percent(SHARE).then(|| Duration::from_millis(self.dice.roll(3_000)))
    }

    async fn run(&mut self, agent: &Agent) {
        let token = CancellationToken::new();
        let (cancelled, dropped) = (self.moment(), self.moment());
        let began = Instant::now();
        let run = async {
            let run = agent.request("How many are there?").cancel(token.clone()).run();
            let Some(moment) = cancelled else { return run.await };
            let mut run = std::pin::pin!(run);
            match tokio::time::timeout(moment, run.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => {
                    self.record.count("run: cancelled");
                    token.cancel();
                    run.await
                }
            }
        };
        match dropped {
            None => self.ended("run", run.await, began),
            Some(moment) => match tokio::time::timeout(moment, run).await {
                Ok(ended) => self.ended("run", ended, began),
                Err(_) => self.record.count("run: dropped"),
            },
        }
    }

    async fn stream(&mut self, agent: &Agent) {
        let (cancelled, dropped) = (self.moment(), self.moment());
        let began = Instant::now();
        let mut events = agent.stream("How many are there?");
        let mut is_cancelled = false;
        loop {
            if dropped.is_some_and(|moment| began.elapsed() > moment) {
                return self.record.count("stream: dropped");
            }
            if !is_cancelled && cancelled.is_some_and(|moment| began.elapsed() > moment) {
                is_cancelled = true;
                self.record.count("stream: cancelled");
                events.cancel();
            }
            match events.next().await {
                Some(Ok(Event::Done(run))) => return self.ended("stream", Ok(*run), began),
                Some(Ok(_)) => {}
                Some(Err(error)) => return self.ended("stream", Err(error), began),
                None => return self.record.breach("a stream ended without an end".to_owned()),
            }
        }
    }

    async fn chat(&mut self, agent: &Agent) {
        let mut chat = agent.chat();
        for _ in 0..=self.dice.roll(3) {
            let dropped = self.moment();
            let began = Instant::now();
            let streams = self.dice.percent(50);
            let send = async {
                match streams {
                    true => chat.stream("How many are there?").finish().await.map(|run| run.expect("it ended")),
                    false => chat.send("How many are there?").await,
                }
            };
            let ended = match dropped {
                None => Some(send.await),
                Some(moment) => tokio::time::timeout(moment, send).await.ok(),
            };
            let waits = match &ended {
                Some(Ok(run)) => match &run.stop {
                    Some(Stop::Approval(paused)) => Some(paused.clone()),
                    _ => None,
                },
                _ => None,
            };
            match ended {
                Some(ended) => self.ended("chat", ended, began),
                None => self.record.count("chat: dropped"),
            }
            if let Some(paused) = waits {
                let began = Instant::now();
                let decide = |call: &PendingCall| {
                    if call.arguments.len().is_multiple_of(2) { call.allow() } else { call.deny("no") }
                };
                let resumed = chat.resume(paused.calls().iter().map(decide).collect::<Vec<_>>()).await;
                self.ended("chat resumed", resumed, began);
            }
            self.check("chat", chat.messages());
        }
    }

    fn ended(&self, how: &str, ended: fcall::Result<Run>, began: Instant) {
        let took = began.elapsed();
        self.record.seen(|seen| seen.longest = seen.longest.max(took));
        if took > WALL_TIME + SLACK {
            self.record.breach(format!("a {how} took {took:?}"));
        }
        let run = match ended {
            Ok(run) => run,
            Err(error) => {
                self.record.count(format!("error: {}", kind(&error)));
                match error.into_run() {
                    Some(run) => run,
                    None => return self.record.breach(format!("a {how} lost its run")),
                }
            }
        };
        let stop = run.stop.as_ref().map_or_else(|| "error".to_owned(), |stop| format!("{stop:?}"));
        self.record.count(format!("{how}s"));
        self.record.count(format!("stop: {}", stop.split('(').next().unwrap_or_default()));
        for call in run.calls() {
            self.record.count(format!("call: {:?}", call.status));
        }
        self.check(how, &run.messages);
    }

    fn check(&self, how: &str, messages: &[fcall::Message]) {
        self.record.count("conversations checked");
        if let Err(why) = check(self.agents.protocol, messages) {
            self.record.breach(format!("a conversation of a {how}: {why}"));
        }
    }
}

fn kind(error: &fcall::Error) -> String {
    match error.status() {
        Some(status) => status.to_string(),
        None if error.is_connect() => "refused".to_owned(),
        None if error.is_timeout() => "silence".to_owned(),
        None if error.is_cut() => "cut".to_owned(),
        None if error.is_decode() => "not the protocol".to_owned(),
        None => error.to_string(),
    }
}
