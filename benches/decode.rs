//! Decoding streams, framing and all, against plain `serde_json::from_slice::<Value>` of the same events' data.
//!
//! `cargo bench --bench decode`. Recorded streams where `FCALL_CORPUS` says where they are, else generated ones. The
//! bytes count as they came over the wire, for both. Throughput is by CPU time; both take turns, and the best round of
//! each counts, so that other work on the machine matters little. With `--profile <protocol> <rounds>` it only decodes, for
//! callgrind.

#[path = "support/measure.rs"]
mod measure;

use std::{env, fs, hint::black_box, path::PathBuf};

use fcall::{
    message::{Delta, FinishReason, Sink},
    protocol::Protocol,
};
use serde_json::Value;

#[global_allocator]
static COUNTING: measure::Counting = measure::Counting;

/// Rounds of each, by turns.
const ROUNDS: usize = 25;
/// Bytes of a round, at least: short streams are decoded again and again.
const ROUND: usize = 4 << 20;

/// Drops what it is told.
struct Heard(usize);

impl Sink for Heard {
    fn push(&mut self, delta: Delta) {
        self.0 += 1;
        drop(black_box(delta));
    }
}

struct Stream {
    bytes: Vec<u8>,
    /// The data of its events, for who need not frame them.
    events: Vec<Vec<u8>>,
}

impl Stream {
    fn new(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let events = lines.map(|data| data.trim().as_bytes().to_vec()).filter(|data| data.starts_with(b"{"));
        Self { bytes: text.as_bytes().to_vec(), events: events.collect() }
    }
}

fn recorded(protocol: Protocol) -> Option<Vec<Stream>> {
    let path = PathBuf::from(env::var_os("FCALL_CORPUS")?).join("traffic").join(format!("{protocol}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
    let streams = records.filter_map(|record| {
        let text = record["response"].as_str().filter(|_| record["streaming"] == true && record["status"] == 200)?;
        // Whole and in order, so that both read all of it.
        let heard = protocol.decode(text.as_bytes(), &mut Heard(0)).is_ok();
        heard.then(|| Stream::new(text))
    });
    Some(streams.filter(|stream| !stream.events.is_empty()).collect())
}

/// A text in many pieces and a call in some, as the protocol's own service would stream them.
fn generated(protocol: Protocol) -> Vec<Stream> {
    let mut deltas = vec![Delta::Begin { id: Some("r_1".to_owned()), model: Some("m-1".to_owned()) }];
    let words = ["The", " weather", " in", " Oslo", " is", " \"fine\"", ",", " 7\u{b0}C", ".\n"];
    deltas.extend(words.iter().cycle().take(400).map(|text| Delta::Text { part: 0, text: (*text).to_owned() }));
    deltas.push(Delta::CallStart { part: 1, id: "call_1".to_owned(), name: "get_weather".to_owned() });
    let pieces = ["{\"city\"", ": \"", "Os", "lo", "\"", ", \"days\"", ": [", "1", ", 2", "]}"];
    deltas.extend(pieces.iter().map(|text| Delta::CallArguments { part: 1, text: (*text).to_owned() }));
    deltas.extend([Delta::CallEnd { part: 1 }, Delta::Finish(FinishReason::ToolCalls)]);
    let mut events = Vec::new();
    let mut writer = protocol.stream_writer("m-1");
    deltas.iter().for_each(|delta| writer.push(delta, &mut events));
    writer.finish(&mut events);
    vec![Stream::new(&String::from_utf8(events).expect("UTF-8"))]
}

fn decode(protocol: Protocol, streams: &[Stream], times: usize) {
    for stream in (0..times).flat_map(|_| streams) {
        let mut decoder = protocol.decoder();
        let mut heard = Heard(0);
        // As it comes off a connection.
        for piece in stream.bytes.chunks(4096) {
            decoder.feed(black_box(piece), &mut heard).expect("a stream");
        }
        decoder.finish(&mut heard).expect("its end");
        black_box(heard.0);
    }
}

fn values(streams: &[Stream], times: usize) {
    for event in (0..times).flat_map(|_| streams).flat_map(|stream| &stream.events) {
        drop(black_box(serde_json::from_slice::<Value>(black_box(event)).expect("JSON")));
    }
}

/// CPU seconds and allocations.
fn cost(work: impl FnOnce()) -> (f64, u64) {
    let (seconds, allocations) = (measure::cpu_seconds(), measure::allocations());
    work();
    (measure::cpu_seconds() - seconds, measure::allocations() - allocations)
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let streams = |protocol| recorded(protocol).unwrap_or_else(|| generated(protocol));
    if let Some(at) = arguments.iter().position(|argument| argument == "--profile") {
        let protocol: Protocol = arguments[at + 1].parse().expect("a protocol");
        let rounds = arguments[at + 2].parse().expect("a number of rounds");
        return decode(protocol, &streams(protocol), rounds);
    }
    for protocol in Protocol::ALL {
        let streams = streams(protocol);
        let bytes: usize = streams.iter().map(|stream| stream.bytes.len()).sum();
        let events: usize = streams.iter().map(|stream| stream.events.len()).sum();
        let times = ROUND.div_ceil(bytes);
        let mut best = [f64::INFINITY; 2];
        let mut allocated = [0; 2];
        for _ in 0..ROUNDS {
            let ours = cost(|| decode(protocol, &streams, times));
            let plain = cost(|| values(&streams, times));
            best = [best[0].min(ours.0), best[1].min(plain.0)];
            allocated = [ours.1, plain.1];
        }
        let rate = best.map(|seconds| (bytes * times) as f64 / seconds / 1e6);
        let each = allocated.map(|all| all as f64 / (events * times) as f64);
        println!(
            "{protocol:16}: {:6.0} MB/s, {:5.2} allocations an event; as `Value`: {:6.0} MB/s, {:5.2}; {:.2} times as fast \
             ({} streams, {events} events, {bytes} bytes)",
            rate[0],
            each[0],
            rate[1],
            each[1],
            rate[0] / rate[1],
            streams.len(),
        );
    }
}
