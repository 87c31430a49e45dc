//! The known model families, and what each protocol's dialect is by service and model.

use super::{
    CacheForm, CallIds, Dialect, EffortForm, LimitKey, StrictSize, Structured, Thinking,
    services::{self, COMPATIBLE, DEEPSEEK, GLM, OPENAI, QWEN, is_of},
};

const ANTHROPIC: Dialect = Dialect {
    cache: CacheForm::Control,
    enforces_name: true,
    inner_system: false,
    call_ids: CallIds::Word,
    strict: true,
    ..COMPATIBLE
};

/// Who made a model, as far as it changes what is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// OpenAI's models that reason: the `o` series, which knows no switch for parallel calls, and those since.
    OpenAiReasoning {
        parallel: bool,
    },
    DeepSeek,
    Qwen,
    Glm,
    Other,
}

impl Family {
    fn of(model: &str) -> Self {
        let o_series =
            |digit: u8, rest: &[u8]| digit.is_ascii_digit() && matches!(rest.first(), None | Some(b'-' | b':'));
        match model.as_bytes() {
            [b'o', digit, rest @ ..] if o_series(*digit, rest) => Self::OpenAiReasoning { parallel: false },
            _ if model.starts_with("gpt-5") && !model.contains("chat") => Self::OpenAiReasoning { parallel: true },
            _ if model.starts_with("gpt-oss") => Self::Other,
            _ if model.starts_with("deepseek") => Self::DeepSeek,
            _ if model.starts_with("qwen") || model.starts_with("qwq") => Self::Qwen,
            _ if model.starts_with("glm") => Self::Glm,
            _ => Self::Other,
        }
    }
}

pub(super) fn openai_chat(base_url: &str, model: &str) -> Dialect {
    let host = host(base_url);
    let model = bare(model);
    let family = Family::of(&model);
    let base = match family {
        // The model that always thinks takes sampling without using it: better told than ignored.
        Family::DeepSeek => Dialect { sampling: !model.contains("reasoner"), ..DEEPSEEK },
        Family::Glm => GLM,
        Family::Qwen => QWEN,
        Family::OpenAiReasoning { .. } | Family::Other => COMPATIBLE,
    };
    let service = services::at(&host, port(base_url), base);
    let service = match is_openai(&host) {
        true => Dialect { cache: breakpoints(&model), ..service },
        false => service,
    };
    match family {
        // Wherever it is served, such a model refuses what its maker's service refuses for it.
        Family::OpenAiReasoning { parallel } => Dialect {
            limit_key: LimitKey::MaxCompletionTokens,
            sampling: false,
            stop: false,
            parallel_switch: parallel,
            effort: EffortForm::Key,
            ..service
        },
        _ => service,
    }
}

pub(super) fn openai_responses(base_url: &str, model: &str) -> Dialect {
    let host = host(base_url);
    let model = bare(model);
    let served_by = |domain: &str| is_of(&host, domain);
    let openai = is_openai(&host);
    let strict_size = if is_azure(&host) { StrictSize::Small } else { StrictSize::Large };
    let service = match openai {
        true => Dialect { call_ids: CallIds::Max(64), cache: breakpoints(&model), strict_size, ..OPENAI },
        false => Dialect {
            strict: ["deepseek.com", "chatgpt.com", "githubcopilot.com"].into_iter().any(served_by),
            encrypted_reasoning: served_by("x.ai"),
            text_between_calls: !served_by("deepseek.com"),
            ..COMPATIBLE
        },
    };
    match Family::of(&model) {
        Family::OpenAiReasoning { parallel } => Dialect {
            sampling: false,
            parallel_switch: parallel,
            effort: EffortForm::Key,
            encrypted_reasoning: true,
            ..service
        },
        _ => Dialect { effort: if openai { EffortForm::Unknown } else { EffortForm::Key }, ..service },
    }
}

/// From `gpt-5.6` on, OpenAI's models are told where a prompt that is worth keeping ends.
fn breakpoints(model: &str) -> CacheForm {
    let version = model.strip_prefix("gpt-").unwrap_or_default();
    let number: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let (major, minor) = number.split_once('.').unwrap_or((&number, "0"));
    let newest = (major.parse().unwrap_or(0_u32), minor.parse().unwrap_or(0_u32)) >= (5, 6);
    if newest { CacheForm::Breakpoint } else { CacheForm::None }
}

