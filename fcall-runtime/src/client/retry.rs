//! Whether, when and how often a request is repeated.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::HeaderMap;

use crate::{error::Error, fallback::OnBegun};

/// How requests that failed are repeated.
///
/// Only what may succeed later is repeated ([`Error::is_retryable`]), and only while nothing that can be read has been
/// handed out of the reply, unless [`on_begun`](Self::on_begun) says otherwise; what was handed out is taken back by
/// [`Delta::Restart`](crate::message::Delta::Restart). Where the service says how long to wait, that is how long; else the waits double from `first` to `longest`, each
/// shortened by up to a half at random, so that clients which failed together don't come back together.
///
/// # Examples
/// ```
/// use fcall_runtime::client::Retry;
/// use std::time::Duration;
///
/// let patient = Retry::default().times(5).longest(Duration::from_secs(30));
/// let never = Retry::never();
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    times: usize,
    first: Duration,
    longest: Duration,
    longest_asked: Duration,
    pub(super) on_begun: OnBegun,
}

impl Default for Retry {
    /// Twice, after 0.5 s doubling to 8 s, or after what the service asks for, up to 120 s; not once text was handed out.
    fn default() -> Self {
        Self {
            times: 2,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
            longest_asked: Duration::from_secs(120),
            on_begun: OnBegun::Stop,
        }
    }
}

impl Retry {
    /// No request is repeated.
    pub fn never() -> Self {
        Self { times: 0, ..Self::default() }
    }

    /// Repeated this often, after the first try.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The wait before the first repetition.
    #[must_use]
    pub fn first(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// The longest wait of our own choosing.
    #[must_use]
    pub fn longest(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// The longest wait that a service may ask for. One that asks for more is not waited for: its error is the answer.
    #[must_use]
    pub fn longest_asked(mut self, wait: Duration) -> Self {
        self.longest_asked = wait;
        self
    }

    /// What to do when a stream breaks off of which text or thinking was handed out. By default that is an error: who
    /// shows text as it comes has shown it.
    ///
    /// Calls alone are no such text: nobody reads them, and a call that was carried out meanwhile is not carried out again.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{client::{Retry, Service}, fallback::OnBegun};
    ///
    /// let model = Service::openai().retry(Retry::default().on_begun(OnBegun::Restart)).model("gpt-4o");
    /// ```
    #[must_use]
    pub fn on_begun(mut self, then: OnBegun) -> Self {
        self.on_begun = then;
        self
    }

    pub(super) fn begin(self) -> Waits {
        // Half of each wait is certain; the jitter adds up to as much again.
        let own = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.first.min(self.longest) / 2)
            .with_max_delay(self.longest / 2)
            .with_max_times(self.times)
            .build();
        Waits { own, longest_asked: self.longest_asked }
    }
}

/// The waits of one request.
pub(super) struct Waits {
    own: <ExponentialBuilder as BackoffBuilder>::Backoff,
    longest_asked: Duration,
}

impl Waits {
    /// How long to wait before the request that ended in this error is sent again; none where it must not be.
    pub(super) fn after(&mut self, error: &Error) -> Option<Duration> {
        if !error.is_retryable() {
            return None;
        }
        let own = self.own.next()?;
        match error.retry_after() {
            Some(asked) if asked > self.longest_asked => None,
            Some(asked) => Some(asked),
            None => Some(own),
        }
    }
}

/// What the headers of an answer say about repeating the request.
pub(super) struct Advice {
    pub(super) should: Option<bool>,
    pub(super) after: Option<Duration>,
}

impl Advice {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let should = match text("x-should-retry") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let after = text("retry-after-ms")
            .and_then(|ms| seconds(ms, 1e-3))
            .or_else(|| text("retry-after").and_then(|after| seconds(after, 1.0).or_else(|| until(after))))
            // No time at all is no advice.
            .filter(|after| !after.is_zero());
        Self { should, after }
    }
}

/// A number of `unit` seconds, fractions allowed.
fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(number * unit).ok()
}

/// The time that is left until an HTTP date; none at all where it has passed.
fn until(date: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(date).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}
