//! Which model a program gets that names none.

use std::{collections::HashMap, sync::Arc};

use super::{
    chosen::EnvModel,
    endpoint::Endpoint,
    known::KnownService,
    local::LocalServer,
    served::ServiceModel,
    service::{Auth, Service},
};
use crate::{
    error::{Error, Result},
    model::Model,
    protocol::Protocol,
};

/// The value of `FCALL_MODEL` that asks for the model of last resort.
const OFFLINE: &str = "offline";
/// Whose bases don't say their protocol.
const GOOGLE: &str = "generativelanguage.googleapis.com";

/// The model that the environment names; `fallback` makes the model of last resort.
///
/// In this order: `FCALL_MODEL` (with `FCALL_BASE_URL`, `FCALL_API_KEY`, `FCALL_PROTOCOL`), the first known service whose
/// key is set, a model server on this machine, the fallback. This only reads the environment; local servers are sought
/// at the first request. The fallback answers in debug builds, and with `FCALL_MODEL=offline`.
///
/// # Errors
/// Settings that contradict each other or name something unknown.
pub fn model_from_env(fallback: impl FnOnce() -> Arc<dyn Model>) -> Result<EnvModel> {
    Environment::of_process().choose(fallback)
}

/// What this variable of the process says; nothing where it is not set, or empty.
#[cfg(feature = "testing")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Variables, and what else decides which model a program gets that names none.
///
/// # Examples
/// ```
/// use fcall_runtime::{client::Environment, testing::Script};
/// use std::sync::Arc;
///
/// let environment = Environment::of([("FCALL_MODEL", "groq/llama-3.3-70b-versatile"), ("GROQ_API_KEY", "k")]);
/// let model = environment.choose(|| Arc::new(Script::new()))?;
/// assert_eq!(fcall_runtime::model::Model::id(&model), "groq/llama-3.3-70b-versatile");
/// # Ok::<(), fcall_runtime::Error>(())
/// ```
pub struct Environment {
    read: Box<Read>,
    local: Vec<LocalServer>,
    last_resort: LastResort,
}

/// Looks up a variable.
type Read = dyn Fn(&str) -> Option<String> + Send + Sync;

/// When the model of last resort answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LastResort {
    WhenNothingElse,
    WhenAskedFor,
}

impl Environment {
    /// The variables of this process, the usual local servers, and a last resort as the build says.
    pub fn of_process() -> Self {
        Self {
            read: Box::new(|name| std::env::var(name).ok()),
            local: LocalServer::usual(),
            last_resort: if cfg!(debug_assertions) { LastResort::WhenNothingElse } else { LastResort::WhenAskedFor },
        }
    }

