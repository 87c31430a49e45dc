//! All arguments of one call at once: a tuple of [`Arg`]s is read to a tuple of values.
//!
//! Written once here instead of by the macro in every tool, and compiled once for all tools that take the same types.

use super::{Arg, Arguments};

/// What is read from the arguments of a call: one of them, or a tuple of them.
pub trait Values: Copy {
    /// What it is read to.
    type Read;
    /// How many places of the list of parameters it takes.
    const PLACES: usize;

    /// Reads it, from this place on; all that is wrong is kept by the arguments.
    fn read(self, from: &mut Arguments<'_>, at: usize) -> Option<Self::Read>;
}

impl<T> Values for Arg<T> {
    type Read = T;
    const PLACES: usize = 1;

    fn read(self, from: &mut Arguments<'_>, at: usize) -> Option<T> {
        from.take(self, at)
    }
}

/// An argument whose default is an expression of the user's: nothing is read where it was left out.
#[derive(Debug)]
pub struct IfGiven<T>(pub Arg<T>);

impl<T> Clone for IfGiven<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for IfGiven<T> {}

impl<T> Values for IfGiven<T> {
    type Read = Option<T>;
    const PLACES: usize = 1;

    fn read(self, from: &mut Arguments<'_>, at: usize) -> Option<Option<T>> {
        from.take_if_given(self.0, at)
    }
}

impl Values for () {
    type Read = ();
    const PLACES: usize = 0;

    fn read(self, _: &mut Arguments<'_>, _: usize) -> Option<()> {
        Some(())
    }
}

macro_rules! tuples {
    ($($($item:ident)+;)*) => { $(
        impl<$($item: Values),+> Values for ($($item,)+) {
            type Read = ($($item::Read,)+);
            const PLACES: usize = 0 $(+ $item::PLACES)+;

            #[allow(non_snake_case, unused_assignments, reason = "a value goes by the name of its type")]
            fn read(self, from: &mut Arguments<'_>, mut at: usize) -> Option<Self::Read> {
                let ($($item,)+) = self;
                // every one is read before any is missed, so that the model is told of all that is wrong
                $(
                    let $item = $item.read(from, at);
                    at += $item::PLACES;
                )+
                Some(($($item?,)+))
            }
        }
    )* };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
