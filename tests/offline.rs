//! The offline planner: which calls it makes of a question, and what it says.

use std::{collections::BTreeMap, env, fs};

use fcall::{
    message::{
        Assembler, Content, FinishReason, Message, Request, RequestOptions, Response, ToolCall, ToolChoice, ToolResult,
        ToolSpec, ToolSpecs,
    },
    model::Model,
    offline::Planner,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn tool(name: &str, description: &str, schema: &Value) -> ToolSpec {
    ToolSpec::new(name, description, schema.to_string())
}

fn weather() -> ToolSpec {
    tool(
        "get_weather",
        "Get real-time weather information for a given city",
        &json!({"type": "object", "properties": {
            "city": {"type": "string", "description": "City name, e.g. New York, London"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "description": "Temperature unit"}
        }, "required": ["city"], "additionalProperties": false}),
    )
}

#[derive(Clone, Copy)]
struct Ask<'a> {
    choice: &'a ToolChoice,
    stream: bool,
    serial: bool,
}

const AUTO: Ask<'static> = Ask { choice: &ToolChoice::Auto, stream: false, serial: false };

fn converse(messages: &[Message], tools: &ToolSpecs, ask: Ask<'_>) -> Response {
    let mut options = RequestOptions::default();
    options.parallel_calls = ask.serial.then_some(false);
    let request = Request::new(messages, tools, &options).tool_choice(ask.choice).stream(ask.stream);
    let mut reply = Assembler::new(1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(Planner::new().reply(&request, &mut reply)).expect("the planner answers everything");
    reply.finish()
}

/// The calls of a reply, each checked against the schema it was made for.
#[track_caller]
fn calls(response: &Response, tools: &ToolSpecs) -> Vec<(String, Value)> {
    let each = response.message.tool_calls().map(|call| {
        let spec = tools.as_slice().iter().find(|spec| spec.name == call.name).expect("a tool that was offered");
        let arguments: Value = serde_json::from_str(&call.arguments).expect("JSON");
        valid(spec, &arguments);
        (call.name.clone(), arguments)
    });
    each.collect()
}

#[track_caller]
fn valid(spec: &ToolSpec, arguments: &Value) {
    let schema: Value = serde_json::from_str(&spec.schema).expect("a schema");
    let validator =
        jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema that can be compiled");
    if let Err(error) = validator.validate(arguments) {
        panic!("{}: {arguments} is not valid: {error}", spec.name);
    }
}

#[track_caller]
fn asks(tools: &[ToolSpec], question: &str, expected: &[(&str, Value)]) {
    let tools = ToolSpecs::new(tools.to_vec());
    let response = converse(&[Message::user(question)], &tools, AUTO);
    let made = calls(&response, &tools);
    let expected: Vec<(String, Value)> =
        expected.iter().map(|(name, arguments)| ((*name).to_owned(), arguments.clone())).collect();
    assert_eq!(made, expected, "{question:?}; it said: {}", response.message.text());
}

#[track_caller]
fn weather_of(question: &str, arguments: Value) {
    asks(&[weather()], question, &[("get_weather", arguments)]);
}

#[test]
fn the_weather_question_of_the_design() {
    weather_of("What's the weather like in San Francisco today?", json!({"city": "San Francisco"}));
}

#[test]
fn weather_in_other_words() {
    weather_of("Is it cold in Reykjavík, in fahrenheit?", json!({"city": "Reykjavík", "unit": "fahrenheit"}));
    weather_of("temperature for Tokyo please", json!({"city": "Tokyo"}));
    weather_of("how hot will it be in New York, NY?", json!({"city": "New York, NY"}));
    weather_of("Wie ist das Wetter in Köln?", json!({"city": "Köln"}));
    weather_of(
        "What is the weather in Rio de Janeiro in Celsius?",
        json!({"city": "Rio de Janeiro", "unit": "celsius"}),
    );
    weather_of("weather in paris", json!({"city": "paris"}));
    weather_of("Paris weather, please, in °F", json!({"city": "Paris", "unit": "fahrenheit"}));
    weather_of("Will it rain in Oslo tomorrow?", json!({"city": "Oslo"}));
    weather_of("Give me London's weather", json!({"city": "London"}));
    weather_of("Do I need an umbrella in \"Sankt Peter-Ording\"?", json!({"city": "Sankt Peter-Ording"}));
    weather_of("WHAT IS THE WEATHER IN BERLIN", json!({"city": "BERLIN"}));
}

#[test]
fn one_call_for_each_city() {
    let paris_and = |city: &str| [("get_weather", json!({"city": "Paris"})), ("get_weather", json!({"city": city}))];
    asks(&[weather()], "What's the weather in Paris and London?", &paris_and("London"));
    asks(&[weather()], "weather in Paris and in London", &paris_and("London"));
    asks(
        &[weather()],
        "Compare the weather of Paris, London and Rome",
        &[
            ("get_weather", json!({"city": "Paris"})),
            ("get_weather", json!({"city": "London"})),
            ("get_weather", json!({"city": "Rome"})),
        ],
    );
    asks(
        &[weather()],
        "The weather in Paris in celsius and the weather in Miami in fahrenheit",
        &[
            ("get_weather", json!({"city": "Paris", "unit": "celsius"})),
            ("get_weather", json!({"city": "Miami", "unit": "fahrenheit"})),
        ],
    );
}

fn travel() -> Vec<ToolSpec> {
    vec![
        weather(),
        tool(
            "book_flight",
            "Book a flight between two cities",
            &json!({"type": "object", "properties": {
            "origin": {"type": "string", "description": "Where the flight leaves"},
            "destination": {"type": "string", "description": "Where it lands"},
            "date": {"type": "string", "description": "The day of the flight"},
            "passengers": {"type": "integer", "minimum": 1, "description": "How many people fly"},
            "cabin": {"type": "string", "enum": ["economy", "premium economy", "business", "first"]}
        }, "required": ["origin", "destination"]}),
        ),
        tool(
            "find_hotels",
            "Search hotels in a city",
            &json!({"type": "object", "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer", "minimum": 1},
            "stars": {"type": "integer", "minimum": 1, "maximum": 5},
            "breakfast": {"type": "boolean", "description": "Breakfast included"}
        }, "required": ["city"]}),
        ),
        tool(
            "rent_car",
            "Rent a car at a place for a number of days",
            &json!({"type": "object", "properties": {
            "location": {"type": "string"},
            "days": {"type": "integer"},
            "features": {"type": "array", "items": {"type": "string", "enum": ["gps", "child seat", "ski rack"]}}
        }, "required": ["location", "days"]}),
        ),
    ]
}

