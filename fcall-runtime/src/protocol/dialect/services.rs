//! The services of Chat Completions, by the domain that they answer at, and what sets each apart.

use super::{CacheForm, CallIds, Dialect, EffortForm, LimitKey, ReasoningReplay, StrictSize, Structured, Thinking};

/// A compatible server that nothing is known of: only what all of them know.
pub(super) const COMPATIBLE: Dialect = Dialect {
    limit_key: LimitKey::MaxTokens,
    sampling: true,
    stop: true,
    seed: true,
    parallel_switch: true,
    parallel_on_request: false,
    stream_options: true,
    required: "required",
    enforces_name: false,
    allowed_tools: false,
    null_content: true,
    inner_system: true,
    text_between_calls: true,
    refusal: false,
    empty_results: false,
    broken_arguments: false,
    reasoning: ReasoningReplay::AsReceived,
    effort: EffortForm::Unknown,
    call_ids: CallIds::Max(64),
    strict: false,
    strict_if_lossless: false,
    strict_size: StrictSize::Large,
    cache: CacheForm::None,
    structured: Structured::Schema,
    structured_with_tools: true,
    json_schema: true,
    encrypted_reasoning: false,
    anthropic_version: "2023-06-01",
    default_max_tokens: 4096,
    user_first: false,
    thinking: Thinking::Unknown,
    declared_calls: false,
    media_results: false,
    file_urls: false,
    signatures: false,
};

pub(super) const OPENAI: Dialect = Dialect {
    limit_key: LimitKey::MaxCompletionTokens,
    enforces_name: true,
    allowed_tools: true,
    refusal: true,
    empty_results: true,
    broken_arguments: true,
    reasoning: ReasoningReplay::Never,
    call_ids: CallIds::Max(40),
    strict: true,
    strict_if_lossless: true,
    ..COMPATIBLE
};

const MISTRAL: Dialect = Dialect {
    required: "any",
    seed: false,
    stream_options: false,
    null_content: false,
    reasoning: ReasoningReplay::Never,
    call_ids: CallIds::Nine,
    ..COMPATIBLE
};

/// DeepSeek's own models, wherever they are served.
pub(super) const DEEPSEEK: Dialect = Dialect { seed: false, parallel_switch: false, reasoning: THOUGHTS, ..COMPATIBLE };

/// The GLM models, wherever they are served.
pub(super) const GLM: Dialect = Dialect { seed: false, parallel_switch: false, reasoning: THOUGHTS, ..COMPATIBLE };

/// The Qwen models, wherever they are served.
pub(super) const QWEN: Dialect = Dialect { null_content: false, ..COMPATIBLE };

const THOUGHTS: ReasoningReplay = ReasoningReplay::Always("reasoning_content");

/// Where Azure serves OpenAI's models.
pub(super) const AZURE: &[&str] = &["openai.azure.com", "cognitiveservices.azure.com"];

/// Where llama.cpp's server is unless it is told otherwise.
const LLAMA_CPP: &[&str] = &["127.0.0.1:8080", "localhost:8080"];

/// What a service makes of the dialect of a model's family.
type Change = fn(Dialect) -> Dialect;

/// Services that differ from what all compatible servers know; the others (Together, Fireworks, xAI, the other local
/// servers) do not, as far as known.
const SERVICES: &[(&[&str], Change)] = &[
    (&["openai.com"], |_| OPENAI),
    (AZURE, |_| Dialect { strict_size: StrictSize::Small, ..OPENAI }),
    (&["mistral.ai"], |_| MISTRAL),
    (&["deepseek.com"], |family| Dialect {
        structured: Structured::Json,
        strict: true,
        sampling: family.sampling,
        ..DEEPSEEK
    }),
    (&["googleapis.com"], |_| Dialect { seed: false, parallel_switch: false, effort: EffortForm::Key, ..COMPATIBLE }),
    (&["z.ai", "bigmodel.cn"], |_| Dialect { structured: Structured::Json, ..GLM }),
    (&["aliyuncs.com"], |family| Dialect { structured: Structured::Json, ..family }),
    (&["moonshot.ai", "moonshot.cn"], |family| Dialect { structured: Structured::Json, ..family }),
    (&["openrouter.ai"], |family| Dialect { cache: CacheForm::Control, strict: true, ..family }),
    (&["groq.com"], |family| Dialect { limit_key: LimitKey::MaxCompletionTokens, ..family }),
    (LLAMA_CPP, |family| Dialect { parallel_on_request: true, ..family }),
    (&["cerebras.ai"], |family| Dialect { limit_key: LimitKey::MaxCompletionTokens, strict: true, ..family }),
];

/// The dialect of a model's family as the service at this host, with this port if one is said, has it.
pub(super) fn at(host: &str, port: Option<&str>, family: Dialect) -> Dialect {
    let place = port.map(|port| format!("{host}:{port}"));
    let is_at = |domain: &&str| is_of(host, domain) || place.as_deref() == Some(*domain);
    let here = |(domains, _): &&(&[&str], Change)| domains.iter().any(is_at);
    SERVICES.iter().find(here).map_or(family.clone(), |(_, change)| change(family))
}

/// The host is of this domain.
pub(super) fn is_of(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
