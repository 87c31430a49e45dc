//! A service that costs the measured process nothing: the benchmark starts itself once more as a server with canned
//! replies, so only the client's work is counted.
//!
//! The address says what it answers: under `/4x4/v1` four turns of four calls each and then a text; under `/silent/v1`
//! nothing, ever.

use std::{
    fmt,
    io::{BufRead, BufReader as StdReader},
    process::{Child, Command, Stdio},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
};

/// How many turns make calls, and how many calls each; one more turn answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) turns: usize,
    pub(crate) calls: usize,
}

/// What the last turn says.
pub(crate) const ANSWER: &str = "It is sunny everywhere.";

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.turns, self.calls)
    }
}

impl Shape {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (turns, calls) = text.split_once('x')?;
        Some(Self { turns: turns.parse().ok()?, calls: calls.parse().ok()? })
    }
}

/// The server process; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    /// Starts this program again with `--serve`.
    pub(crate) fn start() -> Self {
        let program = std::env::current_exe().expect("a running program has a path");
        let mut process = Command::new(program)
            .arg("--serve")
            .stdout(Stdio::piped())
            .spawn()
            .expect("a program that runs can be run again");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is a pipe");
        StdReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        Self { process, address: line.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until killed.
pub(crate) fn serve() -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port of the loopback is free");
        // A thousand clients begin at once.
        let listener = socket.listen(4096).expect("a bound socket can listen");
        println!("{}", listener.local_addr().expect("a bound socket has an address"));
        loop {
            if let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer_all(socket));
            }
        }
    })
}

async fn answer_all(socket: TcpStream) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut socket = BufReader::new(socket);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let (mut length, mut shape) = (0, None);
        loop {
            line.clear();
            if socket.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(path) = line.strip_prefix("POST /") {
                shape = path.split('/').next().and_then(Shape::parse);
            }
            if line.get(..15).is_some_and(|name| name.eq_ignore_ascii_case("content-length:")) {
                length = line[15..].trim().parse().ok()?;
            }
        }
        body.resize(length, 0);
        socket.read_exact(&mut body).await.ok()?;
        let Some(shape) = shape else { continue };
        let body = std::str::from_utf8(&body).ok()?;
        let turn = body.matches(r#""role":"assistant""#).count();
        let (kind, reply) = if body.contains(r#""stream":true"#) {
            ("text/event-stream", streamed(shape, turn))
        } else {
            ("application/json", whole(shape, turn))
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", reply.len());
        socket.write_all((head + &reply).as_bytes()).await.ok()?;
    }
}

const CITIES: [&str; 4] = ["Paris", "Oslo", "New York", "Tokyo"];

fn arguments(turn: usize, call: usize) -> String {
    format!(r#"{{\"city\":\"{}\",\"unit\":\"celsius\",\"days\":{},\"detailed\":true}}"#, CITIES[call % 4], turn + 1)
}

fn whole(shape: Shape, turn: usize) -> String {
    let (message, finish) = if turn < shape.turns {
        let call = |call: usize| {
            let arguments = arguments(turn, call);
            format!(
                r#"{{"id":"call_{turn}_{call}","type":"function","function":{{"name":"get_weather","arguments":"{arguments}"}}}}"#
            )
        };
        let calls: Vec<String> = (0..shape.calls).map(call).collect();
        (format!(r#""content":null,"tool_calls":[{}]"#, calls.join(",")), "tool_calls")
    } else {
        (format!(r#""content":"{ANSWER}""#), "stop")
    };
    format!(
        r#"{{"id":"chatcmpl-{turn}","object":"chat.completion","created":1760000000,"model":"bench","choices":[{{"index":0,"message":{{"role":"assistant",{message},"refusal":null}},"logprobs":null,"finish_reason":"{finish}"}}],"usage":{{"prompt_tokens":60,"completion_tokens":40,"total_tokens":100,"prompt_tokens_details":{{"cached_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0}}}}}}"#
    )
}

fn streamed(shape: Shape, turn: usize) -> String {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-{turn}\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish}}}],\"usage\":null}}\n\n"
        )
    };
    let mut out = chunk(r#""role":"assistant","content":"""#, "null");
    if turn < shape.turns {
        for call in 0..shape.calls {
            out += &chunk(
                &format!(
                    r#""tool_calls":[{{"index":{call},"id":"call_{turn}_{call}","type":"function","function":{{"name":"get_weather","arguments":""}}}}]"#
                ),
                "null",
            );
            // Providers cut arguments into pieces of a few characters; none of ours ends inside an escape.
            for piece in arguments(turn, call).split_inclusive(',') {
                let piece = format!(r#""tool_calls":[{{"index":{call},"function":{{"arguments":"{piece}"}}}}]"#);
                out += &chunk(&piece, "null");
            }
        }
        out += &chunk("", r#""tool_calls""#);
    } else {
        for word in ANSWER.split_inclusive(' ') {
            out += &chunk(&format!(r#""content":"{word}""#), "null");
        }
        out += &chunk("", r#""stop""#);
    }
    out + "data: {\"id\":\"chatcmpl\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":60,\"completion_tokens\":40,\"total_tokens\":100}}\n\ndata: [DONE]\n\n"
}