fn is_azure(host: &str) -> bool {
    services::AZURE.iter().any(|domain| is_of(host, domain))
}

fn is_openai(host: &str) -> bool {
    is_of(host, "openai.com") || is_azure(host)
}

pub(super) fn anthropic(base_url: &str, model: &str) -> Dialect {
    let _ = base_url;
    let model = bare(model);
    let is = |names: &[&str]| names.iter().any(|name| model.contains(name));
    let (default_max_tokens, thinking) = match () {
        () if !model.contains("claude") => (4096, Thinking::Unknown),
        () if is(&["claude-2", "claude-instant", "claude-3-opus", "claude-3-sonnet", "claude-3-haiku"]) => {
            (4096, Thinking::Unknown)
        }
        () if is(&["claude-3-5", "claude-3.5"]) => (8192, Thinking::Unknown),
        () if is(&["claude-3-7", "claude-3.7"]) || is_four(&model) => (16_000, Thinking::Budget),
        () => (16_000, Thinking::Effort),
    };
    let user_first = is(&["claude-2", "claude-instant", "claude-3"]);
    let older = user_first || minor_of_four(&model) == Some(0);
    let structured = if older || !model.contains("claude") { Structured::No } else { Structured::Schema };
    Dialect { default_max_tokens, thinking, user_first, structured, declared_calls: true, ..ANTHROPIC }
}

/// Gemini: what a model knows is told by its generation; of a name that tells none only the least is taken for granted.
pub(super) fn gemini(model: &str) -> Dialect {
    let model = bare(model);
    let version = model.strip_prefix("gemini-").unwrap_or_default();
    let number: String = version.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let (major, minor) = number.split_once('.').unwrap_or((&number, "0"));
    let generation = (major.parse().unwrap_or(0_u32), minor.parse().unwrap_or(0_u32));
    let newest = generation.0 >= 3 || version.ends_with("-latest");
    let thinking = match () {
        () if newest => Thinking::Effort,
        () if generation >= (2, 5) => Thinking::Budget,
        () => Thinking::Unknown,
    };
    let file_urls = newest || generation >= (2, 5);
    // A name that tells no generation is one of today's.
    let json_schema = file_urls || generation == (0, 0);
    let structured_with_tools = newest || generation == (0, 0);
    let gemini = Dialect { enforces_name: true, structured_with_tools, json_schema, ..COMPATIBLE };
    Dialect { thinking, media_results: newest, file_urls, signatures: newest, ..gemini }
}

/// Claude 4 to 4.5, which think by a budget; later ones by an effort.
fn is_four(model: &str) -> bool {
    let Some((_, version)) = model.split_once("-4") else { return model.ends_with("-4") };
    match version.as_bytes() {
        [] | [b'-' | b'.', b'0' | b'1' | b'5'] | [b'-' | b'.', b'0' | b'1' | b'5', b'-' | b':' | b'@', ..] => true,
        // A date stands directly behind the 4.
        [b'-' | b'@', rest @ ..] => rest.len() >= 8 && rest[..8].iter().all(u8::is_ascii_digit),
        [b':', ..] => true,
        _ => false,
    }
}

/// The second number of a Claude 4; a date is none.
fn minor_of_four(model: &str) -> Option<u32> {
    let (_, version) = model.split_once("-4")?;
    let digits: String = version.trim_start_matches(['-', '.']).chars().take_while(char::is_ascii_digit).collect();
    Some(if digits.len() <= 2 { digits.parse().unwrap_or(0) } else { 0 })
}

/// The model's own name, behind the prefixes of gateways and without a choice of variant.
fn bare(model: &str) -> String {
    model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase()
}

/// The host of an address, without scheme, user, port and path.
fn host(base_url: &str) -> String {
    place(base_url).split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn port(base_url: &str) -> Option<&str> {
    place(base_url).split_once(':').map(|(_, port)| port)
}

/// The host of an address, and the port where one is said.
fn place(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}