#[test]
fn travel_questions() {
    let tools = travel();
    asks(
        &tools,
        "Book a flight from Berlin to Lisbon on 2025-03-04 for 2 passengers in business",
        &[(
            "book_flight",
            json!({"origin": "Berlin", "destination": "Lisbon", "date": "2025-03-04", "passengers": 2, "cabin": "business"}),
        )],
    );
    asks(
        &tools,
        "Find a hotel in Porto for three nights with breakfast",
        &[("find_hotels", json!({"city": "Porto", "nights": 3, "breakfast": true}))],
    );
    asks(
        &tools,
        "I want to rent a car in Faro for 5 days with GPS and a child seat",
        &[("rent_car", json!({"location": "Faro", "days": 5, "features": ["gps", "child seat"]}))],
    );
    asks(
        &tools,
        "What's the weather in Paris and book a flight from Rome to Oslo",
        &[("get_weather", json!({"city": "Paris"})), ("book_flight", json!({"origin": "Rome", "destination": "Oslo"}))],
    );
}

fn finance() -> Vec<ToolSpec> {
    vec![
        tool(
            "stock_price",
            "Current price of a stock",
            &json!({"type": "object", "properties": {
            "symbol": {"type": "string", "description": "Ticker symbol, e.g. AAPL"}
        }, "required": ["symbol"]}),
        ),
        tool(
            "convert_currency",
            "Convert an amount of money from one currency to another",
            &json!({"type": "object", "properties": {
            "amount": {"type": "number"},
            "from_currency": {"type": "string", "enum": ["USD", "EUR", "GBP", "JPY"]},
            "to_currency": {"type": "string", "enum": ["USD", "EUR", "GBP", "JPY"]}
        }, "required": ["amount", "from_currency", "to_currency"]}),
        ),
        tool(
            "mortgage_payment",
            "Monthly payment of a mortgage",
            &json!({"type": "object", "properties": {
            "loan_amount": {"type": "number", "description": "The sum that is lent"},
            "interest_rate": {"type": "number", "description": "Yearly interest rate, as a share", "maximum": 1},
            "years": {"type": "integer", "description": "How long the mortgage runs"}
        }, "required": ["loan_amount", "interest_rate", "years"]}),
        ),
        tool(
            "transfer",
            "Send money to a person",
            &json!({"type": "object", "properties": {
            "amount": {"type": "number", "exclusiveMinimum": 0},
            "recipient": {"type": "string"},
            "note": {"type": "string"}
        }, "required": ["amount", "recipient"]}),
        ),
    ]
}

