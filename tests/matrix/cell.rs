//! One cell of the matrix: a fault, a way to drive the run, a protocol; and what it leaves behind to be judged.

use std::{fmt, fs, path::PathBuf, sync::Arc};

use fcall::{
    Agent, Message, Protocol, Toolbox,
    agent::AgentBuilder,
    client::{Retry, Service, ServiceModel},
    message::{Request, RequestOptions},
    protocol::Dialect,
    serde_json::{self, Value, json},
    testing::{Received, Script, Server, Turn},
};

use crate::{
    said::{Said, assert_said, call, lines, lines_of_body, model, result, user},
    talk::Talk,
    tools::{Played, Stage, all},
};

/// How a program drives its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Run,
    Stream,
    Chat,
    ChatStream,
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [Self::Run, Self::Stream, Self::Chat, Self::ChatStream];

    /// Replies come in pieces.
    pub(crate) fn streams(self) -> bool {
        matches!(self, Self::Stream | Self::ChatStream)
    }

    pub(crate) fn is_chat(self) -> bool {
        matches!(self, Self::Chat | Self::ChatStream)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) row: &'static str,
    pub(crate) way: Way,
    pub(crate) protocol: Protocol,
}

/// Named as the test of the cell is.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Run => "run",
            Way::Stream => "stream",
            Way::Chat => "chat",
            Way::ChatStream => "chat_stream",
        };
        write!(f, "{way}::{}::{}", self.protocol.name().replace('-', "_"), self.row)
    }
}

