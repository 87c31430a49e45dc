//! The function that a call is: it reads the arguments, calls the user's function, and makes an outcome of what that returns.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ReturnType;

use super::{
    arguments::{From, at, nested},
    sent, states,
};
use crate::{
    model::Tool,
    parameter::{Default, Parameter, Pass, Sent, State},
    spans::{Range, Tokens, written},
};

fn slot(sent: &Sent<'_>) -> Ident {
    format_ident!("__fcall_{}", sent.at)
}

/// The function that reads the arguments, calls the user's, and makes an outcome of what it returns; and which kind of
/// call it is: one that waits for something is a future.
pub(super) fn call(tool: &Tool<'_>, fc: &Ident) -> (TokenStream, Ident) {
    let (cx, name) = (format_ident!("__fcall_cx"), &tool.name);
    let (kind, out, body, refused) = match future(tool, &cx, fc) {
        Some(future) => ("Awaited", "CallFuture<'call>", future, "__fcall::refused(__fcall_outcome)"),
        None => ("InPlace", "Outcome", invoke(tool, &cx), "__fcall_outcome"),
    };
    let head = match tool.of {
        None => written(&format!(
            "fn __fcall_call<'call>({cx}: &'call {fc}::CallContext, __fcall_raw: {fc}::Arguments<'call>) -> {fc}::{out}"
        )),
        Some(of) => {
            let (parameters, clause) = (&tool.generics.params, &tool.generics.where_clause);
            let out = written(&format!("{fc}::{out}"));
            quote! {
                fn __fcall_call<'call, #parameters>(
                    __fcall_this: &'call ::std::sync::Arc<#of>,
                    #cx: &'call #fc::CallContext,
                    __fcall_raw: #fc::Arguments<'call>,
                ) -> #out
                #clause
            }
        }
    };
    let slots = nested(&sent(tool).map(slot).collect::<Vec<_>>(), Span::call_site());
    let values = values(tool, fc);
    let refused = written(&format!(", ::core::result::Result::Err(__fcall_outcome) => {refused}"));
    let deprecated = tool.item.is_deprecated().then(|| quote!(#[allow(deprecated)]));
    let function = quote! {
        #deprecated
        #head {
            match #fc::read(#cx, __fcall_raw, #name, #values) {
                ::core::result::Result::Ok(#slots) => #body #refused
            }
        }
    };
    (function, Ident::new(kind, Span::call_site()))
}

