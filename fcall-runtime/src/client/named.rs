//! Services and models by their names, with keys and places from the process's environment.

use super::{
    environment::Environment,
    known::{ANTHROPIC, GEMINI, KnownService, OPENAI, OPENAI_RESPONSES},
    served::ServiceModel,
    service::Service,
};
use crate::error::Result;

impl Service {
    /// OpenAI, with the key in `OPENAI_API_KEY`.
    pub fn openai() -> Self {
        OPENAI.service()
    }

    /// OpenAI by its Responses protocol, with the key in `OPENAI_API_KEY`.
    pub fn openai_responses() -> Self {
        OPENAI_RESPONSES.service()
    }

    /// Anthropic, with the key in `ANTHROPIC_API_KEY`.
    pub fn anthropic() -> Self {
        ANTHROPIC.service()
    }

    /// Gemini, with the key in `GEMINI_API_KEY` or `GOOGLE_API_KEY`.
    pub fn gemini() -> Self {
        GEMINI.service()
    }
}

impl KnownService {
    /// The service, with base URL and key from its usual variables.
    pub fn service(&self) -> Service {
        Environment::of_process().service(self)
    }
}

/// The model with this name: a known service, a slash, and what the service calls the model.
///
/// The key comes from the service's usual variable, and `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` and
/// `GOOGLE_GEMINI_BASE_URL` are heeded. A gateway's
/// models have a slash of their own: `openrouter/openai/gpt-4o`. See [`KnownService::all`] for the names.
///
/// # Errors
/// An unknown service (the error lists the known ones), no model, no key.
///
/// # Examples
/// ```
/// let error = fcall_runtime::client::model("no-such-service/model").unwrap_err();
/// assert!(error.to_string().contains("anthropic"));
/// ```
pub fn model(name: &str) -> Result<ServiceModel> {
    Environment::of_process().model(name)
}
