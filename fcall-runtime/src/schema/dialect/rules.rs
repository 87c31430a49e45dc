//! What the narrow forms take, as data.

use super::{Form, Loss, limits, pattern::Part};

/// What a form that does not take any JSON Schema takes.
pub(super) struct Rules {
    /// References may stand.
    pub(super) references: bool,
    /// References may lead back to where they stand.
    pub(super) recursion: bool,
    /// Whether every property must be listed as required; what may be left out is `null` then.
    pub(super) all_required: bool,
    /// Objects must be closed.
    pub(super) closed: bool,
    /// The values that an `enum` or a `const` lists may be lists and objects.
    pub(super) lists_any: bool,
    /// A value may be anything.
    pub(super) free: bool,
    /// The keywords that are taken as they stand, beyond those that all forms have.
    pub(super) keywords: &'static [&'static str],
    /// The values of `format` that are taken on texts.
    pub(super) formats: &'static [&'static str],
    /// What a `pattern` may not use.
    pub(super) refused_in_patterns: &'static [Part],
    /// The largest `minItems`.
    pub(super) most_min_items: u64,
    /// Checks or rewrites what was made.
    pub(super) finish: fn(serde_json::Value, &mut Vec<Loss>) -> Result<serde_json::Value, super::Illegal>,
}

const OPENAI_STRICT: Rules = Rules {
    references: true,
    recursion: true,
    all_required: true,
    closed: true,
    lists_any: true,
    free: false,
    keywords: &[
        "title",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
    ],
    formats: &["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"],
    refused_in_patterns: &[Part::LookAround],
    most_min_items: u64::MAX,
    finish: limits::openai,
};

const ANTHROPIC_STRICT: Rules = Rules {
    references: true,
    recursion: false,
    all_required: false,
    closed: true,
    lists_any: false,
    free: false,
    keywords: &["title", "default", "minItems"],
    formats: &["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"],
    refused_in_patterns: &[Part::LookAround, Part::BackReference, Part::Boundary],
    most_min_items: 1,
    finish: limits::anthropic,
};

const GEMINI: Rules = Rules {
    references: false,
    recursion: false,
    all_required: false,
    closed: false,
    lists_any: true,
    free: true,
    keywords: &[
        "title",
        "default",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minProperties",
        "maxProperties",
    ],
    formats: &["date-time"],
    refused_in_patterns: &[Part::LookAround],
    most_min_items: u64::MAX,
    finish: super::openapi::write,
};

/// The rules of a form; none where it takes any JSON Schema.
pub(super) fn of(form: Form) -> Option<&'static Rules> {
    match form {
        Form::OpenAi | Form::Anthropic | Form::GeminiJson => None,
        Form::OpenAiStrict => Some(&OPENAI_STRICT),
        Form::AnthropicStrict => Some(&ANTHROPIC_STRICT),
        Form::Gemini => Some(&GEMINI),
    }
}
