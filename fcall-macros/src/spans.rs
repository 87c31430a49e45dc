//! Tokens that make the compiler underline the whole of what the user wrote.
//!
//! `Span::join` is not stable, but the compiler itself joins the first and the last token of a call.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

/// Tokens that are looked at, or written more than once: a list is copied for less than a stream, which the compiler
/// is asked for.
#[derive(Clone)]
pub(crate) struct Tokens(Vec<TokenTree>);

impl Tokens {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        Self(tokens.into_token_stream().into_iter().collect())
    }

    pub(crate) fn list(&self) -> &[TokenTree] {
        &self.0
    }

    /// From the first to the last.
    pub(crate) fn range(&self) -> Range {
        let start = self.0.first().map_or_else(Span::call_site, open);
        let end = self.0.last().map_or_else(Span::call_site, close);
        Range(start, end)
    }
}

/// Tokens of a text of ours, all at the place of the macro's call. The compiler itself reads it, for much less than `quote!`
/// takes to write the same: a macro is compiled without optimisation.
pub(crate) fn written(text: &str) -> TokenStream {
    let tokens: proc_macro::TokenStream = text.parse().expect("every text that is written here consists of tokens");
    tokens.into()
}

impl From<Ident> for Tokens {
    fn from(ident: Ident) -> Self {
        Self(vec![ident.into()])
    }
}

impl ToTokens for Tokens {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().cloned());
    }
}

/// From the first to the last token of something.
#[derive(Clone, Copy)]
pub(crate) struct Range(pub(crate) Span, pub(crate) Span);

impl Range {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        Tokens::of(tokens).range()
    }

    /// `path::function(arguments)`, underlined as the range.
    pub(crate) fn call(self, path: &TokenStream, function: &str, arguments: TokenStream) -> Tokens {
        self.call_by(Tokens::of(self.start(path.clone())), function, arguments)
    }

    /// `fc::function(arguments)`, underlined as the range.
    pub(crate) fn call_of(self, fc: &Ident, function: &str, arguments: TokenStream) -> Tokens {
        self.call_by(self.first(fc).into(), function, arguments)
    }

    fn call_by(self, mut call: Tokens, function: &str, arguments: TokenStream) -> Tokens {
        for spacing in [Spacing::Joint, Spacing::Alone] {
            let mut colon = Punct::new(':', spacing);
            colon.set_span(self.0);
            call.0.push(colon.into());
        }
        let mut group = Group::new(Delimiter::Parenthesis, arguments);
        group.set_span(self.1);
        call.0.extend([Ident::new(function, self.0).into(), group.into()]);
        call
    }

    /// `<ty as fc::name>::item`, underlined as the range.
    pub(crate) fn project(self, ty: &impl ToTokens, fc: &Ident, name: &str, item: &str) -> Tokens {
        let path = self.first(fc);
        let name = Ident::new(name, self.0);
        let item = Ident::new(item, self.1);
        let open = quote_spanned!(self.0=> <);
        Tokens::of(quote!(#open #ty as #path::#name>::#item))
    }

    /// The name, where the range begins.
    pub(crate) fn first(self, name: &Ident) -> Ident {
        let mut name = name.clone();
        name.set_span(self.0);
        name
    }

    /// The same tokens, all where the range begins.
    pub(crate) fn start(self, tokens: TokenStream) -> TokenStream {
        tokens
            .into_iter()
            .map(|mut token| {
                token.set_span(self.0);
                token
            })
            .collect()
    }
}

fn open(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Range::of(group.stream()).0,
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn close(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Range::of(group.stream()).1,
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}
