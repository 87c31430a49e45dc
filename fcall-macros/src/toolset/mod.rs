//! `#[toolset]`: the marked methods of an `impl` block, as tools of a value.
//!
//! Bodies are left unparsed, as under `#[tool]`; each method is then modelled and expanded as a function is.

mod block;
mod naming;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{Generics, Type, ext::IdentExt as _, parse_quote};

use self::block::{Block, Member};

use crate::{
    args::{ToolArgs, ToolsetArgs},
    errors::{Errors, misplaced},
    expand,
    item::Item,
    model::Tool,
};

/// `#[toolset]`.
pub(crate) fn toolset(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let block: Block = match syn::parse2(tokens.clone()) {
        Ok(block) => block,
        Err(error) => {
            let wanted = "the `impl` block of a type; put `#[toolset]` on that";
            errors.at_span(error.span(), misplaced(tokens, wanted, &error));
            let errors = errors.finish();
            return quote!(#tokens #errors);
        }
    };
    let subject = format!("toolset `{}`", block.ty.to_token_stream().to_string().replace(' ', ""));
    errors.about(subject.clone());
    let args = ToolsetArgs::parse(args, &mut errors);
    let runtime = args.runtime();
    check(&block, &mut errors);
    let shown: Vec<(Item, ToolArgs, bool)> = block
        .items
        .iter()
        .filter_map(|member| match member {
            Member::Tool(marked) => {
                let item = &marked.item;
                errors.about(format!("tool `{}`", item.sig.ident.unraw()));
                let before = errors.found;
                let args = ToolArgs::parse(marked.args.clone(), &mut errors);
                let mut item = item.naming(&block.ty);
                item.attrs.extend(marked.condition.clone());
                // of these the compiler says itself what is missing
                let whole = item.written.is_none() && !item.is_declaration();
                Some((item, args, whole && errors.found == before))
            }
            Member::Other(_) => None,
        })
        .collect();
    let generics = shared(&block.generics, &block.ty);
    let mut tools: Vec<(Tool<'_>, bool)> = Vec::new();
    for (item, args, sound) in &shown {
        errors.about(format!("tool `{}`", item.sig.ident.unraw()));
        let before = errors.found;
        let tool = Tool::method(item, args, (&block.ty, &generics), &runtime, &mut errors);
        // of two under conditions only one may be there
        let is_certain = |tool: &Tool<'_>| tool.item.cfgs().next().is_none();
        if tools.iter().any(|(other, _)| other.name == tool.name && (is_certain(other) || is_certain(&tool))) {
            let message =
                "an earlier tool of this set has the same name; give one of them another with `#[tool(name = \"..\")]`";
            errors.about(format!("tool `{}`", tool.name));
            errors.at(&item.sig.ident, message);
        }
        tools.push((tool, *sound && errors.found == before));
    }
    let errors = errors.finish();
    whole(&block, &runtime, &tools, errors.as_ref())
}

fn check(block: &Block, errors: &mut Errors) {
    if let Some((path, _)) = &block.of_trait {
        errors.at(path, "a trait's methods can't be tools; move them to an `impl` block without a trait");
    }
    if let Some(lifetime) = borrowed(&block.ty) {
        let message = "calls may outlive what is borrowed here; write `'static`, or let the value own what it holds";
        errors.at(lifetime, message);
    }
    if !block.items.iter().any(|member| matches!(member, Member::Tool(..))) {
        errors.at(&block.ty, "it has no tools; mark the methods that a model may call with `#[tool]`");
    }
}

/// Where a type says how long it lives.
fn borrowed(ty: &Type) -> Option<TokenStream> {
    fn find(tokens: TokenStream) -> Option<TokenStream> {
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(quote) if quote.as_char() == '\'' => match tokens.next() {
                    Some(TokenTree::Ident(name)) if name == "static" => {}
                    name => return Some(quote!(#quote #name)),
                },
                TokenTree::Group(group) => {
                    if let Some(found) = find(group.stream()) {
                        return Some(found);
                    }
                }
                _ => {}
            }
        }
        None
    }
    find(ty.to_token_stream())
}

fn whole(
    block: &Block,
    runtime: &TokenStream,
    tools: &[(Tool<'_>, bool)],
    errors: Option<&TokenStream>,
) -> TokenStream {
    let Block { attrs, unsafety, keyword, generics, of_trait, ty, items } = block;
    let fc = Ident::new("__fcall", Span::call_site());
    let of_trait = of_trait.as_ref().map(|(path, token)| quote!(#path #token));
    let items = items.iter().map(|member| match member {
        Member::Tool(marked) if errors.is_some() => marked.item.in_one_piece().into_token_stream(),
        Member::Tool(marked) => marked.item.to_token_stream(),
        Member::Other(tokens) => tokens.clone(),
    });
    let clause = &generics.where_clause;
    let shared = shared(generics, ty);
    let (parameters, _, bounds) = shared.split_for_impl();
    let is_shared = borrowed(ty).is_none();
    let methods = tools.iter().filter(|(_, sound)| *sound && is_shared).map(|(tool, _)| expand::method(tool));
    let list = quote!(&[#(#methods),*]);
    let asked = tools.iter().filter(|(_, sound)| !sound && is_shared).filter_map(|(tool, _)| expand::asked(tool));
    // a constant of its own can't name what the block is generic over
    let (constant, list) = match generics.params.is_empty() {
        true => {
            (Some(quote!(const METHODS_OF_THIS_TOOLSET: &[#fc::Method<#ty>] = #list;)), quote!(METHODS_OF_THIS_TOOLSET))
        }
        false => (None, quote!(const { #list })),
    };
    let given = if is_shared { quote!(#fc::methods(self, #list)) } else { quote!(::std::vec::Vec::new()) };
    let implementation = block.of_trait.is_none().then(|| {
        quote! {
            const _: () = {
                use #runtime as #fc;
                #[allow(unused_imports)]
                use #fc::asked::*;
                #constant
                #(const _: () = { #asked };)*
                impl #parameters #fc::IntoTools for #ty #bounds {
                    fn into_tools(self) -> ::std::vec::Vec<#fc::Tool> {
                        #given
                    }
                }
            };
        }
    });
    // as of a function's signature, see there
    let none = generics.params.is_empty().then(|| quote!(<>));
    quote! {
        #(#attrs)*
        #unsafety #keyword #none #generics #of_trait #ty #clause { #(#items)* }
        #implementation
        #errors
    }
}

/// What a block is generic over, for values that calls can share.
fn shared(generics: &Generics, ty: &Type) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        let bound = parse_quote!(#ty: ::core::marker::Send + ::core::marker::Sync + 'static);
        generics.make_where_clause().predicates.push(bound);
    }
    generics
}
