//! A service that costs the measured process nothing: the benchmark starts itself once more as a server with canned
//! replies, so only the client's work is counted.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// Turns in which the model makes calls; the next one answers.
pub(crate) const TURNS: usize = 4;
/// Calls of each of these turns.
pub(crate) const CALLS: usize = 4;

/// The server process; killed when dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) base_url: String,
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
        BufReader::new(stdout).read_line(&mut line).expect("the server says where it listens");
        Self { process, base_url: format!("http://{}/v1", line.trim()) }
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
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback is free");
    println!("{}", listener.local_addr().expect("a bound socket has an address"));
    loop {
        if let Ok((socket, _)) = listener.accept() {
            std::thread::spawn(move || answer_all(socket));
        }
    }
}

fn answer_all(socket: TcpStream) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut output = socket.try_clone().ok()?;
    let mut input = BufReader::new(socket);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if input.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let turn = body.matches(r#""role":"assistant""#).count();
        let (kind, reply) = if body.contains(r#""stream":true"#) {
            ("text/event-stream", streamed(turn))
        } else {
            ("application/json", whole(turn))
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", reply.len());
        output.write_all((head + &reply).as_bytes()).ok()?;
    }
}

const CITIES: [&str; 4] = ["Paris", "Oslo", "New York", "Tokyo"];

fn arguments(turn: usize, call: usize) -> String {
    format!(r#"{{\"city\":\"{}\",\"unit\":\"celsius\",\"days\":{},\"detailed\":true}}"#, CITIES[call % 4], turn + 1)
}

fn whole(turn: usize) -> String {
    let (message, finish) = if turn < TURNS {
        let call = |call: usize| {
            let arguments = arguments(turn, call);
            format!(
                r#"{{"id":"call_{turn}_{call}","type":"function","function":{{"name":"get_weather","arguments":"{arguments}"}}}}"#
            )
        };
        let calls: Vec<String> = (0..CALLS).map(call).collect();
        (format!(r#""content":null,"tool_calls":[{}]"#, calls.join(",")), "tool_calls")
    } else {
        (r#""content":"It is sunny everywhere.""#.to_owned(), "stop")
    };
    format!(
        r#"{{"id":"chatcmpl-{turn}","object":"chat.completion","created":1760000000,"model":"bench","choices":[{{"index":0,"message":{{"role":"assistant",{message},"refusal":null}},"logprobs":null,"finish_reason":"{finish}"}}],"usage":{{"prompt_tokens":60,"completion_tokens":40,"total_tokens":100,"prompt_tokens_details":{{"cached_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0}}}}}}"#
    )
}

fn streamed(turn: usize) -> String {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-{turn}\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\"choices\":[{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{finish}}}],\"usage\":null}}\n\n"
        )
    };
    let mut out = chunk(r#""role":"assistant","content":"""#, "null");
    if turn < TURNS {
        for call in 0..CALLS {
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
        for word in ["It ", "is ", "sunny ", "every", "where."] {
            out += &chunk(&format!(r#""content":"{word}""#), "null");
        }
        out += &chunk("", r#""stop""#);
    }
    out + "data: {\"id\":\"chatcmpl\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":60,\"completion_tokens\":40,\"total_tokens\":100}}\n\ndata: [DONE]\n\n"
}
