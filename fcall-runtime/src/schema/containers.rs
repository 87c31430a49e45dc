//! `Schema` for the types of the standard library that hold others.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    marker::PhantomData,
    num::{Saturating, Wrapping},
    ops::{Range, RangeInclusive},
    rc::Rc,
    sync::{Arc, Mutex, RwLock},
};

use super::{Field, Kind, Schema, Shape};

macro_rules! same_as_inner {
    ($($type:ident)*) => { $(
        impl<T: Schema + ?Sized> Schema for $type<T> {
            const SHAPE: &'static Shape = T::SHAPE;
        }
    )* };
}

macro_rules! same_as_sized_inner {
    ($($type:ident)*) => { $(
        impl<T: Schema> Schema for $type<T> {
            const SHAPE: &'static Shape = T::SHAPE;
        }
    )* };
}

same_as_inner!(Box Rc Arc RefCell Mutex RwLock);
same_as_sized_inner!(Cell Reverse Wrapping Saturating);

impl<T: Schema + ?Sized> Schema for &T {
    const SHAPE: &'static Shape = T::SHAPE;
}

impl<T: Schema> Schema for Option<T> {
    const SHAPE: &'static Shape = &Shape::option(T::SHAPE);
}

impl<T: ?Sized> Schema for PhantomData<T> {
    const SHAPE: &'static Shape = <()>::SHAPE;
}

macro_rules! lists {
    ($($type:ident $(<$hasher:ident>)?: $unique:literal;)*) => { $(
        impl<T: Schema $(, $hasher)?> Schema for $type<T $(, $hasher)?> {
            const SHAPE: &'static Shape = &Shape::new(Kind::list(T::SHAPE, $unique));
        }
    )* };
}

lists! {
    Vec: false;
    VecDeque: false;
    LinkedList: false;
    BinaryHeap: false;
    BTreeSet: true;
    HashSet<S>: true;
}

impl<T: Schema> Schema for [T] {
    const SHAPE: &'static Shape = &Shape::new(Kind::list(T::SHAPE, false));
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    const SHAPE: &'static Shape = &Shape::new(Kind::Array { items: T::SHAPE, min: N, max: Some(N), unique: false });
}

impl<K: Schema, V: Schema, S> Schema for HashMap<K, V, S> {
    const SHAPE: &'static Shape = &Shape::new(Kind::map(K::SHAPE, V::SHAPE));
}

impl<K: Schema, V: Schema> Schema for BTreeMap<K, V> {
    const SHAPE: &'static Shape = &Shape::new(Kind::map(K::SHAPE, V::SHAPE));
}

macro_rules! ranges {
    ($($type:ident)*) => { $(
        impl<T: Schema> Schema for $type<T> {
            const SHAPE: &'static Shape = &Shape::new(Kind::object(
                const { &[Field::new("start", "", T::SHAPE), Field::new("end", "", T::SHAPE)] },
                false,
            ));
        }
    )* };
}

ranges!(Range RangeInclusive);

macro_rules! tuples {
    ($($($item:ident)+;)*) => { $(
        impl<$($item: Schema),+> Schema for ($($item,)+) {
            const SHAPE: &'static Shape = &Shape::new(Kind::tuple(const { &[$($item::SHAPE),+] }, [$(stringify!($item)),+].len()));
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
