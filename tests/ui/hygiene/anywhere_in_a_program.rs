#![deny(warnings, missing_docs, unreachable_pub)]
//! Tools stand wherever functions do.

use fcall::{Tool, tool, tools};

const _: () = {
    /// In a constant
    #[tool]
    fn in_a_constant(n: u8) -> u8 {
        n
    }
};

macro_rules! both {
    ($name:ident($($arg:ident: $ty:ty),*) -> $out:ty = $body:expr, $default:expr) => {
        #[doc = concat!("Made by a macro: ", stringify!($name))]
        #[allow(unused_variables)]
        fn $name($($arg: $ty),*) -> $out {
            $body
        }

        /// Beside it
        #[tool(name = "beside")]
        fn tool_beside($($arg: $ty,)* #[arg(default = $default)] more: u8) -> $out {
            let _ = more;
            $name($($arg),*)
        }
    };
}

both!(twice(n: Option<u8>, of: &[String]) -> Vec<u8> = vec![n.unwrap_or(0); 2], 3);

struct Desk;

impl Desk {
    fn tools(&self) -> [Tool; 1] {
        /// In a method
        #[tool]
        fn in_a_method(n: u8) -> u8 {
            n
        }
        tools![in_a_method]
    }
}

mod outer {
    pub(crate) mod inner {
        use fcall::tool;

        /// Inside
        #[tool]
        pub(in crate::outer) fn hidden(city: &str) -> usize {
            city.len()
        }

        /// Inside, and seen
        #[tool]
        pub(crate) fn seen(city: &str) -> usize {
            hidden(city)
        }
    }
}

fn main() {
    let closure = || {
        /// In a closure
        #[tool]
        async fn in_a_closure() {}
        tools![in_a_closure]
    };
    assert_eq!((closure().len(), Desk.tools().len()), (1, 1));
    assert_eq!(tools![tool_beside, outer::inner::seen].len(), 2);
}
