//! What `#[arg(...)]` asks of a value beyond its type: the options that parameters and fields share.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{
    Expr, ExprRange, LitStr, Path, RangeLimits, Type, ext::IdentExt as _, meta::ParseNestedMeta, parse::Parse as _,
};

use crate::{
    errors::Errors,
    json,
    option::{expression, flag, has_value, recover, set, text, value},
    pattern,
    spans::{Range, Tokens},
};

/// What is asked of one value.
#[derive(Default)]
pub(crate) struct Rules {
    range: Option<Expr>,
    length: Option<Expr>,
    items: Option<Expr>,
    pattern: Option<LitStr>,
    examples: Vec<Expr>,
    secret: Option<Path>,
    /// The type whose shape is shown.
    pub(crate) shown: Option<Type>,
}

impl Rules {
    /// Reads an option, if it is one of these.
    pub(crate) fn option(&mut self, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<bool> {
        let Some(option) = meta.path.get_ident() else { return Ok(false) };
        match option.unraw().to_string().as_str() {
            "range" => {
                let range = expression(meta, "range = 1..=14")?;
                if !matches!(&range, Expr::Range(ExprRange { start, end, .. }) if start.is_some() || end.is_some()) {
                    errors.at(&range, "`range` has bounds; write `1..=14`, `0.0..=1.0`, `1..` or `..100`");
                    return Ok(true);
                }
                if let Some(bound) = bounds(&range).find(|bound| is_no_number(bound)) {
                    errors.at(bound, "a bound is a number; write `1..=14`, or for a text `length = ..`");
                    return Ok(true);
                }
                set(&mut self.range, meta, range, errors);
            }
            "length" => {
                let count = counted(meta, "length = 1..=20")?;
                set(&mut self.length, meta, count, errors);
            }
            "items" => {
                let count = counted(meta, "items = 1..=5")?;
                set(&mut self.items, meta, count, errors);
            }
            "pattern" => {
                let text = text(meta)?;
                pattern::check(&text, errors);
                set(&mut self.pattern, meta, text, errors);
            }
            "example" => {
                for example in examples(meta)? {
                    if json::Literal::of(&example).is_some() {
                        self.examples.push(example);
                    } else {
                        let message = "the model is shown the example: write a text, a number, `true` or `false`; several as `example(.., ..)`";
                        errors.at(&example, message);
                    }
                }
            }
            "secret" => set(&mut self.secret, meta, flag(meta)?, errors),
            "as" if has_value(meta) => set(&mut self.shown, meta, value(meta, "a type", "as = String")?, errors),
            "as" => {
                let message = "`as` has a value, the type whose schema is shown; write `as = String`";
                recover(meta, message, errors)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether nothing is asked; the type that is shown is another matter.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { range, length, items, pattern, examples, secret, shown: _ } = self;
        range.is_none()
            && length.is_none()
            && items.is_none()
            && pattern.is_none()
            && examples.is_empty()
            && secret.is_none()
    }

    /// The bounds where nothing is asked but a range of whole numbers, both included and written as literals; none of
    /// them where nothing is asked at all.
    pub(crate) fn only_range(&self) -> Option<(Option<i128>, Option<i128>)> {
        let Some(range) = &self.range else { return self.is_plain().then_some((None, None)) };
        let Self { range: _, length, items, pattern, examples, secret: _, shown } = self;
        if length.is_some() || items.is_some() || pattern.is_some() || !examples.is_empty() || shown.is_some() {
            return None;
        }
        let Expr::Range(ExprRange { start, end, limits: RangeLimits::Closed(_), .. }) = range else { return None };
        let [start, end] = [start, end].map(|bound| match json::Literal::of(bound.as_ref()?) {
            Some(json::Literal::Integer(value)) => Some(value),
            _ => None,
        });
        Some((Some(start?), Some(end?)))
    }

    /// What constants are made of.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { range, length, items, shown, pattern: _, examples: _, secret: _ } = self;
        quote!(#range #length #items #shown)
    }

    /// Whether nothing at all is said.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_empty() && self.shown.is_none()
    }

    /// Refuses a literal that breaks what can only be told here; for all else the compiler is asked.
    pub(crate) fn check_literal(&self, expr: &Expr, literal: &json::Literal, what: &str, errors: &mut Errors) {
        let (Some(pattern), json::Literal::Text(text)) = (&self.pattern, literal) else { return };
        if pattern::matches(pattern, text) == Some(false) {
            errors.at(
                expr,
                format!("{what} does not match `{}`, which `pattern` asks for; change one of them", pattern.value()),
            );
        }
    }

    /// The same for the examples.
    pub(crate) fn check_examples(&self, errors: &mut Errors) {
        for example in &self.examples {
            if let Some(literal) = json::Literal::of(example) {
                self.check_literal(example, &literal, "the example", errors);
            }
        }
    }

    /// All that is asked, as an expression; `inner` is the shape whose own rules come after it.
    pub(crate) fn expand(&self, fc: &Ident, inner: &TokenStream) -> TokenStream {
        let asked = self.asked(fc);
        quote!(#asked.and(#inner.rules))
    }

    /// All that is asked here, as an expression.
    pub(crate) fn asked(&self, fc: &Ident) -> TokenStream {
        let parts = self.constraints(fc).into_iter().map(|(_, part)| part);
        let literals = self.examples.iter().filter_map(json::Literal::of);
        let examples: Vec<_> = literals.map(|literal| literal.to_json()).collect();
        let examples = (!examples.is_empty()).then(|| quote!(.examples(&[#(#examples),*])));
        let secret = self.secret.as_ref().map(|_| quote!(.secret()));
        quote!(#fc::Rules::NONE #(#parts)* #examples #secret)
    }

    /// A check of each option, on its own value; `asked` is the type that stands for all of them, where there is one.
    pub(crate) fn checks(
        &self,
        fc: &Ident,
        runtime: &TokenStream,
        subject: &str,
        shape: &TokenStream,
        asked: Option<&Ident>,
    ) -> Vec<Tokens> {
        let constraints = self.constraints(fc);
        let asked = asked.filter(|_| constraints.len() == 1);
        let checks = constraints.into_iter().map(|(range, part)| match asked {
            Some(asked) => range.call(runtime, "check_asked", quote!(&#asked, #subject, #shape)),
            None => range.call(runtime, "check_rules", quote!(#subject, #shape, const { &#fc::Rules::NONE #part })),
        });
        let examples = self.examples.iter().filter_map(|example| {
            let literal = json::Literal::of(example)?.expand(fc);
            Some(Range::of(example).call(runtime, "check_example", quote!(#subject, #shape, #literal)))
        });
        checks.chain(examples).collect()
    }

    fn constraints(&self, fc: &Ident) -> Vec<(Range, TokenStream)> {
        let range = self.range.as_ref().map(|expr| (Range::of(expr), range(expr, fc)));
        let length = self.length.as_ref().map(|expr| {
            let count = count(expr, fc);
            (Range::of(expr), quote!(.length(#count)))
        });
        let items = self.items.as_ref().map(|expr| {
            let count = count(expr, fc);
            (Range::of(expr), quote!(.items(#count)))
        });
        let pattern = self.pattern.as_ref().map(|text| {
            let matches = quote! {{
                fn __fcall_matches(__fcall_text: &str) -> bool {
                    static __FCALL_MATCHER: #fc::Matcher = #fc::Matcher::new(#text);
                    __FCALL_MATCHER.matches(__fcall_text)
                }
                __fcall_matches
            }};
            (Range::of(text), quote!(.pattern(#text, #matches)))
        });
        range.into_iter().chain(length).chain(items).chain(pattern).collect()
    }
}

/// A number of characters or items, or a range of them; what is no literal may be any constant.
fn counted(meta: &ParseNestedMeta<'_>, form: &str) -> syn::Result<Expr> {
    let count = expression(meta, form)?;
    let is_count = |expr: &Expr| match json::Literal::of(expr) {
        Some(json::Literal::Integer(value)) => usize::try_from(value).is_ok(),
        Some(_) => false,
        None => !matches!(expr, Expr::Lit(_)),
    };
    let wrong = match &count {
        Expr::Range(ExprRange { start: None, end: None, .. }) => Some(&count),
        Expr::Range(_) => bounds(&count).find(|bound| !is_count(bound)),
        only => Some(only).filter(|only| !is_count(only)),
    };
    match wrong {
        Some(wrong) => {
            Err(syn::Error::new_spanned(wrong, format!("this counts, in whole numbers from 0; write `{form}`")))
        }
        None => Ok(count),
    }
}

/// `example = ..`, or several: `example(.., ..)`.
fn examples(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<Expr>> {
    if !meta.input.peek(syn::token::Paren) {
        let wanted = "a text, a number, `true` or `false`";
        return Ok(vec![value(meta, wanted, "example = \"..\"")?]);
    }
    let content;
    syn::parenthesized!(content in meta.input);
    Ok(content.parse_terminated(Expr::parse, syn::Token![,])?.into_iter().collect())
}

fn bounds(expr: &Expr) -> impl Iterator<Item = &Expr> {
    let (start, end) = match expr {
        Expr::Range(ExprRange { start, end, .. }) => (start.as_deref(), end.as_deref()),
        _ => (None, None),
    };
    start.into_iter().chain(end)
}

fn is_no_number(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(_) => !matches!(json::Literal::of(expr), Some(json::Literal::Integer(_) | json::Literal::Float(_))),
        _ => false,
    }
}

fn range(expr: &Expr, fc: &Ident) -> TokenStream {
    let Expr::Range(ExprRange { start, end, limits, .. }) = expr else { return TokenStream::new() };
    if let (Some(start), Some(end), RangeLimits::Closed(_)) = (start, end, limits) {
        let ((min, min_float), (max, max_float)) = (both_forms(start), both_forms(end));
        return quote!(.within(#min, #min_float, #max, #max_float));
    }
    let start = optional(start.as_ref().map(|bound| bound_of(bound, "included", fc)));
    let kind = if matches!(limits, RangeLimits::Closed(_)) { "included" } else { "excluded" };
    let end = optional(end.as_ref().map(|bound| bound_of(bound, kind, fc)));
    quote!(.range(#start, #end))
}

/// A bound in both forms of a number.
fn bound_of(expr: &Expr, kind: &str, fc: &Ident) -> TokenStream {
    let kind = Ident::new(kind, fc.span());
    let (whole, float) = both_forms(expr);
    quote!(#fc::Bound::#kind(#whole, #float))
}

/// What is no literal may be any constant, so it is cast.
fn both_forms(expr: &Expr) -> (TokenStream, TokenStream) {
    match json::Literal::of(expr) {
        Some(json::Literal::Integer(value)) => (json::i128(value), json::f64(value as f64)),
        Some(json::Literal::Float(value)) => (json::i128(value as i128), json::f64(value)),
        _ => (quote!((#expr) as i128), quote!((#expr) as f64)),
    }
}

/// A range of counts, or the only one.
fn count(expr: &Expr, fc: &Ident) -> TokenStream {
    let zero = Literal::usize_suffixed(0);
    match expr {
        Expr::Range(ExprRange { start, end, limits, .. }) => {
            let start = start.as_deref().map_or_else(|| zero.to_token_stream(), whole);
            let end = end.as_deref().map(whole);
            match (end, limits) {
                (None, _) => quote!(#fc::Count::new(#start, ::core::option::Option::None)),
                (Some(end), RangeLimits::Closed(_)) => {
                    quote!(#fc::Count::new(#start, ::core::option::Option::Some(#end)))
                }
                (Some(end), RangeLimits::HalfOpen(_)) => quote!(#fc::Count::until(#start, #end)),
            }
        }
        only => {
            let only = whole(only);
            quote!(#fc::Count::new(#only, ::core::option::Option::Some(#only)))
        }
    }
}

/// Whatever type the literal says it is of.
fn whole(expr: &Expr) -> TokenStream {
    match json::Literal::of(expr) {
        Some(json::Literal::Integer(value)) => Literal::i128_unsuffixed(value).to_token_stream(),
        _ => expr.to_token_stream(),
    }
}

fn optional(tokens: Option<TokenStream>) -> TokenStream {
    match tokens {
        Some(tokens) => quote!(::core::option::Option::Some(#tokens)),
        None => quote!(::core::option::Option::None),
    }
}
