//! Tuples whose elements are skipped, or have defaults.

use fcall::serde_json::json;

use crate::Findings;

derived! {
    struct Nothing();
    struct OneOfTwo(u8, #[serde(skip)] #[allow(dead_code)] bool);
    struct SecondOfTwo(#[serde(skip)] #[allow(dead_code)] bool, u8);
    struct AllSkipped(#[serde(skip)] #[allow(dead_code)] bool, #[serde(skip)] #[allow(dead_code)] u8);
    struct LastDefaulted(u8, #[serde(default)] bool);
    struct BothDefaulted(#[serde(default = "seven")] u8, #[serde(default)] bool);
    #[serde(default)]
    struct WholeDefaulted(u8, bool);
    struct SkippedAndDefaulted(u8, #[serde(skip)] #[allow(dead_code)] u8, #[serde(default)] bool);
    struct DefaultedNewtype(#[serde(default)] u8);
    struct NewtypeOfOption(Option<u8>);

    enum InVariants {
        Nothing(),
        OneOfTwo(u8, #[serde(skip)] #[allow(dead_code)] bool),
        LastDefaulted(u8, #[serde(default)] bool),
        Skipped(#[serde(skip)] #[allow(dead_code)] u8),
    }
    #[serde(tag = "t", content = "c")]
    enum InAdjacent {
        Nothing(),
        OneOfTwo(u8, #[serde(skip)] #[allow(dead_code)] bool),
        LastDefaulted(u8, #[serde(default)] bool),
    }
    #[serde(tag = "t")]
    enum InInternal { Skipped(#[serde(skip)] #[allow(dead_code)] u8), Whole { a: u8 } }
    #[serde(untagged)]
    enum InUntagged { LastDefaulted(u8, #[serde(default)] bool), Skipped(#[serde(skip)] #[allow(dead_code)] u8) }
}

fn seven() -> u8 {
    7
}

impl Default for WholeDefaulted {
    fn default() -> Self {
        Self(1, true)
    }
}

pub(crate) fn compare(findings: &mut Findings) {
    compare! { findings:
        Nothing = [Nothing()];
        OneOfTwo = [OneOfTwo(1, false)];
        SecondOfTwo = [SecondOfTwo(false, 1)];
        AllSkipped = [AllSkipped(false, 0)];
        LastDefaulted = [LastDefaulted(1, true)];
        BothDefaulted = [BothDefaulted(1, true)];
        WholeDefaulted = [WholeDefaulted(1, true)];
        SkippedAndDefaulted = [SkippedAndDefaulted(1, 0, true)];
        DefaultedNewtype = [DefaultedNewtype(1)];
        NewtypeOfOption = [NewtypeOfOption(None), NewtypeOfOption(Some(1))];
        InVariants = [
            InVariants::Nothing(),
            InVariants::OneOfTwo(1, false),
            InVariants::LastDefaulted(1, true),
            InVariants::Skipped(0),
        ];
        InAdjacent = [InAdjacent::Nothing(), InAdjacent::OneOfTwo(1, false), InAdjacent::LastDefaulted(1, true)];
        InInternal = [InInternal::Skipped(0), InInternal::Whole { a: 1 }];
        InUntagged = [InUntagged::LastDefaulted(1, true), InUntagged::Skipped(0)];
    }
    findings.takes::<LastDefaulted>(&json!([1]));
    findings.takes::<BothDefaulted>(&json!([]));
    findings.takes::<WholeDefaulted>(&json!([1]));
    findings.refuses::<LastDefaulted>(&json!([]));
    findings.refuses::<OneOfTwo>(&json!([1, true]));
    findings.refuses::<Nothing>(&json!([1]));
}
