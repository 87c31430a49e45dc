//! What `#[arg(...)]` asks of one parameter, put to the shape of its type.
//!
//! The macro writes a type that stands for the options, and the constants are made here: each that it wrote itself would
//! be checked, borrow-checked and evaluated in every tool.

use std::marker::PhantomData;

use super::{Arg, FieldShape, Rules, Shape, ToolArg, check_rules};

/// Stands for the options of one parameter.
pub trait Asked {
    /// What they ask.
    const RULES: Rules;
}

/// The shape of a type, before anything is asked beyond it.
trait Plain {
    const PLAIN: &'static Shape;
}

struct OfArg<T, Ours, Other>(PhantomData<(Ours, Other, T)>);

impl<T: ToolArg<Ours, Other>, Ours, Other> Plain for OfArg<T, Ours, Other> {
    const PLAIN: &'static Shape = T::ARG.shape;
}

struct OfShown<T: ?Sized, Ours, Other>(PhantomData<(Ours, Other, T)>);

impl<T: FieldShape<Ours, Other> + ?Sized, Ours, Other> Plain for OfShown<T, Ours, Other> {
    const PLAIN: &'static Shape = T::SHAPE;
}

struct Refined<A, P>(PhantomData<(A, P)>);

impl<A: Asked, P: Plain> Refined<A, P> {
    const RULES: &'static Rules = &A::RULES.and(P::PLAIN.rules);
    const SHAPE: &'static Shape = &Shape::refined(P::PLAIN, Self::RULES);
}

/// The argument of type `T`, of which more is asked.
pub const fn asked<A: Asked, T: ToolArg<Ours, Other>, Ours: Copy, Other: Copy>(_: &A, _: Ours, _: Other) -> Arg<T> {
    T::ARG.shown(Refined::<A, OfArg<T, Ours, Other>>::SHAPE)
}

/// The shape of the type that an argument is shown as, of which more is asked.
pub const fn asked_shape<A: Asked, T: FieldShape<Ours, Other> + ?Sized, Ours: Copy, Other: Copy>(
    _: &A,
    _: Ours,
    _: Other,
) -> &'static Shape {
    Refined::<A, OfShown<T, Ours, Other>>::SHAPE
}

/// Refuses the only option of a parameter where it does not fit the type, or where no value keeps it.
///
/// # Panics
/// While compiling, with the user's error message.
#[track_caller]
pub const fn check_asked<A: Asked>(_: &A, subject: &'static str, inner: &'static Shape) {
    check_rules(subject, inner, &A::RULES);
}
