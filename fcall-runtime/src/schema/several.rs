//! Several parameters of a tool in one call.
//!
//! Each is an argument of its own: in every tool the compiler takes twice as long for a list of tuples.

use super::{Field, Shape};

macro_rules! several {
    ($($count:literal $fields:ident: $($name:ident $description:ident $shape:ident),+;)*) => { $(
        /// So many keys, each by name, doc comment and shape.
        #[allow(clippy::too_many_arguments)]
        pub const fn $fields(
            $($name: &'static str, $description: &'static str, $shape: &'static Shape),+
        ) -> [Field; $count] {
            [$(Field::new($name, $description, $shape)),+]
        }
    )* };
}

several! {
    1 fields_1: a a_text a_shape;
    2 fields_2: a a_text a_shape, b b_text b_shape;
    3 fields_3: a a_text a_shape, b b_text b_shape, c c_text c_shape;
    4 fields_4: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape;
    5 fields_5: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape, e e_text e_shape;
    6 fields_6: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape, e e_text e_shape,
        f f_text f_shape;
}
