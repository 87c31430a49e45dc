//! Numbers that look random and are the same every time.

/// A sequence that its seed decides.
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of this number among those of a seed.
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Seeds that are near each other begin alike.
        dice.roll(2);
        dice.roll(2);
        dice
    }

    /// From 0 to one less than this.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        // The multiplier and increment of Knuth's MMIX; its low bits are poor.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// So often among a hundred.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.roll(100) < share
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.roll(all.len() as u64)).unwrap_or_default()]
    }
}
