//! Every disagreement there is, and why it is right.

use super::Other::{self, SchemarsRefuses, SchemarsTakes, SerdeTakes};

/// The type, the other, and the reason.
pub(crate) const KNOWN: &[(&str, Other, &str)] = &[
    ("BTreeSet<u8>", SerdeTakes, TWICE),
    ("HashSet<String>", SerdeTakes, TWICE),
    ("IndexSet<u8>", SerdeTakes, TWICE),
    ("InternalClosed", SerdeTakes, QUIRK),
    ("i32", SchemarsTakes, WIDE),
    ("u32", SchemarsTakes, WIDE),
    ("NonZeroU32", SchemarsTakes, WIDE),
    ("NonZeroI32", SchemarsTakes, WIDE),
    ("RangeInclusive<i32>", SchemarsTakes, WIDE),
    ("Duration", SchemarsTakes, WIDE),
    ("SystemTime", SchemarsTakes, WIDE),
    ("PartlyUntagged", SchemarsTakes, WIDE),
    ("BTreeMap<bool, u8>", SchemarsTakes, KEYS),
    ("BTreeMap<char, u8>", SchemarsTakes, KEYS),
    ("LastDefaulted", SchemarsRefuses, TRAILING),
    ("BothDefaulted", SchemarsRefuses, TRAILING),
    ("WholeDefaulted", SchemarsRefuses, TRAILING),
    ("SkippedAndDefaulted", SchemarsRefuses, TRAILING),
    ("InAdjacent", SchemarsRefuses, TRAILING),
    ("InVariants", SchemarsRefuses, TRAILING),
    ("InUntagged", SchemarsRefuses, SKIPPED),
    ("InUntagged", SchemarsTakes, SKIPPED),
    ("Expression", SerdeTakes, NUMBERED),
    ("HoldsEnum", SerdeTakes, NUMBERED),
    ("OfInternal", SerdeTakes, NUMBERED),
    ("OfTwoEnums", SerdeTakes, NUMBERED),
    ("PartlyUntaggedInternal", SerdeTakes, NUMBERED),
    ("OfExternal", SerdeTakes, NOTHING),
    ("OfTexts", SerdeTakes, NOTHING),
    ("Optional", SerdeTakes, FORGIVEN),
    ("OtherExternal", SerdeTakes, OTHER),
    ("OtherInternal", SchemarsRefuses, ANY_TAG),
    ("OtherAdjacent", SchemarsRefuses, ANY_TAG),
    ("HoldsFrom", SchemarsRefuses, FROM_OPTION),
];

const TWICE: &str = "a set forgives what is in it twice, but a model should not write it; schemars says so too";
const QUIRK: &str =
    "serde reads no keys of a unit variant beside `tag`, so it can't deny them; schemars says what we say";
const WIDE: &str = "schemars leaves the bounds of 32-bit integers to `format`; serde refuses what is beyond them";
const KEYS: &str = "schemars says of such keys only that they are texts";
const TRAILING: &str = "serde takes the defaults of elements that are left out at the end; schemars asks for them";
const SKIPPED: &str =
    "serde reads a variant whose only field is skipped as one without fields; schemars shows the field";
const NUMBERED: &str = "serde reads a variant by its number too where it has kept the keys for later; no format has it";
const NOTHING: &str = "serde reads `{}` as nothing where it has kept the value for later; it writes null";
const FORGIVEN: &str = "what does not fit a flattened `Option` serde reads as `None`, without a word to the model";
const OTHER: &str =
    "serde reads every other text as the variant marked `other`; a model is shown those that mean something";
const ANY_TAG: &str = "serde reads every other tag as the variant marked `other`; schemars shows its name only";
const FROM_OPTION: &str = "serde reads `from = \"Option<_>\"` as `None` where it is left out; schemars asks for it";
