//! Just enough HTTP/1.1: requests with a length, answers whole or in chunks, connections kept alive.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::tcp::OwnedReadHalf;

use super::Received;

/// The most bytes of request line and headers.
const HEAD: usize = 64 * 1024;
/// The most bytes of a request's body.
const BODY: usize = 64 * 1024 * 1024;

/// What came over a connection.
pub(super) enum Incoming {
    Request(Received),
    /// Not HTTP as we read it: the status to answer with, after which the connection ends.
    Refused(u16, &'static str),
    /// The client is done.
    End,
}

/// Reads the next request of a connection.
pub(super) async fn read(
    from: &mut BufReader<OwnedReadHalf>,
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<Incoming> {
    let Some(head) = read_head(from).await? else { return Ok(Incoming::Refused(431, "headers too large")) };
    if head.is_empty() {
        return Ok(Incoming::End);
    }
    let Some(mut request) = parse_head(&head) else { return Ok(Incoming::Refused(400, "not an HTTP/1.1 request")) };
    if request.header("transfer-encoding").is_some() {
        return Ok(Incoming::Refused(411, "a request body needs a content-length"));
    }
    let length = match request.header("content-length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length <= BODY => length,
        Some(Ok(_)) => return Ok(Incoming::Refused(413, "request body too large")),
        Some(Err(_)) => return Ok(Incoming::Refused(400, "content-length is no number")),
    };
    if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    // Grows as the bytes come: a length that is only announced costs nothing.
    let read = from.take(length as u64).read_to_end(&mut request.body).await?;
    if read < length {
        return Ok(Incoming::End);
    }
    Ok(Incoming::Request(request))
}

/// Waits until the client hangs up.
pub(super) async fn hung_up(from: &mut BufReader<OwnedReadHalf>) {
    // Who has sent the next request already is still there, as far as can be told without reading it.
    if matches!(from.fill_buf().await, Ok(sent) if !sent.is_empty()) {
        std::future::pending::<()>().await;
    }
}

/// The lines up to the empty one; empty at the end of the connection, none where there are too many.
async fn read_head(from: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    loop {
        let begin = head.len();
        let left = (HEAD - begin) as u64;
        (&mut *from).take(left).read_until(b'\n', &mut head).await?;
        let line = &head[begin..];
        if !line.ends_with(b"\n") {
            // The end of the connection (nothing half-said counts), or of our patience.
            return Ok(if head.len() >= HEAD { None } else { Some(Vec::new()) });
        }
        if line.trim_ascii().is_empty() {
            if begin > 0 {
                return Ok(Some(head));
            }
            head.clear();
        }
    }
}

fn parse_head(head: &[u8]) -> Option<Received> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split_ascii_whitespace();
    let (method, path, version) = (first.next()?, first.next()?, first.next()?);
    if version != "HTTP/1.1" || first.next().is_some() {
        return None;
    }
    let mut headers = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Received { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() })
}

/// Whether this can stand in a head without ending it.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    !name.is_empty() && ![name, value].iter().any(|text| text.contains(['\r', '\n', '\0']))
}

/// How the length of an answer's body is told.
#[derive(Clone, Copy)]
pub(super) enum Length {
    Known(usize),
    Chunked,
}

/// The head of an answer.
pub(super) fn head(status: u16, headers: &[(String, String)], length: Length) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers.iter().filter(|(name, value)| is_header(name, value)) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match length {
        Length::Known(length) => head.push_str(&format!("content-length: {length}\r\n\r\n")),
        Length::Chunked => head.push_str("transfer-encoding: chunked\r\n\r\n"),
    }
    head.into_bytes()
}

/// One piece of a body in chunks; an empty one would end it, so it is none at all.
pub(super) fn chunk(piece: &[u8]) -> Vec<u8> {
    if piece.is_empty() {
        return Vec::new();
    }
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(piece);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The end of a body in chunks.
pub(super) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The end that a fault asked for.
pub(super) fn cut() -> io::Error {
    io::Error::new(ErrorKind::ConnectionAborted, "cut on purpose")
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}
