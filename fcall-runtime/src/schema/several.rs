//! Several parameters of a tool in one call: as a list, and checked.
//!
//! Each is an argument of its own: in every tool the compiler takes twice as long for a list of tuples.

use super::{Field, Shape, check_argument};

macro_rules! several {
    ($($count:literal $fields:ident $check:ident: $($name:ident $description:ident $shape:ident),+;)*) => { $(
        /// So many keys, each by name, doc comment and shape.
        #[allow(clippy::too_many_arguments)]
        pub const fn $fields(
            $($name: &'static str, $description: &'static str, $shape: &'static Shape),+
        ) -> [Field; $count] {
            [$(Field::new($name, $description, $shape)),+]
        }

        /// Refuses the first of so many parameters that no model can be asked for.
        ///
        /// # Panics
        /// While compiling, with the user's error message.
        #[track_caller]
        #[allow(clippy::too_many_arguments)]
        pub const fn $check(tool: &'static str, $($name: &'static str, $shape: &'static Shape),+) {
            $(check_argument(tool, $name, $shape);)+
        }
    )* };
}

several! {
    1 fields_1 check_1: a a_text a_shape;
    2 fields_2 check_2: a a_text a_shape, b b_text b_shape;
    3 fields_3 check_3: a a_text a_shape, b b_text b_shape, c c_text c_shape;
    4 fields_4 check_4: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape;
    5 fields_5 check_5: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape, e e_text e_shape;
    6 fields_6 check_6: a a_text a_shape, b b_text b_shape, c c_text c_shape, d d_text d_shape, e e_text e_shape,
        f f_text f_shape;
}
