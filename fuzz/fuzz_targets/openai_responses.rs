//! OpenAI Responses: replies whole and streamed, and requests.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fcall_fuzz::check(fcall::protocol::Protocol::OpenAiResponses, input));
