//! Rust literals as JSON text.

use std::fmt::Write as _;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A default that was written as a literal.
pub(crate) enum Literal {
    Text(String),
    Integer(i128),
    Float(f64),
    Bool(bool),
}

impl Literal {
    /// The expression as a literal, if it is one that JSON has.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Group(group) => Self::of(&group.expr),
            Expr::Lit(ExprLit { lit, .. }) => match lit {
                Lit::Str(text) => Some(Self::Text(text.value())),
                Lit::Char(char) => Some(Self::Text(char.value().to_string())),
                Lit::Bool(bool) => Some(Self::Bool(bool.value)),
                Lit::Int(int) => int.base10_parse().ok().map(Self::Integer),
                Lit::Float(float) => float.base10_parse().ok().filter(|f: &f64| f.is_finite()).map(Self::Float),
                _ => None,
            },
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match Self::of(expr)? {
                Self::Integer(value) => Some(Self::Integer(-value)),
                Self::Float(value) => Some(Self::Float(-value)),
                Self::Text(_) | Self::Bool(_) => None,
            },
            _ => None,
        }
    }

    /// The literal as JSON text.
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}"),
            Self::Bool(value) => value.to_string(),
        }
    }

    /// The literal as the runtime's constant.
    pub(crate) fn expand(&self, fc: &Ident) -> TokenStream {
        match self {
            Self::Text(text) => quote!(#fc::Literal::Text(#text)),
            Self::Integer(value) => {
                let value = i128(*value);
                quote!(#fc::Literal::Integer(#value))
            }
            Self::Float(value) => {
                let value = f64(*value);
                quote!(#fc::Literal::Float(#value))
            }
            Self::Bool(_) => quote!(#fc::Literal::Bool),
        }
    }
}

/// A number as an expression; a literal alone has no sign.
pub(crate) fn i128(value: i128) -> TokenStream {
    let sign = (value < 0).then(|| quote!(-));
    match i128::try_from(value.unsigned_abs()) {
        Ok(digits) => {
            let digits = proc_macro2::Literal::i128_suffixed(digits);
            quote!(#sign #digits)
        }
        // the least of all has no opposite
        Err(_) => quote!(::core::primitive::i128::MIN),
    }
}

/// The same for a floating point number.
pub(crate) fn f64(value: f64) -> TokenStream {
    let digits = proc_macro2::Literal::f64_suffixed(value.abs());
    let sign = (value < 0.0).then(|| quote!(-));
    quote!(#sign #digits)
}

fn quote(text: &str) -> String {
    let mut json = String::from('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                let _ = write!(json, "\\u{:04x}", u32::from(control));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}