/// A reply that speaks and calls, which every script begins with: it is there to be lost.
pub(crate) fn opening() -> Script {
    Script::new().turn(Turn::new().text("Let me see.").call("add", r#"{"a":1,"b":2}"#))
}

/// What the conversation is after it.
pub(crate) fn opened() -> Vec<Said> {
    vec![user("Go"), model("Let me see."), call("add", r#"{"a":1,"b":2}"#), result("3")]
}

/// What is said to the next question, after the fault.
fn closing(script: Script) -> Script {
    script.calls([("add", r#"{"a":20,"b":22}"#)]).text("42 it is.")
}

/// A talk with its server.
pub(crate) struct Scene {
    pub(crate) cell: Cell,
    pub(crate) server: Arc<Server>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) talk: Talk,
    /// Conversations on the way, to be judged as well.
    pub(crate) between: Vec<Value>,
}

impl Cell {
    /// A model as the vendors serve it, at this address.
    pub(crate) fn model(self, base_url: &str, retry: Retry) -> ServiceModel {
        let name = match self.protocol {
            Protocol::Anthropic => "claude-sonnet-4-5",
            // Takes no call back without a signature.
            Protocol::Gemini => "gemini-3-pro-preview",
            _ => "gpt-4o",
        };
        let service = Service::new(self.protocol, base_url).key("not a secret").retry(retry);
        service.model(name).with_dialect(|dialect| *dialect = Dialect::official(self.protocol, name))
    }

    /// An agent with all the tools, on this stage.
    pub(crate) fn agent(self, base_url: &str, retry: Retry, stage: &Arc<Stage>) -> AgentBuilder {
        Agent::builder(self.model(base_url, retry)).tools(all()).state_arc(Arc::clone(stage))
    }

    /// Serves this script, which goes on after the fault.
    pub(crate) async fn serve(self, script: Script, stage: &Arc<Stage>) -> Arc<Server> {
        let played = Played { script: closing(script), stage: Arc::clone(stage) };
        Arc::new(Server::start(played).await.unwrap())
    }

    /// Serves this script to an agent that asks nothing twice.
    pub(crate) async fn start(self, script: Script, how: impl FnOnce(AgentBuilder) -> AgentBuilder) -> Scene {
        self.start_with(script, Retry::never(), how).await
    }

    pub(crate) async fn start_with(
        self,
        script: Script,
        retry: Retry,
        how: impl FnOnce(AgentBuilder) -> AgentBuilder,
    ) -> Scene {
        let stage = Arc::default();
        let server = self.serve(script, &stage).await;
        let base_url = server.base_url(self.protocol);
        let agent = how(self.agent(&base_url, retry, &stage)).build().unwrap();
        Scene { cell: self, server, stage, talk: Talk::new(self, agent), between: Vec::new() }
    }

    /// There is no such cell, for this reason.
    pub(crate) fn cannot_exist(self, why: &str) {
        self.write(&[json!({"id": self.to_string(), "cannot_exist": why})]);
    }

    /// The bodies that were sent, and the conversation in every protocol, say what was said; they are left to be judged
    /// from outside.
    pub(crate) fn leave(self, sent: &[Received], messages: &[Message], said: &[Said], between: Vec<Value>) {
        let bodies: Vec<Value> = sent.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
        let last = lines_of_body(self.protocol, bodies.last().expect("requests were sent"));
        // The last reply was not sent back yet.
        let replied = said.iter().rev().take_while(|line| matches!(line, Said::Model(_))).count();
        assert_said(&last, &said[..said.len() - replied], "the last request");
        let mut lines: Vec<Value> = bodies.iter().map(|body| self.envelope(self.protocol, body)).collect();
        lines.extend(self.in_every_protocol(messages, said));
        lines.extend(between);
        self.write(&lines);
    }

    /// The conversation, with one more question, as a request of each protocol.
    pub(crate) fn in_every_protocol(self, messages: &[Message], said: &[Said]) -> Vec<Value> {
        const QUESTION: &str = "Is that so?";
        let (tools, options) = (Toolbox::new(all()).unwrap(), RequestOptions::default());
        let messages = [messages, &[Message::user(QUESTION)]].concat();
        let said = [said, &[user(QUESTION)]].concat();
        let request = Request::new(&messages, tools.specs(), &options);
        let encode = |protocol| {
            let model = Self { protocol, ..self }.model("http://127.0.0.1:1", Retry::never());
            let body: Value = serde_json::from_slice(&model.encode(&request).unwrap().body).unwrap();
            assert_said(&lines_of_body(protocol, &body), &said, protocol.name());
            self.envelope(protocol, &body)
        };
        Protocol::ALL.into_iter().map(encode).collect()
    }

    /// A line for the judge.
    fn envelope(self, protocol: Protocol, body: &Value) -> Value {
        let name = protocol.name().replace('-', "_");
        json!({"id": self.to_string(), "protocol": name, "kind": "request", "anthropic_version": "2023-06-01", "body": body})
    }

    fn write(self, lines: &[Value]) {
        // Beside the folder that cargo gives to tests.
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("matrix");
        fs::create_dir_all(&folder).unwrap();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(folder.join(format!("{}.jsonl", self.to_string().replace("::", "."))), text).unwrap();
    }
}

impl Scene {
    /// The conversation is this, each line of it.
    #[track_caller]
    pub(crate) fn assert_said(&self, said: &[Said]) {
        assert_said(&lines(self.talk.messages()), said, "the conversation");
    }

    /// Asks one more question after the fault: the conversation was this, and goes on from it, with calls as well. What
    /// it was is left to be judged.
    pub(crate) async fn go_on(mut self, mut said: Vec<Said>) {
        self.assert_said(&said);
        let run = self.talk.ask("And then?").await.unwrap();
        assert_eq!(run.text, "42 it is.");
        said.extend(went_on());
        self.assert_said(&said);
        self.talk.assert_heard_of_all();
        let added =
            |line: &&Said| matches!(line, Said::Call(name, arguments) if name == "add" && arguments["a"].is_i64());
        let asked = said.iter().filter(added).count();
        assert_eq!(self.stage.added(), asked, "how often numbers were added");
        self.cell.leave(&self.server.requests(), self.talk.messages(), &said, self.between);
    }
}

/// What a conversation goes on with.
pub(crate) fn went_on() -> [Said; 4] {
    [user("And then?"), call("add", r#"{"a":20,"b":22}"#), result("42"), model("42 it is.")]
}
