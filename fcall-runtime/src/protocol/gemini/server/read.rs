//! Requests as a server reads them; keys may be spelled in either way, `maxOutputTokens` or `max_output_tokens`.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use super::{
    super::{
        super::{
            Incoming,
            decoder::parse,
            text::{Members, Str},
        },
        NAME,
        request::GENERATION,
    },
    declared, said,
    spelling::camel,
};
use crate::{
    error::{Error, Result},
    message::{Message, RequestOptions, ResponseFormat, ResponseSchema, Role, ToolChoice, ToolSpec, ToolSpecs},
};

pub(in super::super::super) fn read_request(body: &[u8]) -> Result<Incoming> {
    let text = str::from_utf8(body).map_err(|e| Error::decode(NAME, "not UTF-8").with_source(e))?;
    let members: Members<'_> = parse(NAME, text)?;
    let mut incoming = Incoming::default();
    let (mut system, mut strict) = (Vec::new(), false);
    let (mut specs, mut others) = (Vec::new(), Vec::new());
    for (key, value) in &members.0 {
        let json = value.get();
        let options = &mut incoming.options;
        match &*camel(key) {
            _ if json == "null" => {}
            "model" => incoming.model = parse::<Str<'_>>(NAME, json)?.trim_start_matches("models/").to_owned(),
            "systemInstruction" => system = said::instructions(value)?,
            "contents" => incoming.messages = said::messages(value)?,
            "tools" => {
                (specs, others) = declared::tools(value)?;
            }
            "toolConfig" => {
                let config: ToolConfig<'_> = parse(NAME, json)?;
                strict = config.calling.is_some_and(|calling| is_mode(calling, "VALIDATED"));
                if config.more {
                    options.extra.insert("toolConfig".to_owned(), parse(NAME, json)?);
                }
                incoming.tool_choice = config.read()?;
            }
            GENERATION => incoming.format = generation(value, options)?,
            other => {
                options.extra.insert(other.to_owned(), parse(NAME, json)?);
            }
        }
    }
    if strict {
        specs.iter_mut().for_each(|spec: &mut ToolSpec| spec.strict = true);
    }
    incoming.tools = ToolSpecs::new(specs).with_hosted(others);
    if !system.is_empty() {
        incoming.messages.insert(0, Message::new(Role::System, system));
    }
    Ok(incoming)
}

/// Reads the options, and returns the form of the answer.
fn generation(raw: &RawValue, options: &mut RequestOptions) -> Result<Option<ResponseFormat>> {
    let members: Members<'_> = parse(NAME, raw.get())?;
    let mut others = Map::new();
    for (key, value) in &members.0 {
        let json = value.get();
        let key = camel(key);
        match key.as_str() {
            _ if json == "null" => {}
            "maxOutputTokens" => options.max_tokens = Some(parse(NAME, json)?),
            "temperature" => options.temperature = Some(parse(NAME, json)?),
            "topP" => options.top_p = Some(parse(NAME, json)?),
            "stopSequences" => options.stop = parse(NAME, json)?,
            "seed" => match parse::<i64>(NAME, json)?.try_into() {
                Ok(seed) => options.seed = Some(seed),
                Err(_) => drop(others.insert(key, parse(NAME, json)?)),
            },
            _ => drop(others.insert(key, parse(NAME, json)?)),
        }
    }
    let format = form(&mut others);
    if !others.is_empty() {
        options.extra.insert(GENERATION.to_owned(), Value::Object(others));
    }
    Ok(format)
}

/// Takes the form of the answer out of the options.
fn form(options: &mut Map<String, Value>) -> Option<ResponseFormat> {
    if options.get("responseMimeType")? != "application/json" {
        return None;
    }
    options.shift_remove("responseMimeType");
    let (json, older) = (options.shift_remove("responseJsonSchema"), options.shift_remove("responseSchema"));
    let schema = json.or(older.map(declared::plain));
    Some(match schema {
        Some(schema) => ResponseSchema::new("", schema.to_string()).into(),
        None => ResponseFormat::Json,
    })
}

/// Whether and what the model may call.
#[derive(Default)]
struct ToolConfig<'a> {
    calling: Option<&'a RawValue>,
    /// It says more than that.
    more: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for ToolConfig<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let mut config = Self::default();
        for (key, value) in Members::deserialize(deserializer)?.0 {
            match &*camel(&key) {
                "functionCallingConfig" => config.calling = Some(value),
                _ => config.more = true,
            }
        }
        Ok(config)
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Calling {
    mode: String,
    #[serde(alias = "allowed_function_names")]
    allowed_function_names: Option<Vec<String>>,
}

fn is_mode(raw: &RawValue, mode: &str) -> bool {
    serde_json::from_str::<Calling>(raw.get()).is_ok_and(|calling| calling.mode.eq_ignore_ascii_case(mode))
}

impl ToolConfig<'_> {
    fn read(self) -> Result<ToolChoice> {
        let Some(raw) = self.calling else { return Ok(ToolChoice::Auto) };
        let calling: Calling = parse(NAME, raw.get())?;
        let mut names = calling.allowed_function_names.unwrap_or_default();
        match calling.mode.to_ascii_uppercase().as_str() {
            "AUTO" | "VALIDATED" if !names.is_empty() => Ok(ToolChoice::AutoOf(names)),
            "" | "AUTO" | "VALIDATED" | "MODE_UNSPECIFIED" => Ok(ToolChoice::Auto),
            "NONE" => Ok(ToolChoice::None),
            "ANY" if names.is_empty() => Ok(ToolChoice::Required),
            "ANY" if names.len() == 1 => Ok(ToolChoice::Tool(names.remove(0))),
            "ANY" => Ok(ToolChoice::AnyOf(names)),
            mode => {
                let detail = format!("the function calling mode `{mode}`: expected AUTO, ANY, NONE or VALIDATED");
                Err(Error::decode(NAME, detail))
            }
        }
    }
}
