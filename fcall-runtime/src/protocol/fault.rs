//! Errors as services tell them, in whatever body.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::{Str, Word};
use crate::error::{Error, ServiceFault};

/// How much of an error body is read.
const BODY: usize = 64 << 10;
/// How much of a body that is no known JSON is shown.
const SHOWN: usize = 500;

/// Any of the shapes that errors come in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shape<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    msg: Option<&'a RawValue>,
    code: Word,
    #[serde(rename = "type")]
    kind: Word,
    /// Google's word for the kind of error.
    status: Word,
    request_id: Word,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
}

/// What Google adds to an error.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail<'a> {
    #[serde(borrow)]
    retry_delay: Option<Str<'a>>,
    #[serde(borrow)]
    violations: Option<Vec<Violation<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Violation<'a> {
    #[serde(borrow)]
    quota_id: Option<Str<'a>>,
}

/// The error of a reply with an error status.
pub(super) fn of_reply(status: u16, body: &[u8]) -> Error {
    let body = String::from_utf8_lossy(&body[..body.len().min(BODY)]);
    let (mut fault, _) = read(body.trim_start_matches('\u{feff}').trim());
    fault.status = Some(status);
    fault.retryable = mends(status, &fault);
    Error::service(fault)
}

/// The error inside a reply that began well: the value of `error`, or the object that is one.
pub(super) fn in_reply(json: &str) -> Error {
    let (mut fault, number) = read(json);
    let status = number.or_else(|| status_of(fault.code.as_deref()));
    fault.retryable = status.is_some_and(|status| mends(status, &fault));
    Error::service(fault)
}

/// Whether the value of an `error` key says that there is one.
pub(super) fn is_error(raw: &RawValue) -> bool {
    !matches!(raw.get(), "null" | "false" | "\"\"" | "{}" | "[]" | "0")
}

/// The fault, and its code where that is a number: the status it would have had.
fn read(text: &str) -> (ServiceFault, Option<u16>) {
    let (mut fault, mut number) = (ServiceFault::default(), None);
    dig(text, &mut fault, &mut number, 0);
    if fault.message.is_empty() {
        fault.message = excerpt(text);
    }
    (fault, number)
}

/// Looks for the message from the outside in: the innermost `error` has it.
fn dig(text: &str, fault: &mut ServiceFault, number: &mut Option<u16>, depth: u8) {
    if depth > 8 {
        return;
    }
    if text.starts_with('"')
        && let Ok(text) = serde_json::from_str::<Str<'_>>(text)
    {
        // Gateways pack the error of the service behind them into a text.
        if text.trim_start().starts_with('{') {
            dig(&text, fault, number, depth + 1);
        }
        if fault.message.is_empty() {
            fault.message = excerpt(&text);
        }
        return;
    }
    if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(text) {
        if let Some(first) = list.first() {
            dig(first.get(), fault, number, depth + 1);
        }
        return;
    }
    let Ok(shape) = serde_json::from_str::<Shape<'_>>(text) else { return };
    let inner = shape.error.filter(|raw| is_error(raw)).or(shape.message).or(shape.detail).or(shape.msg);
    if let Some(inner) = inner {
        dig(inner.get(), fault, number, depth + 1);
    }
    // The `type` of Anthropic's envelope is only "error".
    let words = [shape.code.0, shape.kind.0, shape.status.0]
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty() && word != "error");
    let (numbers, words): (Vec<String>, Vec<String>) = words.partition(|word| word.bytes().all(|b| b.is_ascii_digit()));
    *number = number.or(numbers.first().and_then(|digits| digits.parse().ok()));
    // A word says more than a number that only repeats the status.
    fault.code = fault.code.take().or(words.into_iter().chain(numbers).next());
    fault.request_id = fault.request_id.take().or(shape.request_id.0);
    let details = shape.details.and_then(|raw| serde_json::from_str::<Vec<Detail<'_>>>(raw.get()).ok());
    for detail in details.into_iter().flatten() {
        let seconds = detail.retry_delay.as_deref().and_then(|delay| delay.strip_suffix('s')?.parse().ok());
        fault.retry_after = fault.retry_after.or(seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()));
        let mut quotas = detail.violations.iter().flatten().filter_map(|violation| violation.quota_id.as_deref());
        if quotas.any(|quota| quota.contains("PerDay")) {
            // A day's quota is used up, whatever delay stands beside it.
            fault.code = Some("quota_exceeded".to_owned());
        }
    }
}

fn excerpt(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The status that an error would have had, had it come before the reply began: by the number or the word that it has for
/// a code.
pub(super) fn status_of(code: Option<&str>) -> Option<u16> {
    let code = code?.to_ascii_lowercase();
    if let Some(number) = code.parse().ok().filter(|number| (400..600).contains(number)) {
        return Some(number);
    }
    Some(match code.as_str() {
        "invalid_request_error" | "invalid_request" | "invalid_argument" | "failed_precondition" => 400,
        "authentication_error" | "invalid_api_key" | "unauthenticated" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "model_not_found" | "not_found" => 404,
        "request_too_large" => 413,
        "overloaded_error" | "overloaded" => 529,
        "rate_limit_error" | "rate_limit_exceeded" | "resource_exhausted" => 429,
        "insufficient_quota" | "billing_hard_limit_reached" | "quota_exceeded" => 429,
        "api_error" | "server_error" | "internal_error" | "internal_server_error" | "internal" => 500,
        "timeout_error" | "timeout" | "deadline_exceeded" => 504,
        "service_unavailable" | "unavailable" => 503,
        _ => return None,
    })
}

/// Whether the same request may succeed later.
fn mends(status: u16, fault: &ServiceFault) -> bool {
    let code = fault.code.as_deref().unwrap_or_default();
    match status {
        // A rate limit passes; a quota or a budget that is used up does not.
        429 => {
            !matches!(code, "insufficient_quota" | "billing_hard_limit_reached" | "quota_exceeded" | "billing_error")
        }
        408 | 409 => true,
        // The model called a tool in a way that its service could not read: it may do better.
        400 => code == "tool_use_failed",
        501 | 505 => false,
        // Some servers answer a request that they can't read with 500, and always will.
        500 => !matches!(code, "invalid_request_error" | "invalid_request") && !blames_request(&fault.message),
        502..=599 => true,
        _ => false,
    }
}

fn blames_request(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let about = ["tool", "schema", "grammar", "template", "function"].iter().any(|word| message.contains(word));
    let bad = ["parse", "invalid", "unsupported", "not supported", "missing"].iter().any(|w| message.contains(w));
    about && bad
}
