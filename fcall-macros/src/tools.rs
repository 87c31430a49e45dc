//! `tools![..]`: a list of paths to annotated functions.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Path, Token, parse::Parser as _, punctuated::Punctuated};

use crate::{errors::Errors, spans::Range};

/// `krate; path, path, ..`: the facade says where it is.
pub(crate) fn tools(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let krate: TokenStream = tokens
        .by_ref()
        .take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
        .collect();
    let list: TokenStream = tokens.collect();
    let fc = Ident::new("__fcall", Span::call_site());
    let mut errors = Errors::default();
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    let paths = parser.parse2(list).map_err(|error| {
        let what = "`tools![..]` takes the paths of annotated functions; write `tools![get_weather, travel::book]`";
        syn::Error::new(error.span(), format!("{what} ({error})"))
    });
    let Some(paths) = errors.ok(paths) else {
        let errors = errors.finish();
        return quote!({ #errors #krate::__private::chosen([]) });
    };
    let entries = paths.iter().map(|path| quote!(#fc::choice::<#path, _>(&#fc::Entered::<#path>::TOOL)));
    let runtime = quote!(#fc);
    let checks = paths.iter().enumerate().map(|(at, path)| {
        let written = quote!(#path).to_string().replace(' ', "");
        Range::of(path).call(&runtime, "check_choice", quote!(&__FCALL_TOOLS, #at, #written))
    });
    let count = paths.len();
    quote! {{
        use #krate::__private as #fc;
        #[allow(unused_imports)]
        use #fc::asked::*;
        const __FCALL_TOOLS: [&#fc::ToolDef; #count] = [#(#entries),*];
        const _: () = { #(#checks;)* };
        #fc::chosen(__FCALL_TOOLS)
    }}
}
