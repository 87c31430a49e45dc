//! Borrowed parameters: what is decoded for them, and how it is lent to the function.

/// A type that may stand behind the `&` of a parameter.
pub trait Lend {
    /// What is decoded.
    type Owned;

    /// What the function gets.
    fn lend(owned: &Self::Owned) -> &Self;
}

#[diagnostic::do_not_recommend]
impl<T> Lend for T {
    type Owned = T;

    fn lend(owned: &T) -> &T {
        owned
    }
}

impl Lend for str {
    type Owned = String;

    fn lend(owned: &String) -> &str {
        owned
    }
}

impl Lend for std::path::Path {
    type Owned = std::path::PathBuf;

    fn lend(owned: &std::path::PathBuf) -> &std::path::Path {
        owned
    }
}

impl<T> Lend for [T] {
    type Owned = Vec<T>;

    fn lend(owned: &Vec<T>) -> &[T] {
        owned
    }
}

/// What was sent, if anything was.
pub fn lent_option<T: Lend + ?Sized>(given: &Option<T::Owned>) -> Option<&T> {
    given.as_ref().map(T::lend)
}

/// What was sent, or else the default.
pub fn lent_or<'a, T: Lend + ?Sized>(given: &'a Option<T::Owned>, default: impl FnOnce() -> &'a T) -> &'a T {
    given.as_ref().map_or_else(default, T::lend)
}