    /// These variables and no others, no local servers, and a last resort as in a debug build.
    pub fn of<N: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self {
            read: Box::new(move |name| variables.get(name).cloned()),
            local: Vec::new(),
            last_resort: LastResort::WhenNothingElse,
        }
    }

    /// With these servers to be sought on this machine, the first that answers first.
    #[must_use]
    pub fn local_servers(mut self, servers: impl IntoIterator<Item = LocalServer>) -> Self {
        self.local = servers.into_iter().collect();
        self
    }

    /// As in a release build: the model of last resort answers only with `FCALL_MODEL=offline`.
    #[must_use]
    pub fn as_in_release(mut self) -> Self {
        self.last_resort = LastResort::WhenAskedFor;
        self
    }

    /// A variable's value; one that is empty is not set.
    fn get(&self, name: &str) -> Option<String> {
        let value = (self.read)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// A known service, with base URL and key as these variables have them.
    pub fn service(&self, known: &KnownService) -> Service {
        let place = known.base_variable.and_then(|variable| self.get(variable));
        let version = known.version_variable.and_then(|variable| self.get(variable));
        let base = match place {
            Some(place) => known.base_at(&place, version.as_deref()),
            None => known.base_url.to_owned(),
        };
        let service = Service::new(known.protocol, base).named(known.name);
        let service = match known.key_header {
            Some(header) => service.auth(Auth::Header(header.to_owned())),
            None => service,
        };
        match known.key_variable {
            Some(variable) => service.key_from(variable, self.key_of(known)),
            None => service,
        }
    }

    /// The model of a known service by its name; see [`model`](super::model).
    ///
    /// # Errors
    /// An unknown service, no model, no key.
    pub fn model(&self, name: &str) -> Result<ServiceModel> {
        let (known, model) = split(name)?;
        self.has_place(known)?;
        checked(self.service(known).model(known.spelled(model)))
    }

    /// Chooses as [`model_from_env`] does.
    ///
    /// # Errors
    /// As there.
    pub fn choose(self, fallback: impl FnOnce() -> Arc<dyn Model>) -> Result<EnvModel> {
        let named = self.get("FCALL_MODEL");
        if named.as_deref() == Some(OFFLINE) {
            return Ok(EnvModel::chosen(fallback(), "FCALL_MODEL is `offline`".to_owned()));
        }
        if let Some(name) = named {
            return Ok(EnvModel::chosen(Arc::new(self.named(&name)?), "FCALL_MODEL names it".to_owned()));
        }
        for lonely in ["FCALL_BASE_URL", "FCALL_API_KEY", "FCALL_PROTOCOL"] {
            if self.get(lonely).is_some() {
                return Err(Error::setup(format!("{lonely} is set, but FCALL_MODEL is not: name the model to ask")));
            }
        }
        for known in KnownService::all() {
            if let (Some(variable), Some(usual)) = (known.key_variable, known.usual_model)
                && self.get(variable).is_some()
            {
                let model = checked(self.service(known).model(known.spelled(usual)))?;
                return Ok(EnvModel::chosen(Arc::new(model), format!("{variable} is set; FCALL_MODEL names another")));
            }
        }
        let last_resort = (self.last_resort == LastResort::WhenNothingElse).then(fallback);
        Ok(EnvModel::sought(self.local, last_resort))
    }

    /// The model that `FCALL_MODEL` names, with the variables that go with it.
    fn named(&self, name: &str) -> Result<ServiceModel> {
        let protocol = self.get("FCALL_PROTOCOL").map(|name| name.parse::<Protocol>()).transpose()?;
        let key = self.get("FCALL_API_KEY");
        let Some(base) = self.get("FCALL_BASE_URL") else {
            let (known, model) = split(name)?;
            // A vendor may have a service for each protocol, all with one key.
            let speaks = |other: &&KnownService| {
                let same = other.name == known.name
                    || known.key_variable.is_some() && known.key_variable == other.key_variable;
                same && protocol.is_none_or(|protocol| protocol == other.protocol)
            };
            let known = std::iter::once(known).chain(KnownService::all()).find(speaks).unwrap_or(known);
            if let Some(protocol) = protocol.filter(|protocol| *protocol != known.protocol) {
                let speaks = known.protocol;
                return Err(Error::setup(format!(
                    "FCALL_PROTOCOL is {protocol}, but {} speaks {speaks}: set FCALL_BASE_URL too",
                    known.name
                )));
            }
            self.has_place(known)?;
            let service = self.service(known);
            let service = if let Some(key) = key { service.key(key) } else { service };
            return checked(service.model(known.spelled(model)));
        };
        let protocol = protocol.unwrap_or_else(|| usual_protocol(&base));
        let mut service = Service::new(protocol, &base);
        if let Some(key) = key.or_else(|| self.key_of_host(protocol, &base)) {
            service = service.key(key);
        }
        checked(service.model(name))
    }

    /// A service where everybody has a place of their own must be told which.
    fn has_place(&self, known: &KnownService) -> Result<()> {
        match known.base_variable.filter(|variable| known.base_url.is_empty() && self.get(variable).is_none()) {
            Some(variable) => Err(Error::setup(format!(
                "{variable} is not set: {} has no base URL that all share; expected one's own, such as \
                 https://my-resource.openai.azure.com",
                known.name
            ))),
            None => Ok(()),
        }
    }

    /// The key of the known service that has this base URL's host.
    fn key_of_host(&self, protocol: Protocol, base: &str) -> Option<String> {
        let host = |base: &str| Endpoint::new(protocol, base).ok().map(|endpoint| endpoint.host());
        let asked = host(base)?;
        let known = KnownService::all().iter().find(|known| host(known.base_url).as_ref() == Some(&asked))?;
        self.key_of(known)
    }

    fn key_of(&self, known: &KnownService) -> Option<String> {
        let variables = [known.key_variable, known.second_key_variable];
        variables.into_iter().flatten().find_map(|variable| self.get(variable))
    }
}

/// The protocol of a base URL of which nothing else is said: gateways have one base for each.
fn usual_protocol(base: &str) -> Protocol {
    match Endpoint::new(Protocol::Anthropic, base) {
        _ if base.trim_end_matches('/').ends_with("/responses") => Protocol::OpenAiResponses,
        Ok(endpoint) if endpoint.shown().contains("anthropic") => Protocol::Anthropic,
        // Google serves the OpenAI format too, under a path of its own.
        Ok(endpoint) if endpoint.host() == GOOGLE && !endpoint.shown().contains("/openai") => Protocol::Gemini,
        _ => Protocol::OpenAiChat,
    }
}

/// `service/model` as the service and what is left.
fn split(name: &str) -> Result<(&'static KnownService, &str)> {
    let (service, model) = name.split_once('/').unwrap_or((name, ""));
    let known = KnownService::named(service)?;
    if model.is_empty() {
        let usual = known.usual_model.unwrap_or("model");
        return Err(Error::setup(format!("`{name}` names no model: expected one such as `{service}/{usual}`")));
    }
    Ok((known, model))
}

fn checked(model: ServiceModel) -> Result<ServiceModel> {
    model.check()?;
    Ok(model)
}
