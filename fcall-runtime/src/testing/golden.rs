//! Requests as they go out, compared with files that are checked in.

use std::{fs, io, path::Path};

use serde_json::Value;

use super::{difference::Differences, written};
use crate::{
    client::{self, ServiceModel},
    error::Result,
    message::Request,
    protocol::{Dialect, Encoded, Protocol},
};

/// The variable that has golden files written anew.
const VARIABLE: &str = "FCALL_GOLDEN";
/// The model that a protocol alone asks for.
const MODEL: &str = "model";

/// What turns a request into the JSON that goes out: a [`Protocol`], or a [`ServiceModel`] with its own dialect and name.
pub trait Encoder {
    /// The body of the request.
    ///
    /// # Errors
    /// Where the request can't be said.
    fn encode(&self, request: &Request<'_>) -> Result<Encoded>;
}

/// The protocol as its own vendor speaks it; the model is called `model`.
impl Encoder for Protocol {
    fn encode(&self, request: &Request<'_>) -> Result<Encoded> {
        Protocol::encode(*self, MODEL, &Dialect::official(*self, MODEL), request)
    }
}

impl Encoder for ServiceModel {
    fn encode(&self, request: &Request<'_>) -> Result<Encoded> {
        ServiceModel::encode(self, request)
    }
}

/// Asserts that a request goes out as the JSON file at `path` says: the same members in the same order, since the caches
/// of providers go by the bytes; white space between them does not count.
///
/// With `FCALL_GOLDEN=update` the file is written instead. A relative path counts from where the test runs: the folder
/// of its package.
///
/// # Panics
/// Where the file is not there or no JSON, where the request can't be said, and where it is another: with the place of
/// each difference.
///
/// # Examples
/// ```no_run
/// use fcall_runtime::{agent::Agent, protocol::Protocol, testing::{Script, assert_golden}};
///
/// # async fn example() -> fcall_runtime::Result<()> {
/// let script = Script::new().text("Sunny.");
/// Agent::new(script.clone()).run("How is the weather in Paris?").await?;
/// let asked = script.requests();
/// assert_golden("tests/golden/weather.json", &Protocol::Anthropic, &asked[0].request());
/// # Ok(())
/// # }
/// ```
#[track_caller]
pub fn assert_golden(path: impl AsRef<Path>, encoder: &impl Encoder, request: &Request<'_>) {
    let path = path.as_ref();
    let encoded = encoder.encode(request).unwrap_or_else(|error| panic!("the request can't be said: {error:?}"));
    let shown = path.display();
    let got: Value = match serde_json::from_slice(&encoded.body) {
        Ok(got) => got,
        Err(error) => panic!("the request for {shown} is no JSON: {error}"),
    };
    match client::variable(VARIABLE).as_deref() {
        None => {}
        Some("update") => {
            if let Err(error) = written::replace(path, &format!("{got:#}\n")) {
                panic!("{shown} can't be written: {error}");
            }
            return;
        }
        Some(other) => panic!("{VARIABLE} is `{other}`: expected `update`, or nothing"),
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            panic!("there is no golden file {shown}: {VARIABLE}=update writes it; the request is\n{got:#}")
        }
        Err(error) => panic!("{shown} can't be read: {error}"),
    };
    let expected: Value = match serde_json::from_str(&text) {
        Ok(expected) => expected,
        Err(error) => panic!("{shown} is no JSON ({error}): {VARIABLE}=update writes it anew"),
    };
    let differences = Differences::exact(&expected, &got);
    assert!(
        differences.is_empty(),
        "the request is not that of {shown} ({VARIABLE}=update takes it over):\n{differences}"
    );
}
