//! The file of a cassette: JSON that a person can read and a diff can show.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::written;
use crate::{
    client::{Answer, Asked, End, Hidden},
    error::{Error, Result},
};

/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// A request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Exchange {
    pub(super) request: Request,
    pub(super) response: Response,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) headers: Map<String, Value>,
    pub(super) body: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Response {
    status: u16,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
    /// The body, in the pieces in which it came.
    chunks: Vec<Chunk>,
    #[serde(default)]
    end: Ended,
}

/// A piece of a body; one that cuts a character in two is no text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Chunk {
    Text(String),
    Bytes { hex: String },
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ended {
    #[default]
    Complete,
    Lost,
    Unread,
}

/// Reads the exchanges of a cassette.
pub(super) fn read(path: &Path) -> Result<Vec<Exchange>> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::setup(format!(
            "there is no recording at {shown}: make one with `Mode::Record`, or with FCALL_CASSETTE=record where the \
             mode is `Mode::from_env()`"
        )),
        _ => Error::setup(format!("the recording at {shown} can't be read")).with_source(error),
    })?;
    let wrong = |error| Error::setup(format!("{shown} is not a recording: make it anew")).with_source(error);
    let Version { version } = serde_json::from_str(&text).map_err(wrong)?;
    if version > VERSION {
        return Err(Error::setup(format!(
            "the recording at {shown} is of version {version}, and this library reads versions up to {VERSION}"
        )));
    }
    let file: File = serde_json::from_str(&text).map_err(wrong)?;
    Ok(file.exchanges)
}

/// Writes the exchanges of a cassette, all or nothing.
pub(super) fn write(path: &Path, exchanges: Vec<Exchange>) -> Result<()> {
    let shown = path.display();
    let wrong =
        |error: io::Error| Error::setup(format!("the recording can't be written to {shown}")).with_source(error);
    let mut text = serde_json::to_string_pretty(&File { version: VERSION, exchanges }).map_err(|e| wrong(e.into()))?;
    text.push('\n');
    written::replace(path, &text).map_err(wrong)
}

impl Exchange {
    /// An exchange without its secrets.
    pub(super) fn new(asked: &Asked, mut answer: Answer, hidden: &Hidden) -> Self {
        hidden.chunks(&mut answer.chunks);
        let end = match answer.end {
            End::Complete => Ended::Complete,
            End::Lost => Ended::Lost,
            End::Unread => Ended::Unread,
        };
        let response = Response {
            status: answer.status,
            headers: headers(&answer.headers, hidden),
            chunks: answer.chunks.into_iter().map(Chunk::new).collect(),
            end,
        };
        Self { request: Request::new(asked, hidden), response }
    }
}

impl Request {
    /// A request without its secrets.
    pub(super) fn new(asked: &Asked, hidden: &Hidden) -> Self {
        let as_text = || Value::String(String::from_utf8_lossy(&asked.body).into_owned());
        let mut body = serde_json::from_slice(&asked.body).unwrap_or_else(|_| as_text());
        hidden.json(&mut body);
        let (method, path) = (asked.method.clone(), hidden.text(&asked.path));
        Self { method, path, headers: headers(&asked.headers, hidden), body }
    }
}

impl Response {
    pub(super) fn answer(&self) -> Result<Answer> {
        let headers = self.headers.iter();
        let end = match self.end {
            Ended::Complete => End::Complete,
            Ended::Lost => End::Lost,
            Ended::Unread => End::Unread,
        };
        Ok(Answer {
            status: self.status,
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            chunks: self.chunks.iter().map(Chunk::bytes).collect::<Result<_>>()?,
            end,
        })
    }
}

fn headers(headers: &[(String, String)], hidden: &Hidden) -> Map<String, Value> {
    headers.iter().map(|(name, value)| (name.clone(), Value::String(hidden.text(value)))).collect()
}

impl Chunk {
    fn new(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => {
                Self::Bytes { hex: error.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>() }
            }
        }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let hex = match self {
            Self::Text(text) => return Ok(text.clone().into_bytes()),
            Self::Bytes { hex } => hex,
        };
        let digit = |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let byte = |pair: &[u8]| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        };
        let bytes: Option<_> = hex.as_bytes().chunks(2).map(byte).collect();
        bytes.ok_or_else(|| Error::setup(format!("a chunk of the recording is not hexadecimal: `{hex}`")))
    }
}
