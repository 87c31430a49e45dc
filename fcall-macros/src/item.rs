//! The function under `#[tool]`, its body left unparsed: a half-typed body is the compiler's error, not ours.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, PatType, Receiver, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
};

/// A function.
pub(crate) struct Item {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenStream,
    /// All but the attributes, where the signature is not complete; then what was parsed leaves out what is missing.
    pub(crate) written: Option<TokenStream>,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
            written: None,
        })
    }
}

impl Item {
    /// The function in these tokens. Its body may be long and is only handed on, so it is kept apart from what is parsed.
    pub(crate) fn of(tokens: &TokenStream) -> syn::Result<Self> {
        let mut head: Vec<_> = tokens.clone().into_iter().collect();
        let is_body =
            |last: &mut TokenTree| matches!(last, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if let Some(body) = head.pop_if(is_body)
            && let Ok(mut item) = syn::parse2::<Self>(head.into_iter().collect())
        {
            item.body.extend([body]);
            return Ok(item);
        }
        // a mistake is told where it is among all of them
        syn::parse2(tokens.clone())
    }

    /// It has no body: it is declared in a trait.
    pub(crate) fn is_declaration(&self) -> bool {
        matches!(self.body.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
    }

    /// Who uses it is warned; the tool itself is no use of it.
    pub(crate) fn is_deprecated(&self) -> bool {
        self.attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
    }

    /// The conditions under which the function exists at all.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }
}

/// The function as it was, without what was said to us on its parameters.
impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        if let Some(written) = &self.written {
            return written.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        signature(&self.sig, tokens);
        self.body.to_tokens(tokens);
    }
}

/// As it was, with empty generics of ours where it has none: to a name that is not found the compiler would else suggest
/// a parameter here, but not where we say the name again, and so tell of it twice.
fn signature(sig: &Signature, tokens: &mut TokenStream) {
    sig.constness.to_tokens(tokens);
    sig.asyncness.to_tokens(tokens);
    sig.safety.to_tokens(tokens);
    sig.abi.to_tokens(tokens);
    sig.fn_token.to_tokens(tokens);
    sig.ident.to_tokens(tokens);
    if sig.generics.params.is_empty() {
        <Token![<]>::default().to_tokens(tokens);
        <Token![>]>::default().to_tokens(tokens);
    }
    sig.generics.to_tokens(tokens);
    sig.paren_token.surround(tokens, |tokens| {
        for pair in sig.inputs.pairs() {
            parameter(pair.value(), tokens);
            pair.punct().to_tokens(tokens);
        }
        sig.variadic.to_tokens(tokens);
    });
    sig.output.to_tokens(tokens);
    sig.generics.where_clause.to_tokens(tokens);
}

fn parameter(input: &FnArg, tokens: &mut TokenStream) {
    let is_others = |attr: &&Attribute| !OURS.iter().any(|ours| attr.path().is_ident(ours));
    match input {
        FnArg::Receiver(receiver) => {
            let attrs = receiver.attrs.iter().filter(is_others).cloned().collect();
            Receiver { attrs, ..receiver.clone() }.to_tokens(tokens);
        }
        FnArg::Typed(PatType { attrs, pat, colon_token, ty }) => {
            attrs.iter().filter(is_others).for_each(|attr| attr.to_tokens(tokens));
            pat.to_tokens(tokens);
            colon_token.to_tokens(tokens);
            ty.to_tokens(tokens);
        }
    }
}

/// The attributes that say something to us on a parameter; what stands under a condition is refused.
const OURS: &[&str] = &["doc", "arg", "context", "state", "serde", "cfg_attr"];