#[test]
fn finance_questions() {
    let tools = finance();
    asks(&tools, "What is the stock price of NVDA?", &[("stock_price", json!({"symbol": "NVDA"}))]);
    asks(
        &tools,
        "Convert 250 USD to EUR",
        &[("convert_currency", json!({"amount": 250, "from_currency": "USD", "to_currency": "EUR"}))],
    );
    asks(
        &tools,
        "What would I pay monthly for a mortgage of $300,000 at 4.5% interest over 30 years?",
        &[("mortgage_payment", json!({"loan_amount": 300_000, "interest_rate": 0.045, "years": 30}))],
    );
    asks(
        &tools,
        "Send $12.50 to Maria Lopez with the note \"lunch on Friday\"",
        &[("transfer", json!({"amount": 12.5, "recipient": "Maria Lopez", "note": "lunch on Friday"}))],
    );
}

fn home() -> Vec<ToolSpec> {
    let rooms = json!(["kitchen", "living room", "bedroom", "garage"]);
    vec![
        tool(
            "set_light",
            "Switch the light of a room on or off",
            &json!({"type": "object", "properties": {
            "room": {"type": "string", "enum": rooms},
            "on": {"type": "boolean", "description": "Whether the light is on"},
            "brightness": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Brightness in percent"}
        }, "required": ["room", "on"]}),
        ),
        tool(
            "set_thermostat",
            "Set the target temperature of the heating",
            &json!({"type": "object", "properties": {
            "room": {"type": "string", "enum": rooms},
            "temperature": {"type": "number", "minimum": 5, "maximum": 30}
        }, "required": ["temperature"]}),
        ),
        tool(
            "play_music",
            "Play music on a speaker",
            &json!({"type": "object", "properties": {
            "artist": {"type": "string"},
            "speaker": {"type": "object", "properties": {
                "room": {"type": "string", "enum": rooms},
                "volume": {"type": "integer", "minimum": 0, "maximum": 10}
            }, "required": ["room"]}
        }, "required": ["artist", "speaker"]}),
        ),
        tool(
            "add_reminder",
            "Create a reminder",
            &json!({"type": "object", "properties": {
            "task": {"type": "string", "description": "What to be reminded of"},
            "time": {"type": "string", "description": "When"}
        }, "required": ["task"]}),
        ),
    ]
}

#[test]
fn home_questions() {
    let tools = home();
    asks(
        &tools,
        "Turn off the lights in the kitchen and the bedroom",
        &[
            ("set_light", json!({"room": "kitchen", "on": false})),
            ("set_light", json!({"room": "bedroom", "on": false})),
        ],
    );
    asks(
        &tools,
        "Set the heating in the living room to 21.5 degrees",
        &[("set_thermostat", json!({"room": "living room", "temperature": 21.5}))],
    );
    asks(
        &tools,
        "Play some music by Nina Simone in the garage at volume 4",
        &[("play_music", json!({"artist": "Nina Simone", "speaker": {"room": "garage", "volume": 4}}))],
    );
    asks(
        &tools,
        "Remind me to water the plants at 18:30",
        &[("add_reminder", json!({"task": "water the plants", "time": "18:30"}))],
    );
}

#[test]
fn what_no_tool_fits_is_said() {
    let tools = ToolSpecs::new(vec![weather()]);
    for question in ["What's the capital of France?", "Tell me a joke", "", "Who wrote Faust?", "¿?", "2 + 2"] {
        let response = converse(&[Message::user(question)], &tools, AUTO);
        assert_eq!(calls(&response, &tools), [], "{question:?}");
        assert_eq!(response.finish, Some(FinishReason::Stop));
        let text = response.message.text();
        assert!(text.contains("not a language model") && text.contains("get_weather"), "{text}");
    }
}

