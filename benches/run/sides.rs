//! Who is compared: fcall, the loop by hand, the same written with more care, and reqwest alone.

use std::sync::Arc;

use fcall::{Agent, Protocol, Service};

use crate::{
    by_hand::{Bare, ByHand},
    server::{ANSWER, Shape},
    tools::{QUESTION, tools},
};

/// One of those that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Fcall,
    ByHand,
    Careful,
    Reqwest,
}

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) shape: Shape,
    pub(crate) tools: usize,
    pub(crate) stream: bool,
}

impl Case {
    pub(crate) fn mode(self) -> &'static str {
        if self.stream { "streamed" } else { "whole" }
    }
}

/// One side, ready for any number of runs of a case.
#[derive(Clone)]
pub(crate) struct Runner {
    case: Case,
    side: Arc<Inner>,
}

enum Inner {
    Fcall(Agent),
    ByHand(ByHand),
    Reqwest(Bare),
}

pub(crate) fn agent(base_url: &str, case: Case) -> Agent {
    let model = Service::new(Protocol::OpenAiChat, base_url).model("bench");
    let turns = u32::try_from(case.shape.turns).expect("a number of turns") + 1;
    Agent::builder(model).tools(tools(case.tools)).max_turns(turns).build().expect("different names")
}

impl Runner {
    pub(crate) async fn new(address: &str, side: Side, case: Case) -> Self {
        let base_url = format!("http://{address}/{}/v1", case.shape);
        let inner = match side {
            Side::Fcall => Inner::Fcall(agent(&base_url, case)),
            Side::ByHand => Inner::ByHand(ByHand::new(&base_url, case.tools)),
            Side::Careful => Inner::ByHand(ByHand::careful(&base_url, case.tools)),
            Side::Reqwest => Inner::Reqwest(Bare::new(&base_url, case.tools, case.stream).await),
        };
        Self { case, side: Arc::new(inner) }
    }

    /// One run; its answer must be right.
    pub(crate) async fn run(self) {
        let Case { shape: Shape { turns, calls }, stream, .. } = self.case;
        match &*self.side {
            Inner::Fcall(agent) => {
                let run = match stream {
                    true => agent.stream(QUESTION).finish().await.unwrap().unwrap(),
                    false => agent.run(QUESTION).await.unwrap(),
                };
                assert_eq!((run.text.as_str(), run.calls().count()), (ANSWER, turns * calls));
            }
            Inner::ByHand(by_hand) => assert_eq!(by_hand.run(stream, |_| {}).await, ANSWER),
            Inner::Reqwest(bare) => bare.run().await,
        }
    }

    /// So many runs, at most `at_once` of them at the same time.
    pub(crate) async fn runs(&self, runs: usize, at_once: usize) {
        if at_once == 1 {
            for _ in 0..runs {
                self.clone().run().await;
            }
            return;
        }
        for begun in (0..runs).step_by(at_once) {
            let tasks: Vec<_> = (begun..runs.min(begun + at_once)).map(|_| tokio::spawn(self.clone().run())).collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
    }
}
