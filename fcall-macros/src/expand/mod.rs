//! The tool as tokens. Decides nothing.
//!
//! Everything of ours begins with `__fcall`, so that no name of the user's can meet it; what stands for a type, a
//! default or a result carries the user's spans, so that the compiler's errors do too.

mod arguments;
mod call;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use self::{
    arguments::{arguments, block_with_local, checks, fields},
    call::{call, sees_context},
};
use crate::{
    args::ToolArgs,
    errors::{self, Errors},
    item::Item,
    model::Tool,
    parameter::{Parameter, Sent, State},
    spans::{Range, written},
};

/// `#[tool]`.
pub(crate) fn tool(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item = match Item::of(tokens) {
        Ok(item) => item,
        Err(error) => match Item::half_typed(tokens) {
            Some(item) => item,
            None => {
                errors.at_span(error.span(), errors::misplaced(tokens, "a function; put `#[tool]` on a `fn`", &error));
                let errors = errors.finish();
                return quote!(#tokens #errors);
            }
        },
    };
    errors.about(format!("tool `{}`", item.sig.ident.unraw()));
    let args = ToolArgs::parse(args, &mut errors);
    let tool = Tool::new(&item, &args, &mut errors);
    match errors.finish() {
        None if item.written.is_none() => whole(&tool),
        errors => broken(&tool, errors.as_ref()),
    }
}

fn whole(tool: &Tool<'_>) -> TokenStream {
    let (item, fc) = (tool.item, Ident::new("__fcall", Span::call_site()));
    let (handle, runtime, cfgs) = (handle(tool), &tool.runtime, tool.item.cfgs());
    let name = &tool.handle;
    let (first, checks) = checks(tool, &fc);
    let (call, kind) = call(tool, &fc);
    let parts = parts(tool, &fc, (&fields(tool, &fc), needs_of(tool), &format!("{kind}(__fcall_call)")));
    let def = def(tool, &fc, &block_with_local(tool, parts));
    let names = quote! {
        use #runtime as #fc;
        use #fc::asked::*;
    };
    let entry = quote!(#fc::inventory::submit! { #fc::Entry(#fc::def_of::<#name>) });
    // put together in one go
    let parts = [names, arguments(tool, &fc), needs(tool, &fc).unwrap_or_default(), checks, call, def, entry, first];
    let body = Group::new(Delimiter::Brace, parts.into_iter().collect());
    quote! {
        #item
        #handle
        #(#cfgs)*
        #[allow(unused_imports, clippy::type_complexity)]
        const _: () = #body;
    }
}

/// A method, as an element of its set's list.
pub(crate) fn method(tool: &Tool<'_>) -> TokenStream {
    let fc = Ident::new("__fcall", Span::call_site());
    let (arguments, needs, cfgs) = (arguments(tool, &fc), needs(tool, &fc), tool.item.cfgs());
    let (first, checks) = checks(tool, &fc);
    let (call, kind) = call(tool, &fc);
    let parts = block_with_local(tool, parts(tool, &fc, (&fields(tool, &fc), needs_of(tool), "BROKEN")));
    quote! {
        #(#cfgs)*
        {
            #[allow(clippy::type_complexity)]
            #arguments
            #needs
            const _: () = { #first };
            #checks
            #call
            const __FCALL_PARTS: #fc::Parts = #parts;
            const __FCALL_DEF: &#fc::ToolDef = &#fc::ToolDef::of(__FCALL_PARTS);
            #fc::Method::new(__FCALL_DEF, #fc::MethodCall::#kind(__fcall_call))
        }
    }
}

/// The function and the type beside it as they would be, so that who uses them gets no second error; what can be asked
/// of their types is asked, so that all mistakes are told at once.
fn broken(tool: &Tool<'_>, errors: Option<&TokenStream>) -> TokenStream {
    let (item, fc, runtime) = (tool.item.in_one_piece(), Ident::new("__fcall", Span::call_site()), &tool.runtime);
    if item.sig.receiver().is_some() {
        return quote!(#item #errors);
    }
    let parts = parts(tool, &fc, ("[]", "&[]", "BROKEN"));
    let (handle, def, cfgs, asked) = (handle(tool), def(tool, &fc, &parts), item.cfgs(), asked(tool));
    quote! {
        #item
        #errors
        #handle
        #(#cfgs)*
        #[allow(unused_imports, clippy::type_complexity)]
        const _: () = {
            use #runtime as #fc;
            use #fc::asked::*;
            #def
            #asked
        };
    }
}

/// What is checked of the types of a tool that has mistakes, as statements.
pub(crate) fn asked(tool: &Tool<'_>) -> Option<TokenStream> {
    let fc = Ident::new("__fcall", Span::call_site());
    tool.is_askable().then(|| {
        let (arguments, (first, checks)) = (arguments(tool, &fc), checks(tool, &fc));
        quote!(#arguments #checks #first)
    })
}

fn sent<'t>(tool: &'t Tool<'_>) -> impl Iterator<Item = &'t Sent<'t>> {
    tool.parameters.iter().filter_map(|parameter| match parameter {
        Parameter::Sent(sent) => Some(&**sent),
        Parameter::Context(_) | Parameter::State(_) => None,
    })
}

fn states<'t>(tool: &'t Tool<'_>) -> impl Iterator<Item = &'t State<'t>> {
    tool.parameters.iter().filter_map(|parameter| match parameter {
        Parameter::State(state) => Some(state),
        Parameter::Sent(_) | Parameter::Context(_) => None,
    })
}

/// The uninhabited type of the function's name.
fn handle(tool: &Tool<'_>) -> TokenStream {
    let (vis, cfgs, name) = (&tool.item.vis, tool.item.cfgs(), &tool.handle);
    quote_spanned! { name.span()=>
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, unreachable_pub)]
        #vis enum #name {}
    }
}

/// What the type beside the function stands for.
fn def(tool: &Tool<'_>, fc: &Ident, parts: &Group) -> TokenStream {
    let handle = &tool.handle;
    quote! {
        impl #fc::Annotated for #handle {
            const PARTS: #fc::Parts = #parts;
        }
    }
}

