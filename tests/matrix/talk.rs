//! A conversation that a program has with its agent, in the way of the cell.

use std::collections::BTreeMap;

use fcall::{
    Agent, Error, Event, Message, Run,
    agent::{Chat, Decision, EventStream, Paused, Stop},
    message::Role,
};

use crate::cell::{Cell, Way};

pub(crate) struct Talk {
    way: Way,
    agent: Agent,
    chat: Option<Chat>,
    messages: Vec<Message>,
    heard: Heard,
}

/// What the events told.
#[derive(Default)]
pub(crate) struct Heard {
    /// The text of the turn that goes on, and of those before it in this run.
    turn: String,
    text: String,
    /// By id: how often a call was said to have ended.
    finished: BTreeMap<String, usize>,
    /// The calls that the reply which comes in asks for.
    started: Vec<String>,
    /// How many of such calls came to nothing with their reply.
    taken_back: usize,
}

impl Talk {
    pub(crate) fn new(cell: Cell, agent: Agent) -> Self {
        let chat = cell.way.is_chat().then(|| agent.chat());
        Self { way: cell.way, agent, chat, messages: Vec::new(), heard: Heard::default() }
    }

    /// Goes on with what another process left.
    pub(crate) fn after(cell: Cell, agent: Agent, messages: Vec<Message>) -> Self {
        let chat = cell.way.is_chat().then(|| agent.chat_with(messages.clone()));
        Self { way: cell.way, agent, chat, messages, heard: Heard::default() }
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Asks, and keeps the conversation whatever comes of it.
    pub(crate) async fn ask(&mut self, question: &str) -> Result<Run, Error> {
        let request = || self.agent.request(question).history(self.messages.clone());
        let ended = match (self.way, &mut self.chat) {
            (Way::Chat, Some(chat)) => chat.send(question).await,
            (Way::ChatStream, Some(chat)) => self.heard.listen(chat.stream(question)).await,
            (Way::Stream, _) => self.heard.listen(request().stream()).await,
            _ => request().run().await,
        };
        self.keep(ended)
    }

    /// Asks, and cancels the run when this comes to pass; a chat that is asked for its answer alone can only be dropped,
    /// and leaves no run.
    pub(crate) async fn ask_until(&mut self, question: &str, moment: impl Future<Output = ()>) -> Option<Run> {
        let request = || self.agent.request(question).history(self.messages.clone());
        let ended = match (self.way, &mut self.chat) {
            (Way::Chat, Some(chat)) => {
                tokio::select! {
                    biased;
                    ended = chat.send(question) => panic!("nothing stopped it: {ended:?}"),
                    () = moment => {}
                }
                self.messages = chat.messages().to_vec();
                return None;
            }
            (Way::ChatStream, Some(chat)) => self.heard.listen_until(chat.stream(question), moment).await,
            (Way::Stream, _) => self.heard.listen_until(request().stream(), moment).await,
            _ => {
                let token = fcall::tool::CancellationToken::new();
                let run = request().cancel(token.clone()).run();
                let signal = async {
                    moment.await;
                    token.cancel();
                };
                tokio::join!(run, signal).0
            }
        };
        self.keep(ended).ok()
    }

    /// Goes on with a run that waits.
    pub(crate) async fn resume(&mut self, paused: &Paused, decisions: Vec<Decision>) -> Result<Run, Error> {
        let ended = match (self.way, &mut self.chat) {
            (Way::Chat, Some(chat)) => chat.resume(decisions).await,
            (Way::ChatStream, Some(chat)) => self.heard.listen(chat.resume_stream(decisions).unwrap()).await,
            (Way::Stream, _) => self.heard.listen(self.agent.resume(paused, decisions).unwrap().stream()).await,
            _ => self.agent.resume(paused, decisions).unwrap().run().await,
        };
        self.keep(ended)
    }

    fn keep(&mut self, ended: Result<Run, Error>) -> Result<Run, Error> {
        let run = match &ended {
            Ok(run) => run,
            Err(error) => {
                let run = error.run().expect("an error keeps its run");
                assert_eq!(run.stop, None, "it ended in an error");
                run
            }
        };
        let is_new = run.messages.starts_with(&self.messages);
        let before = std::mem::replace(&mut self.messages, run.messages.clone()).len();
        if let Some(chat) = &self.chat {
            assert_eq!(chat.messages(), self.messages, "the chat keeps what the run has");
        }
        let heard = self.heard.end();
        if self.way.streams() && is_new {
            let spoken = self.messages[before..].iter().filter(|message| message.role == Role::Assistant);
            let mut text: String = spoken.map(Message::text).collect();
            text.extend(run.partial.iter().map(|partial| partial.message.text()));
            assert_eq!(heard, text, "the text that was heard");
        }
        ended
    }

    /// How many calls events told of that came to nothing with their reply.
    pub(crate) fn taken_back(&self) -> usize {
        self.heard.taken_back
    }

    /// Events told of the end of every call, once.
    #[track_caller]
    pub(crate) fn assert_heard_of_all(&self) {
        if self.way.streams() {
            let calls = self.messages.iter().flat_map(Message::tool_calls);
            let calls: BTreeMap<String, usize> = calls.map(|call| (call.id.clone(), 1)).collect();
            assert_eq!(self.heard.finished, calls, "the calls that events said to have ended, and how often");
        }
    }
}

impl Heard {
    /// Listens to a run to its end.
    pub(crate) async fn listen(&mut self, mut events: EventStream<'_>) -> Result<Run, Error> {
        loop {
            let event = events.next().await.expect("a run ends in `Done` or an error");
            let event = event.inspect_err(|_| self.take_back())?;
            if let Some(run) = self.hear(event) {
                return Ok(run);
            }
        }
    }

    /// Listens to a run, and cancels it when this comes to pass.
    async fn listen_until(
        &mut self,
        mut events: EventStream<'_>,
        moment: impl Future<Output = ()>,
    ) -> Result<Run, Error> {
        let mut moment = std::pin::pin!(moment);
        loop {
            let event = tokio::select! {
                biased;
                event = events.next() => event.expect("a run ends in `Done` or an error")?,
                () = &mut moment => {
                    events.cancel();
                    return self.listen(events).await;
                }
            };
            if let Some(run) = self.hear(event) {
                panic!("nothing stopped it: {:?}", run.stop);
            }
        }
    }

    fn hear(&mut self, event: Event) -> Option<Run> {
        match event {
            Event::TextDelta(text) => self.turn += &text,
            Event::Restarted => {
                self.turn.clear();
                self.take_back();
            }
            Event::CallStarted { id, .. } => self.started.push(id),
            Event::TurnFinished { .. } => {
                self.text.extend(self.turn.drain(..));
                self.started.clear();
            }
            Event::CallFinished { result, .. } => *self.finished.entry(result.call_id).or_default() += 1,
            Event::Done(run) => return Some(*run),
            _ => {}
        }
        None
    }

    /// The reply is void, and so are the ends of its calls.
    fn take_back(&mut self) {
        self.taken_back += self.started.len();
        for id in self.started.drain(..) {
            self.finished.remove(&id);
        }
    }

    /// The calls that were said to have ended.
    pub(crate) fn finished(&self) -> Vec<&str> {
        self.finished.keys().map(String::as_str).collect()
    }

    /// The text of the run that ended.
    fn end(&mut self) -> String {
        std::mem::take(&mut self.text) + &std::mem::take(&mut self.turn)
    }
}

/// The run that waits in this one.
pub(crate) fn paused(run: &Run) -> &Paused {
    match &run.stop {
        Some(Stop::Approval(paused)) => paused,
        other => panic!("{other:?}"),
    }
}