/// The arguments as they are read: where a default is an expression, only if they are given.
fn values(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    if !sent(tool).any(|sent| matches!(sent.default, Default::Expr(_))) {
        return quote!(__FCALL_ARGUMENTS);
    }
    let values = sent(tool).enumerate().map(|(place, sent)| {
        let argument = at(tool, place, From::Constant);
        match sent.default {
            Default::Expr(_) => quote!(#fc::IfGiven(#argument)),
            Default::None | Default::Literal(..) => quote!(#argument),
        }
    });
    nested(&values.collect::<Vec<_>>(), Span::call_site()).into_token_stream()
}

/// Whether what the function is given outlives its future: what it is lent does not, and needs one around it.
fn stands_alone(tool: &Tool<'_>) -> bool {
    let owned =
        |sent: &Sent<'_>| matches!((&sent.pass, &sent.default), (Pass::Owned, Default::None | Default::Literal(..)));
    tool.item.sig.asyncness.is_some() && states(tool).next().is_none() && sent(tool).all(owned)
}

/// The future of a call that waits for something; one that can't be sent between threads is the function's fault.
fn future(tool: &Tool<'_>, cx: &Ident, fc: &Ident) -> Option<TokenStream> {
    let invoke = invoke(tool, cx);
    if stands_alone(tool) {
        return Some(invoke);
    }
    let invoke = if tool.blocking { off_thread(tool, &invoke, cx, fc) } else { invoke };
    let waits = states(tool).next().is_some();
    let body = if waits { holding(tool, &invoke, cx, fc) } else { invoke };
    match &tool.item.sig.asyncness {
        Some(_) => Some(quote_spanned!(tool.item.sig.ident.span()=> ::std::boxed::Box::pin(async move { #body }))),
        None if waits || tool.blocking => Some(quote!(::std::boxed::Box::pin(async move { #body }))),
        None => None,
    }
}

/// The call, once all its states are held.
fn holding(tool: &Tool<'_>, invoke: &TokenStream, cx: &Ident, fc: &Ident) -> TokenStream {
    let (lent, guards): (Vec<_>, Vec<_>) = states(tool).enumerate().map(|(at, state)| lent(at, state)).unzip();
    let (taken, name) = (states(tool).enumerate().map(|(at, _)| guard(at)), &tool.name);
    quote! {
        let mut __fcall_holds = #fc::held(#cx, __FCALL_NEEDS).await;
        #(#lent)*
        match (#(#taken,)*) {
            (#(::core::option::Option::Some(#guards),)*) => #invoke,
            _ => #fc::lacking(#cx, #name, __FCALL_NEEDS),
        }
    }
}

fn guard(at: usize) -> Ident {
    format_ident!("__fcall_state_{at}")
}

/// Takes a state from what the call holds, and the pattern it is then bound by.
fn lent(at: usize, state: &State<'_>) -> (TokenStream, TokenStream) {
    let (guard, ty, place) = (guard(at), state.ty, Literal::usize_unsuffixed(at));
    let kind = format_ident!("{}", if state.exclusive { "exclusive" } else { "shared" });
    let mutable = state.exclusive.then(|| quote!(mut));
    (quote!(let #guard = __fcall_holds.#kind::<#ty>(#place);), quote!(#mutable #guard))
}

/// The call on another thread, with a context of its own.
fn off_thread(tool: &Tool<'_>, invoke: &TokenStream, cx: &Ident, fc: &Ident) -> TokenStream {
    let (copy, lend) = match sees_context(tool) {
        true => (quote!(let #cx = <#fc::CallContext as ::core::clone::Clone>::clone(#cx);), quote!(let #cx = &#cx;)),
        false => (TokenStream::new(), TokenStream::new()),
    };
    let this =
        tool.of.map(|_| quote!(let __fcall_this = <::std::sync::Arc<_> as ::core::clone::Clone>::clone(__fcall_this);));
    quote!({ #copy #this #fc::off_thread(move || { #lend #invoke }).await })
}

pub(super) fn sees_context(tool: &Tool<'_>) -> bool {
    tool.parameters.iter().any(|parameter| matches!(parameter, Parameter::Context(_)))
}

/// The call itself; its result carries the span of the return type.
fn invoke(tool: &Tool<'_>, cx: &Ident) -> TokenStream {
    let sig = &tool.item.sig;
    let function = &sig.ident;
    let mut states = 0..;
    let arguments = tool.parameters.iter().map(|parameter| match parameter {
        Parameter::Context(range) => range.first(cx).into(),
        Parameter::State(state) => {
            let guard = guard(states.next().unwrap_or_default());
            Tokens::of(if state.exclusive { quote!(&mut *#guard) } else { quote!(&*#guard) })
        }
        Parameter::Sent(sent) => handed(sent, &Ident::new("__fcall", Span::call_site())),
    });
    let later = stands_alone(tool);
    let wait = sig.asyncness.as_ref().filter(|_| !later).map(|_| quote_spanned!(function.span()=> .await));
    let span = match &sig.output {
        ReturnType::Default => function.span(),
        ReturnType::Type(_, ty) => Range::of(ty).0,
    };
    let out = Ident::new("__fcall_out", span);
    let runtime = Ident::new("__fcall", span);
    let (is, finish) = if later { ("will", "later") } else { ("is", "finish") };
    let (is, finish) = (Ident::new(is, span), Ident::new(finish, if later { function.span() } else { span }));
    let finish = match tool.returned() {
        Some(_) => quote_spanned!(span=> (&&&&&#runtime::Returned::#is(&#out)).told().#finish(#out)),
        None => quote_spanned!(span=> (&#runtime::Wrap::#is(&#out)).pick().#finish(#out)),
    };
    let path = tool.of.map(|of| quote!(<#of>::));
    let this = tool.of.map(|_| if tool.blocking { quote!(&*__fcall_this,) } else { quote!(&**__fcall_this,) });
    quote! {{
        let #out = #path #function(#this #(#arguments),*)#wait;
        #finish
    }}
}

fn handed(sent: &Sent<'_>, fc: &Ident) -> Tokens {
    let slot = slot(sent);
    let (span, ours) = (sent.range.0, sent.range.first(fc));
    match (&sent.pass, &sent.default) {
        (Pass::Owned, Default::None | Default::Literal(..)) => slot.into(),
        (Pass::Lent(ty), Default::None | Default::Literal(..)) => {
            let lend = quote_spanned!(span=> #ours::Lend);
            Tokens::of(quote!(<#ty as #lend>::lend(&#slot)))
        }
        (Pass::LentOption(ty), Default::None | Default::Literal(..)) => {
            let lent_option = quote_spanned!(span=> #ours::lent_option);
            Tokens::of(quote!(#lent_option::<#ty>(&#slot)))
        }
        (Pass::Lent(ty), Default::Expr(default)) => {
            let lent_or = quote_spanned!(span=> #ours::lent_or);
            Tokens::of(quote!(#lent_or::<#ty>(&#slot, || #default)))
        }
        (Pass::Owned | Pass::LentOption(_), Default::Expr(default)) => {
            Tokens::of(quote!(::core::option::Option::unwrap_or_else(#slot, || #default)))
        }
    }
}