/// All that the runtime makes a tool of, one by one: to put it together is left to the runtime, which is compiled once.
fn parts(tool: &Tool<'_>, fc: &Ident, (fields, needs, call): (&str, &str, &str)) -> Group {
    let (name, description, facts) = (&tool.name, &tool.description, tool.facts.expand(fc));
    let hash = fnv1a(name);
    let context = sees_context(tool);
    let mut parts = written(&format!(
        "{name:?}, {hash}, {description:?}, &{fields}, {facts}, {needs}, {context}, {fc}::Call::{call}, \
         ::core::module_path!(), ::core::file!(), "
    ));
    // the line of the function, not that of the attribute
    parts.extend(quote_spanned!(tool.item.sig.ident.span()=> ::core::line!()));
    Group::new(Delimiter::Parenthesis, parts)
}

/// Where the states are found.
fn needs_of(tool: &Tool<'_>) -> &'static str {
    states(tool).next().map_or("&[]", |_| "__FCALL_NEEDS")
}

/// The states, and a proof that no type is among them twice, whatever its name: a call would wait for itself.
fn needs(tool: &Tool<'_>, fc: &Ident) -> Option<TokenStream> {
    states(tool).next()?;
    let needs = states(tool).map(|state| {
        let (ty, name) = (state.ty, readable(state.ty));
        let range = Range::of(ty);
        let kind = Ident::new(if state.exclusive { "exclusive" } else { "shared" }, range.0);
        let need = range.first(fc);
        let need = quote_spanned!(range.0=> #need::Need);
        quote!(#need::#kind::<#ty>(#name))
    });
    let once = states(tool).nth(1).map(|_| {
        let types = states(tool).map(|state| {
            let ty = state.ty;
            quote_spanned!(Range::of(ty).0=> impl OneStateOfEachType for StateOfOneTool<#ty> {})
        });
        quote! {
            #[allow(dead_code)]
            struct StateOfOneTool<__FcallT: ?::core::marker::Sized>(::core::marker::PhantomData<__FcallT>);
            #[allow(dead_code)]
            trait OneStateOfEachType {}
            #(#types)*
        }
    });
    Some(quote! {
        const __FCALL_NEEDS: &[#fc::Need] = &[#(#needs),*];
        #once
    })
}

/// A type as people write it.
fn readable(ty: &syn::Type) -> String {
    let mut text = quote!(#ty).to_string();
    for (spaced, close) in [(" :: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")] {
        text = text.replace(spaced, close);
    }
    text
}

/// Equal names have equal hashes, and numbers are compared faster than texts while compiling.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
