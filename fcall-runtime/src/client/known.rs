//! Services that are known by name, as data.

use super::endpoint::MODEL;
use crate::{
    error::{Error, Result},
    protocol::Protocol,
};

/// A service that is known by name: where it is, what it speaks, and where its key usually stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownService {
    /// What stands before the slash in `anthropic/claude-sonnet-4.5`.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// Where it is; empty where everybody has a place of their own there, which `base_variable` names.
    pub base_url: &'static str,
    /// The environment variable that its key usually stands in; none where it asks for no key.
    pub key_variable: Option<&'static str>,
    /// Another one, that is looked at where the first is not set; a key there alone never chooses the service.
    pub second_key_variable: Option<&'static str>,
    /// The environment variable that names another base URL, where the vendor's own clients have one.
    pub base_variable: Option<&'static str>,
    /// The header that the key goes in alone, where the protocol has another.
    pub key_header: Option<&'static str>,
    /// The environment variable that names a dated version: the model is part of the address then (Azure).
    pub version_variable: Option<&'static str>,
    /// The model that is asked where a key is all that is known; none for servers that serve what one gave them.
    pub usual_model: Option<&'static str>,
}

const fn service(name: &'static str, base_url: &'static str, key: &'static str, model: &'static str) -> KnownService {
    KnownService {
        name,
        protocol: Protocol::OpenAiChat,
        base_url,
        key_variable: Some(key),
        second_key_variable: None,
        base_variable: None,
        key_header: None,
        version_variable: None,
        usual_model: Some(model),
    }
}

const fn local(name: &'static str, base_url: &'static str) -> KnownService {
    KnownService { key_variable: None, usual_model: None, ..service(name, base_url, "", "") }
}

pub(super) const OPENAI: KnownService = KnownService {
    base_variable: Some("OPENAI_BASE_URL"),
    ..service("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o")
};

pub(super) const OPENAI_RESPONSES: KnownService = KnownService {
    name: "openai-responses",
    protocol: Protocol::OpenAiResponses,
    usual_model: Some("gpt-5"),
    ..OPENAI
};

pub(super) const ANTHROPIC: KnownService = KnownService {
    protocol: Protocol::Anthropic,
    base_variable: Some("ANTHROPIC_BASE_URL"),
    ..service("anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "claude-sonnet-4-5")
};

pub(super) const GEMINI: KnownService = KnownService {
    protocol: Protocol::Gemini,
    second_key_variable: Some("GOOGLE_API_KEY"),
    base_variable: Some("GOOGLE_GEMINI_BASE_URL"),
    ..service("gemini", "https://generativelanguage.googleapis.com", "GEMINI_API_KEY", "gemini-2.5-flash")
};

/// Everybody's own resource, with the models that were deployed there.
const AZURE: KnownService = KnownService {
    base_variable: Some("AZURE_OPENAI_ENDPOINT"),
    key_header: Some("api-key"),
    version_variable: Some("OPENAI_API_VERSION"),
    usual_model: None,
    ..service("azure", "", "AZURE_OPENAI_API_KEY", "")
};

/// Alibaba's, outside of China; inside, the base is `https://dashscope.aliyuncs.com/compatible-mode/v1`.
const QWEN: KnownService = KnownService {
    base_variable: Some("DASHSCOPE_BASE_URL"),
    ..service("qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", "qwen-plus")
};

const GLM: KnownService = KnownService {
    second_key_variable: Some("ZHIPUAI_API_KEY"),
    ..service("glm", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", "glm-4.6")
};

/// In the order in which a key in the environment is looked for.
const KNOWN: &[KnownService] = &[
    OPENAI,
    OPENAI_RESPONSES,
    ANTHROPIC,
    GEMINI,
    service("ofox", "https://api.ofox.ai/v1", "OFOXAI_API_KEY", "openai/gpt-4o"),
    KnownService {
        protocol: Protocol::Anthropic,
        ..service("ofox-anthropic", "https://api.ofox.ai/anthropic", "OFOXAI_API_KEY", "anthropic/claude-sonnet-4.5")
    },
    service("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai/gpt-4o"),
    service("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "llama-3.3-70b-versatile"),
    service("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY", "deepseek-chat"),
    service("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral-large-latest"),
    QWEN,
    GLM,
    service("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", "kimi-k2-0905-preview"),
    service("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "gpt-oss-120b"),
    service("xai", "https://api.x.ai/v1", "XAI_API_KEY", "grok-4"),
    service("together", "https://api.together.xyz/v1", "TOGETHER_API_KEY", "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    service(
        "fireworks",
        "https://api.fireworks.ai/inference/v1",
        "FIREWORKS_API_KEY",
        "accounts/fireworks/models/llama-v3p3-70b-instruct",
    ),
    AZURE,
    local("ollama", "http://127.0.0.1:11434/v1"),
    local("llama.cpp", "http://127.0.0.1:8080/v1"),
    local("lm-studio", "http://127.0.0.1:1234/v1"),
    local("vllm", "http://127.0.0.1:8000/v1"),
];

impl KnownService {
    /// All of them, in the order in which a key in the environment is looked for.
    pub fn all() -> &'static [Self] {
        KNOWN
    }

    /// The one with this name.
    ///
    /// # Errors
    /// An unknown name: the error lists the known ones.
    pub fn named(name: &str) -> Result<&'static Self> {
        KNOWN.iter().find(|known| known.name == name).ok_or_else(|| {
            let names: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
            let names = names.join(", ");
            Error::setup(format!(
                "no service is known as `{name}`: the known ones are {names}; others are made with Service::new"
            ))
        })
    }

    /// The base URL of somebody's own place at a service: what stands in `base_variable`.
    ///
    /// A place without a path is Azure's: its newest interface is under `/openai/v1`; with a dated version each model
    /// has an address of its own.
    pub(super) fn base_at(&self, place: &str, version: Option<&str>) -> String {
        let host_alone = place.split_once("://").is_some_and(|(_, rest)| !rest.trim_end_matches('/').contains('/'));
        let place = place.trim_end_matches('/');
        match version {
            _ if self.version_variable.is_none() => place.to_owned(),
            Some(version) if host_alone => format!("{place}/openai/deployments/{MODEL}?api-version={version}"),
            None if host_alone => format!("{place}/openai/v1"),
            _ => place.to_owned(),
        }
    }

    /// The name that the service itself has for a model that people call `model`.
    ///
    /// Anthropic's own names have dashes where gateways write points: `claude-sonnet-4.5` is `claude-sonnet-4-5`.
    pub(super) fn spelled(&self, model: &str) -> String {
        if self.name == ANTHROPIC.name && model.starts_with("claude-") {
            model.replace('.', "-")
        } else {
            model.to_owned()
        }
    }
}