#[test]
fn what_is_missing_is_asked_for_and_taken() {
    let tools = ToolSpecs::new(vec![weather()]);
    let mut messages = vec![Message::user("What's the weather like?")];
    let response = converse(&messages, &tools, AUTO);
    let text = response.message.text();
    assert!(text.contains("get_weather") && text.contains("city"), "{text}");
    messages.push(response.message);
    messages.push(Message::user("Paris"));
    let response = converse(&messages, &tools, AUTO);
    assert_eq!(
        calls(&response, &tools),
        [("get_weather".to_owned(), json!({"city": "Paris"}))],
        "{}",
        response.message.text()
    );
}

#[test]
fn tool_choice_is_obeyed() {
    let tools = ToolSpecs::new(travel());
    let made = |choice: &ToolChoice, question: &str| {
        let response = converse(&[Message::user(question)], &tools, Ask { choice, ..AUTO });
        calls(&response, &tools).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(made(&ToolChoice::None, "What's the weather in Rome?"), nothing);
    assert_eq!(made(&ToolChoice::Required, "What's the weather in Rome?"), ["get_weather"]);
    assert_eq!(made(&ToolChoice::Required, "Hello!").len(), 1);
    assert_eq!(made(&ToolChoice::named("rent_car"), "What's the weather in Rome?"), ["rent_car"]);
    assert_eq!(made(&ToolChoice::any_of(["rent_car", "find_hotels"]), "a hotel room in Rome"), ["find_hotels"]);
    assert_eq!(made(&ToolChoice::named("no_such_tool"), "What's the weather in Rome?"), nothing);
}

fn answer_to(content: Vec<Content>, is_error: bool) -> String {
    let tools = ToolSpecs::new(vec![weather()]);
    let mut messages = vec![Message::user("What's the weather in Paris?")];
    let response = converse(&messages, &tools, AUTO);
    let call: ToolCall = response.message.tool_calls().next().expect("a call").clone();
    messages.push(response.message);
    messages.push(Message::tool_results([ToolResult::new(&call, content, is_error)]));
    let response = converse(&messages, &tools, AUTO);
    assert_eq!(calls(&response, &tools), []);
    let text = response.message.text();
    assert!(text.contains("not a language model"), "{text}");
    text
}

#[test]
fn results_are_told() {
    let json = |text: &str| vec![Content::Json(text.to_owned())];
    let text = answer_to(json(r#"{"temperature":18.0,"sky":"clear","wind":{"speed":3,"gusts":[5,7]}}"#), false);
    assert!(text.contains(r#"temperature 18.0, sky "clear", wind (speed 3, gusts (5, 7))"#), "{text}");
    assert!(text.contains(r#"city "Paris""#), "{text}");
    assert!(answer_to(json("123456789012345678901234567890"), false).contains("123456789012345678901234567890"));
    assert!(answer_to(json("null"), false).contains("nothing"));
    assert!(answer_to(vec![Content::Text("18 degrees and clear".into())], false).contains("18 degrees and clear"));
    assert!(answer_to(vec![Content::Text(r#"{"sky":"clear"}"#.into())], false).contains(r#"sky "clear""#));
    assert!(answer_to(vec![Content::Text("{half".into())], false).contains("{half"));
    assert!(answer_to(vec![], false).contains("returned nothing"));
    let text = answer_to(vec![Content::Text("no such city".into())], true);
    assert!(text.contains("failed: no such city"), "{text}");
}

#[test]
fn ids_are_unique_in_the_conversation() {
    let tools = ToolSpecs::new(vec![weather()]);
    let mut messages = vec![Message::user("weather in Paris and London")];
    let mut ids: Vec<String> = Vec::new();
    for city in ["Rome", "Oslo"] {
        let response = converse(&messages, &tools, AUTO);
        ids.extend(response.message.tool_calls().map(|call| call.id.clone()));
        let results: Vec<_> = response.message.tool_calls().map(|call| ToolResult::text(call, "fine")).collect();
        messages.push(response.message);
        messages.push(Message::tool_results(results));
        messages.push(Message::user(format!("And the weather in {city}?")));
    }
    assert_eq!(ids, ["call_0", "call_1", "call_2"]);
}

#[test]
fn one_call_a_turn_where_only_one_may_be_made() {
    let tools = ToolSpecs::new(vec![weather()]);
    let mut messages = vec![Message::user("weather in Paris and London")];
    let ask = Ask { serial: true, ..AUTO };
    for city in ["Paris", "London"] {
        let response = converse(&messages, &tools, ask);
        assert_eq!(calls(&response, &tools), [("get_weather".to_owned(), json!({ "city": city }))]);
        let results: Vec<_> = response.message.tool_calls().map(|call| ToolResult::text(call, "fine")).collect();
        messages.push(response.message);
        messages.push(Message::tool_results(results));
    }
    let response = converse(&messages, &tools, ask);
    assert_eq!(calls(&response, &tools), []);
    let text = response.message.text();
    assert!(text.contains("Paris") && text.contains("London"), "{text}");
}

#[test]
fn streams_are_the_whole_reply_in_pieces() {
    let tools = ToolSpecs::new(vec![weather()]);
    for question in ["weather in Paris and London", "Tell me a joke"] {
        let messages = [Message::user(question)];
        let whole = converse(&messages, &tools, AUTO);
        let streamed = converse(&messages, &tools, Ask { stream: true, ..AUTO });
        assert_eq!(whole, streamed);
    }
    let mut deltas = Vec::new();
    let (messages, options) = ([Message::user("Tell me a joke")], RequestOptions::default());
    let request = Request::new(&messages, &tools, &options).stream(true);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(Planner::new().reply(&request, &mut deltas)).expect("an answer");
    assert!(deltas.len() > 10, "{deltas:?}");
}

/// Numbers that look random and are the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }
}

#[test]
fn open_texts_take_what_is_said() {
    let tools = [
        tool(
            "search_web",
            "Search the web",
            &json!({"type": "object", "properties": {
            "query": {"type": "string", "description": "Search query"}, "limit": {"type": "integer"}
        }, "required": ["query"]}),
        ),
        tool(
            "translate",
            "Translate text into another language",
            &json!({"type": "object", "properties": {
            "text": {"type": "string"}, "target_language": {"type": "string"}
        }, "required": ["text", "target_language"]}),
        ),
        tool(
            "send_email",
            "Send an email to someone",
            &json!({"type": "object", "properties": {
            "to": {"type": "string", "format": "email"}, "subject": {"type": "string"}, "body": {"type": "string"}
        }, "required": ["to", "subject"]}),
        ),
    ];
    asks(
        &tools,
        "Search the web for rust async tutorials",
        &[("search_web", json!({"query": "rust async tutorials"}))],
    );
    asks(
        &tools,
        "search for cheap flights and hotels in Rome",
        &[("search_web", json!({"query": "cheap flights and hotels in Rome"}))],
    );
    asks(
        &tools,
        "translate hello to Spanish",
        &[("translate", json!({"text": "hello", "target_language": "Spanish"}))],
    );
    asks(
        &tools,
        "Send an email to bob@example.com with the subject \"Lunch\" and body \"See you at noon\"",
        &[("send_email", json!({"to": "bob@example.com", "subject": "Lunch", "body": "See you at noon"}))],
    );
}

#[test]
fn a_part_may_leave_out_what_the_part_before_said() {
    asks(
        &home(),
        "set the kitchen to 20 degrees and the bedroom to 18 degrees",
        &[
            ("set_thermostat", json!({"room": "kitchen", "temperature": 20})),
            ("set_thermostat", json!({"room": "bedroom", "temperature": 18})),
        ],
    );
    asks(
        &travel(),
        "Book a flight from Paris to Rome and from Rome to Oslo",
        &[
            ("book_flight", json!({"origin": "Paris", "destination": "Rome"})),
            ("book_flight", json!({"origin": "Rome", "destination": "Oslo"})),
        ],
    );
    asks(
        &finance(),
        "How much is $100 in euros?",
        &[("convert_currency", json!({"amount": 100, "from_currency": "USD", "to_currency": "EUR"}))],
    );
}

#[test]
fn odd_input_is_survived() {
    let schemas = [
        "",
        "null",
        "true",
        "[]",
        "{",
        "{}",
        r#"{"type":"string"}"#,
        r##"{"$ref":"#"}"##,
        r##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}"##,
        r##"{"type":"object","properties":{"child":{"$ref":"#"},"name":{"type":"string"}},"required":["child"]}"##,
        r##"{"type":"object","properties":{"a":{"$ref":"#/properties/b"},"b":{"$ref":"#/properties/a"}},"required":["a","b","c"]}"##,
        r#"{"type":7,"properties":[],"required":"x"}"#,
        r#"{"type":"object","properties":{"":{},"ß":{"type":["null","integer"]},"x":true,"y":false},"required":["","x","y"]}"#,
        r#"{"type":"object","properties":{"n":{"type":"integer","minimum":9,"maximum":3},"e":{"enum":[]},"a":{"type":"array","minItems":99999999999}},"required":["n","e","a"]}"#,
        r#"{"type":"object","properties":{"s":{"type":"string","minLength":18446744073709551615}},"required":["s"]}"#,
        r#"{"type":"object","properties":{"o":{"type":"object","properties":{"o":{"type":"array","items":{"type":"array","items":{"type":"object"}}}},"required":["o"]}},"required":["o"]}"#,
    ];
    let deep =
        format!("{}{}", r#"{"type":"object","required":["a"],"properties":{"a":"#.repeat(3000), "}}".repeat(3000));
    let tools: Vec<ToolSpec> = schemas
        .iter()
        .copied()
        .chain([deep.as_str()])
        .enumerate()
        .map(|(at, schema)| ToolSpec::new(format!("get_{at}"), "city 東京 weather", schema))
        .collect();
    let pieces = [
        "weather",
        "in",
        "Paris",
        "and",
        ",",
        ".",
        "?",
        "\"",
        "'",
        "“",
        "”",
        "[",
        "{",
        "[[1,2],",
        "1,2,3",
        "-",
        "--5",
        "1e999",
        "999999999999999999999999",
        "5%",
        "$",
        "€1,000",
        "東京の天気",
        "\u{0}",
        "\u{202e}",
        "👩‍👩‍👧",
        "İ",
        "ǆ",
        "ß",
        "from",
        "to",
        "next",
        "May",
        "5th",
        "of",
        "10:00",
        "2024-13-99",
        "a@b.c",
        "http://",
        "://",
        "name:",
        "=",
        "true",
        "no",
        "\n",
        "\t",
        "twenty",
        "million",
        "billion",
        "D.C.",
        "'s",
        "city",
        "x**2",
        "(",
        ")",
        "\u{300}",
        "between",
        "n",
        "child",
        "\\",
    ];
    let mut dice = Dice(7);
    for round in 0..400 {
        let text: String = (0..dice.roll(30))
            .map(|_| format!("{}{}", pieces[dice.roll(pieces.len())], [" ", "", "  "][dice.roll(3)]))
            .collect();
        let from = dice.roll(tools.len());
        let specs = ToolSpecs::new(tools[from..].to_vec());
        let choice =
            [ToolChoice::Auto, ToolChoice::Required, ToolChoice::named(format!("get_{from}"))][round % 3].clone();
        let response = converse(&[Message::user(text.as_str())], &specs, Ask { choice: &choice, ..AUTO });
        for call in response.message.tool_calls() {
            assert!(
                serde_json::from_str::<serde_json::Map<String, Value>>(&call.arguments).is_ok(),
                "{text:?}: {}",
                call.arguments
            );
        }
    }
    for text in [
        "[".repeat(200_000),
        "\"".repeat(100_000),
        "a ".repeat(100_000),
        "1, ".repeat(50_000),
        "and Paris ".repeat(20_000),
        "'a ".repeat(100_000),
    ] {
        converse(&[Message::user(text)], &ToolSpecs::new(tools.clone()), AUTO);
    }
    let results = [Message::tool_results([ToolResult::new(
        &ToolCall::new("x", "y", "{"),
        vec![Content::Json("[".repeat(5000))],
        false,
    )])];
    converse(&results, &ToolSpecs::default(), AUTO);
    converse(&[], &ToolSpecs::default(), AUTO);
}

#[test]
fn a_thousand_tools_are_no_burden() {
    let mut tools: Vec<ToolSpec> = (0..1000)
        .map(|at| {
            tool(
                &format!("device_{at}_status"),
                &format!("Status of device number {at}"),
                &json!({"type": "object", "properties": {"verbose": {"type": "boolean"}}}),
            )
        })
        .collect();
    tools.push(weather());
    asks(&tools, "What's the weather in Paris?", &[("get_weather", json!({"city": "Paris"}))]);
}

#[derive(Deserialize)]
struct Doc {
    id: String,
    name: String,
    description: String,
    schema: Value,
}

#[derive(Deserialize)]
struct Recorded {
    id: String,
    tool_id: String,
    arguments: serde_json::Map<String, Value>,
}

/// One question for each call: the first sentence of the description without its stop, a colon, then every argument as
/// "name value" in the order of the call with commas between. Names and keys have spaces for underscores; of an object
/// each field is said as if it were an argument; texts, numbers and booleans stand as they are; a list of those is said
/// "1, 2 and 3", any other list as JSON.
fn question(doc: &Doc, arguments: &serde_json::Map<String, Value>) -> String {
    let end = doc.description.find(". ").unwrap_or(doc.description.len());
    let mut said = Vec::new();
    say(arguments, &mut said);
    format!("{}: {}", doc.description[..end].trim_end_matches('.'), said.join(", "))
}

fn say(arguments: &serde_json::Map<String, Value>, said: &mut Vec<String>) {
    for (name, value) in arguments {
        match value {
            Value::Object(fields) if !fields.is_empty() => say(fields, said),
            value => said.push(format!("{} {}", name.replace('_', " ").trim(), spoken(value))),
        }
    }
}

fn spoken(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.iter().any(|item| item.is_array() || item.is_object()) && !items.is_empty() => {
            let items: Vec<String> = items.iter().map(spoken).collect();
            match items.as_slice() {
                [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
                _ => items.concat(),
            }
        }
        value => value.to_string(),
    }
}

/// 5 and 5.0 are one number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[test]
fn every_function_of_the_leaderboard() {
    let Ok(corpus) = env::var("FCALL_CORPUS") else {
        eprintln!("skipped: FCALL_CORPUS is not set, so there are no functions to ask for");
        return;
    };
    let read = |name: &str| {
        fs::read_to_string(format!("{corpus}/bfcl/{name}"))
            .unwrap_or_else(|error| panic!("{corpus}/bfcl/{name}: {error}"))
    };
    let docs: Vec<Doc> = serde_json::from_str(&read("tools.json")).expect("function docs");
    let recorded: Vec<Recorded> = serde_json::from_str(&read("calls.json")).expect("calls");
    let places: BTreeMap<&str, usize> = docs.iter().enumerate().map(|(at, doc)| (doc.id.as_str(), at)).collect();
    // With FCALL_SHOW set and --nocapture, what was not exactly right is printed.
    let show = env::var("FCALL_SHOW").is_ok();
    let (mut right, mut exact, mut silent, mut several) = (0, 0, 0, 0);
    for (number, call) in recorded.iter().enumerate() {
        let place = places[call.tool_id.as_str()];
        let doc = &docs[place];
        // Eight others of other names, at fixed distances, the right one at a place that moves.
        let others =
            (1..).map(|step| &docs[(place + step * 97) % docs.len()]).filter(|other| other.name != doc.name).take(8);
        let mut offered: Vec<&Doc> = others.collect();
        offered.insert(number % 9, doc);
        let mut seen = std::collections::HashSet::new();
        offered.retain(|doc| seen.insert(doc.name.as_str()));
        let tools = ToolSpecs::new(offered.iter().map(|doc| tool(&doc.name, &doc.description, &doc.schema)).collect());
        let asked = question(doc, &call.arguments);
        let response = converse(&[Message::user(asked.as_str())], &tools, AUTO);
        let made = calls(&response, &tools);
        let ours = made.first().filter(|(name, _)| *name == doc.name);
        right += usize::from(ours.is_some());
        silent += usize::from(made.is_empty());
        several += usize::from(made.len() > 1);
        let expected = Value::Object(call.arguments.clone());
        let hit = made.len() == 1 && ours.is_some_and(|(_, arguments)| same(arguments, &expected));
        exact += usize::from(hit);
        if show && !hit {
            println!("{} {asked}\n   want {expected}\n   made {made:?} {}", call.id, response.message.text());
        }
        let forced =
            converse(&[Message::user(asked.as_str())], &tools, Ask { choice: &ToolChoice::named(&doc.name), ..AUTO });
        assert!(!calls(&forced, &tools).is_empty(), "{asked}");
    }
    let share = |count: usize| count as f64 * 100.0 / recorded.len() as f64;
    println!(
        "{} questions: right tool {:.1} %, exactly right arguments {:.1} %, no call {silent}, several calls {several}",
        recorded.len(),
        share(right),
        share(exact)
    );
    assert!(share(right) >= 99.0, "right tools: {:.1} %", share(right));
    assert!(share(exact) >= 98.0, "right arguments: {:.1} %", share(exact));
}
