//! Pieces of JSON as they are read off the wire: borrowed where they can be, lenient where services differ.

use std::{borrow::Cow, fmt, ops::Deref};

use memchr::memchr;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::body;
use crate::message::Origin;

/// A text, borrowed from the input unless it has escapes; a number is read as its digits, anything else as no text.
///
/// `Cow<str>` alone would do, were it not that serde copies it wherever it stands inside an `Option`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Str<'a>(pub(super) Cow<'a, str>);

impl Str<'_> {
    pub(super) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Str(Cow::Owned(number.to_string())))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Str::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Str::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Str::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Str::default())
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// A text or a number (error codes come as both), as text; anything else is none.
#[derive(Debug, Default)]
pub(super) struct Word(pub(super) Option<String>);

/// A count of tokens; what is no count (null, text, a negative number) is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Count(pub(super) Option<u64>);

/// Reads any scalar into `$word(text or number as text)` or `$count(number)`.
macro_rules! lenient {
    ($target:ident, $expected:literal, text: $text:expr, int: $int:expr, float: $float:expr) => {
        impl<'de> Deserialize<'de> for $target {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Any;
                impl<'de> Visitor<'de> for Any {
                    type Value = $target;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$target, E> {
                        Ok($target(($text)(text)))
                    }

                    fn visit_u64<E>(self, number: u64) -> Result<$target, E> {
                        Ok($target(($int)(i128::from(number))))
                    }

                    fn visit_i64<E>(self, number: i64) -> Result<$target, E> {
                        Ok($target(($int)(i128::from(number))))
                    }

                    fn visit_f64<E>(self, number: f64) -> Result<$target, E> {
                        Ok($target(($float)(number)))
                    }

                    fn visit_bool<E>(self, _: bool) -> Result<$target, E> {
                        Ok($target(None))
                    }

                    fn visit_unit<E>(self) -> Result<$target, E> {
                        Ok($target(None))
                    }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$target, A::Error> {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        Ok($target(None))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$target, A::Error> {
                        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                        Ok($target(None))
                    }
                }
                deserializer.deserialize_any(Any)
            }
        }
    };
}

lenient!(Word, "a text or a number",
    text: |text: &str| Some(text.to_owned()),
    int: |number: i128| Some(number.to_string()),
    float: |number: f64| Some(number.to_string()));

lenient!(Count, "a count",
    text: |_: &str| None,
    int: |number: i128| u64::try_from(number).ok(),
    // A float's cast saturates, and a count is far below where floats have gaps.
    float: |number: f64| (number >= 0.0).then_some(number as u64));

/// The members of an object, each as its own JSON, in order.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(pub(super) Vec<(Str<'a>, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, value)| *value)
    }

    /// Those that are to be put back; none where there are none.
    pub(super) fn kept(&self, protocol: &str, keep: impl Fn(&str, &str) -> bool) -> Option<Origin> {
        let mut kept = self.0.iter().filter(|(key, value)| keep(key, value.get())).peekable();
        kept.peek()?;
        let mut out = Vec::new();
        let mut object = body::Object::begin(&mut out);
        kept.for_each(|(key, value)| object.json(key, value.get()));
        object.end();
        Some(Origin::new(protocol, String::from_utf8(out).ok()?))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A text, or JSON that stands where a text should (some servers send arguments as an object).
pub(super) fn text_or_json(raw: &RawValue) -> Result<Cow<'_, str>, serde_json::Error> {
    match raw.get().as_bytes().first() {
        Some(b'"') => match raw.get().get(1..raw.get().len() - 1).and_then(unescaped) {
            Some(text) => Ok(text),
            None => serde_json::from_str::<Str<'_>>(raw.get()).map(|text| text.0),
        },
        Some(b'n') => Ok(Cow::Borrowed("")),
        Some(_) => Ok(Cow::Borrowed(raw.get())),
        None => Err(serde_json::Error::custom("nothing where a value must be")),
    }
}

/// What stands between the quotes of a JSON text, where it needs no more than the short escapes: arguments are full of
/// these, and serde would let the text grow piece by piece.
pub(super) fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    let Some(escape) = memchr(b'\\', inner.as_bytes()) else { return Some(Cow::Borrowed(inner)) };
    let (plain, rest) = inner.as_bytes().split_at(escape);
    let mut text = Vec::with_capacity(inner.len());
    text.extend_from_slice(plain);
    let mut bytes = rest.iter();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'\\' => match bytes.next()? {
                short @ (b'"' | b'\\' | b'/') => *short,
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'b' => 8,
                b'f' => 12,
                _ => return None,
            },
            byte => *byte,
        });
    }
    String::from_utf8(text).ok().map(Cow::Owned)
}

/// A list whose entries may be absent altogether, or `null`.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}
