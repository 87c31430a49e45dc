//! The tool as tokens. Decides nothing.
//!
//! Everything of ours begins with `__fcall`, so that no name of the user's can meet it; what stands for a type, a
//! default or a result carries the user's spans, so that the compiler's errors do too.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, format_ident, quote, quote_spanned};
use syn::{ReturnType, Token, ext::IdentExt as _};

use crate::{
    args::ToolArgs,
    errors::{self, Errors},
    item::Item,
    model::Tool,
    parameter::{Default, Parameter, Pass, Sent, State},
    spans::{Range, Tokens},
};

/// `#[tool]`.
pub(crate) fn tool(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let item: Item = match syn::parse2(tokens.clone()) {
        Ok(item) => item,
        Err(error) => {
            errors.at_span(error.span(), errors::misplaced(tokens, "a function; put `#[tool]` on a `fn`", &error));
            let errors = errors.finish();
            return quote!(#tokens #errors);
        }
    };
    errors.about(format!("tool `{}`", item.sig.ident.unraw()));
    let args = ToolArgs::parse(args, &mut errors);
    let tool = Tool::new(&item, &args, &mut errors);
    match errors.finish() {
        None => whole(&tool),
        Some(errors) => broken(&tool, &errors),
    }
}

fn whole(tool: &Tool<'_>) -> TokenStream {
    let (item, fc) = (tool.item, Ident::new("__fcall", Span::call_site()));
    let (handle, runtime, cfgs) = (handle(tool), &tool.runtime, tool.item.cfgs());
    let name = &tool.handle;
    let (first, checks) = checks(tool, &fc, &quote!(<#name as #fc::Annotated>::PARTS));
    let (call, kind) = call(tool, &fc);
    let def = def(tool, &fc, &parts(tool, &fc, &fields(tool, &fc), &quote!(#fc::Call::#kind(__fcall_call))));
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
    let (first, checks) = checks(tool, &fc, &quote!(__FCALL_PARTS));
    let (call, kind) = call(tool, &fc);
    let parts = parts(tool, &fc, &fields(tool, &fc), &quote!(#fc::Call::BROKEN));
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

/// The function and the type beside it as they would be, so that who uses them gets no second error.
fn broken(tool: &Tool<'_>, errors: &TokenStream) -> TokenStream {
    let (item, fc, runtime) = (tool.item, Ident::new("__fcall", Span::call_site()), &tool.runtime);
    if item.sig.receiver().is_some() || item.is_declaration() {
        return quote!(#item #errors);
    }
    let parts = parts(tool, &fc, &quote!([]), &quote!(#fc::Call::BROKEN));
    let (handle, def, cfgs) = (handle(tool), def(tool, &fc, &parts), item.cfgs());
    quote! {
        #item
        #errors
        #handle
        #(#cfgs)*
        const _: () = {
            use #runtime as #fc;
            #def
        };
    }
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

/// One constant knows how the parameters are shown and read.
fn arguments(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    // what the compiler has against a lifetime it says of the whole tuple
    let blamed = sent(tool).find(|sent| !sent.is_always_legal()).map_or_else(Span::call_site, |sent| sent.range.0);
    let types: Vec<_> = sent(tool).map(|Sent { owned, .. }| ArgOf(fc, owned)).collect();
    let arguments: Vec<_> = sent(tool).map(|sent| argument(sent, fc)).collect();
    let (types, arguments) = (nested(&types, blamed), nested(&arguments, blamed));
    quote!(const __FCALL_ARGUMENTS: #types = #arguments;)
}

/// `fc::Arg<ty>`.
struct ArgOf<'t>(&'t Ident, &'t Tokens);

impl ToTokens for ArgOf<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self(fc, ty) = self;
        fc.to_tokens(tokens);
        <Token![::]>::default().to_tokens(tokens);
        tokens.append(Ident::new("Arg", Span::call_site()));
        <Token![<]>::default().to_tokens(tokens);
        ty.to_tokens(tokens);
        <Token![>]>::default().to_tokens(tokens);
    }
}

/// What is checked of the tool: statements for a constant that is there anyway, and constants of their own.
///
/// A constant tells the first mistake in it, so what may be one stands alone, for all to be told; but each constant
/// costs compile time, so what hardly ever fails stands beside the first of the others, and is checked in one go.
fn checks(tool: &Tool<'_>, fc: &Ident, parts: &TokenStream) -> (TokenStream, TokenStream) {
    let mut checks: Vec<_> = returned(tool, fc).into_iter().collect();
    let (mut sure, mut ranges, strict) = (Vec::new(), Vec::new(), tool.facts.is_strict());
    for (place, sent) in sent(tool).enumerate() {
        let sure_of_it = sent.well_known && !strict;
        if sure_of_it {
            sure.push(Literal::usize_unsuffixed(place));
            ranges.push(sent.range);
            if sent.is_always_legal() {
                continue;
            }
        }
        let checked = Checked::new(tool, sent, place, fc);
        if !sure_of_it {
            checks.push(checked.legal());
        }
        checks.extend(checked.others());
    }
    if let [first, .., last] | [first @ last] = ranges.as_slice() {
        let name = &tool.name;
        let fields = Literal::usize_unsuffixed(3);
        let all = quote!(#name, #parts.#fields, &[#(#sure),*]);
        checks.insert(1.min(checks.len()), Range(first.0, last.1).call_of(fc, "check_arguments", all));
    }
    let first = checks.len().min(if sure.is_empty() { 1 } else { 2 });
    let own = checks.split_off(first);
    (quote!(#(#checks;)*), quote!(#(const _: () = #own;)*))
}

/// More than these in one tuple the runtime does not read; what is more stands in tuples of tuples.
const FEW: usize = 12;

fn nested<T: ToTokens>(items: &[T], span: Span) -> Group {
    if items.len() <= FEW {
        return tuple(items, span);
    }
    let tuples: Vec<_> = items.chunks(FEW).map(|items| tuple(items, span)).collect();
    nested(&tuples, span)
}

/// The argument of the parameter at this place.
fn at(tool: &Tool<'_>, place: usize) -> At {
    let (mut rest, mut at, mut way) = (sent(tool).count(), place, Vec::new());
    while rest > FEW {
        way.push(at % FEW);
        (rest, at) = (rest.div_ceil(FEW), at / FEW);
    }
    way.push(at);
    At(way)
}

/// The way to an argument, its end first.
struct At(Vec<usize>);

impl ToTokens for At {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new("__FCALL_ARGUMENTS", Span::call_site()));
        for place in self.0.iter().rev() {
            <Token![.]>::default().to_tokens(tokens);
            tokens.append(Literal::usize_unsuffixed(*place));
        }
    }
}

fn tuple<T: ToTokens>(items: &[T], span: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#items,)*));
    group.set_span(span);
    group
}

/// A check of what is returned, where its type can be named.
fn returned(tool: &Tool<'_>, fc: &Ident) -> Option<Tokens> {
    let (ty, name) = (tool.returned()?, &tool.name);
    let asked = ["VALUE", "RESULT", "OK", "ERR"].map(|what| Ident::new(what, Span::call_site()));
    Some(ty.range().call_of(fc, "check_return", quote!(#name, [#(#fc::Answered::<#ty>::#asked),*])))
}

fn argument(sent: &Sent<'_>, fc: &Ident) -> Tokens {
    let owned = &sent.owned;
    let plain = match &sent.rules.shown {
        None => {
            let (span, ours) = (sent.range.0, sent.range.first(fc));
            let known = quote_spanned!(span=> #ours::Known::<#owned>::ARG, #ours::Known::<#owned>::FOREIGN_ARG);
            sent.range.call_of(fc, "arg", known)
        }
        Some(shown) => {
            let shape =
                quote!(#fc::shape_of::<#shown, _, _>(#fc::Known::<#shown>::SHAPE, #fc::Known::<#shown>::FOREIGN_SHAPE));
            Tokens::of(quote!(#fc::arg_as::<#owned, _>(#fc::Known::<#owned>::READ, #shape)))
        }
    };
    if sent.rules.is_empty() {
        return plain;
    }
    let rules = sent.rules.expand(fc, &quote!(__FCALL_ARGUMENT.shape));
    Tokens::of(quote! {{
        const __FCALL_ARGUMENT: #fc::Arg<#owned> = #plain;
        #[allow(unused_parens)]
        const __FCALL_RULES: &#fc::Rules = &#rules;
        __FCALL_ARGUMENT.shown(const { &#fc::Shape::refined(__FCALL_ARGUMENT.shape, __FCALL_RULES) })
    }})
}

/// What is checked of one parameter.
struct Checked<'t> {
    tool: &'t Tool<'t>,
    sent: &'t Sent<'t>,
    fc: &'t Ident,
    shape: TokenStream,
    /// What each check of the whole is told.
    subject: TokenStream,
}

impl<'t> Checked<'t> {
    fn new(tool: &'t Tool<'_>, sent: &'t Sent<'_>, place: usize, fc: &'t Ident) -> Self {
        let (name, tool_name, argument) = (&sent.name, &tool.name, at(tool, place));
        let shape = quote!(#argument.shape);
        let subject = quote!(#tool_name, #name, #shape);
        Self { tool, sent, fc, shape, subject }
    }

    /// The type.
    fn legal(&self) -> Tokens {
        let Self { tool, sent, fc, subject, .. } = self;
        let legal = if tool.facts.is_strict() { "check_strict_argument" } else { "check_argument" };
        let range = sent.rules.shown.as_ref().map_or(sent.range, Range::of);
        range.call_of(fc, legal, subject.clone())
    }

    /// What is asked beyond it.
    fn others(&self) -> Vec<Tokens> {
        let Self { tool, sent, fc, shape, subject } = self;
        let place = format!("tool `{}`, parameter `{}`", tool.name, sent.name);
        let mut others = sent.rules.checks(fc, &quote!(#fc), &place, shape);
        match &sent.default {
            Default::None => {}
            Default::Literal(expr, literal) => {
                let literal = literal.expand(fc);
                others.push(Range::of(expr).call_of(fc, "check_default", quote!(#subject, #literal)));
            }
            Default::Expr(expr) => {
                others.push(Range::of(expr).call_of(fc, "check_optional", subject.clone()));
            }
        }
        others
    }
}

fn slot(sent: &Sent<'_>) -> Ident {
    format_ident!("__fcall_{}", sent.at)
}

/// The list of parameters; what few of them have is put into it afterwards.
fn fields(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    let (names, descriptions) = (sent(tool).map(|sent| &sent.name), sent(tool).map(|sent| &sent.description));
    let arguments = sent(tool).enumerate().map(|(place, _)| at(tool, place));
    let plain = quote!(#fc::Field::list([#((#names, #descriptions, #arguments.shape)),*]));
    sent(tool).enumerate().fold(plain, |list, (place, sent)| match &sent.default {
        Default::None => list,
        Default::Literal(_, literal) => {
            let json = literal.to_json();
            quote!(#fc::Field::with_default(#list, #place, #json))
        }
        Default::Expr(_) => quote!(#fc::Field::with_defaulted(#list, #place)),
    })
}

/// What the type beside the function stands for.
fn def(tool: &Tool<'_>, fc: &Ident, parts: &TokenStream) -> TokenStream {
    let handle = &tool.handle;
    quote! {
        impl #fc::Annotated for #handle {
            const PARTS: #fc::Parts = #parts;
        }
    }
}

/// All that the runtime makes a tool of, one by one: to put it together is left to the runtime, which is compiled once.
fn parts(tool: &Tool<'_>, fc: &Ident, fields: &TokenStream, call: &TokenStream) -> TokenStream {
    let (name, description, facts) = (&tool.name, &tool.description, tool.facts.expand(fc));
    let hash = fnv1a(name);
    let needs = states(tool).next().map_or_else(|| quote!(&[]), |_| quote!(__FCALL_NEEDS));
    let context = sees_context(tool);
    let line = quote_spanned!(tool.item.sig.ident.span()=> ::core::line!());
    quote! {
        (
            #name,
            #hash,
            #description,
            &#fields,
            #facts,
            (::core::module_path!(), ::core::file!(), #line),
            #needs,
            #context,
            #call,
        )
    }
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

/// The function that reads the arguments, calls the user's, and makes an outcome of what it returns; and which kind of
/// call it is: one that waits for something is a future.
fn call(tool: &Tool<'_>, fc: &Ident) -> (TokenStream, Ident) {
    let (cx, name) = (format_ident!("__fcall_cx"), &tool.name);
    let slots = nested(&sent(tool).map(slot).collect::<Vec<_>>(), Span::call_site());
    let values = values(tool, fc);
    let (kind, out, body, refused) = match future(tool, &cx, fc) {
        Some(future) => ("Awaited", quote!(CallFuture<'call>), future, quote!(#fc::refused(__fcall_outcome))),
        None => ("InPlace", quote!(Outcome), invoke(tool, &cx), quote!(__fcall_outcome)),
    };
    let this = tool.of.map(|of| quote!(__fcall_this: &'call ::std::sync::Arc<#of>,));
    let (parameters, clause) = (&tool.generics.params, &tool.generics.where_clause);
    let function = quote! {
        fn __fcall_call<'call, #parameters>(
            #this
            #cx: &'call #fc::CallContext,
            __fcall_raw: #fc::Arguments<'call>,
        ) -> #fc::#out
        #clause
        {
            match #fc::read(#cx, __fcall_raw, #name, #values) {
                ::core::result::Result::Ok(#slots) => #body,
                ::core::result::Result::Err(__fcall_outcome) => #refused,
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
        let argument = at(tool, place);
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
    let this = tool.of.map(|_| quote!(let __fcall_this = ::std::sync::Arc::clone(__fcall_this);));
    quote!({ #copy #this #fc::off_thread(move || { #lend #invoke }).await })
}

fn sees_context(tool: &Tool<'_>) -> bool {
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
    let lend = |ty, owned| {
        let (span, ours) = (sent.range.0, sent.range.first(fc));
        let trait_ = quote_spanned!(span=> #ours::Lend);
        quote!(<#ty as #trait_>::lend(#owned))
    };
    let value = match &sent.pass {
        Pass::Owned => slot.clone().into(),
        Pass::Lent(ty) => Tokens::of(lend(ty, quote!(&#slot))),
        Pass::LentOption(ty) => {
            let lent = lend(ty, quote!(__fcall_some));
            Tokens::of(quote! {
                match &#slot {
                    ::core::option::Option::Some(__fcall_some) => ::core::option::Option::Some(#lent),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            })
        }
    };
    let Default::Expr(default) = &sent.default else { return value };
    Tokens::of(match &sent.pass {
        Pass::Lent(ty) => {
            let (span, ours) = (sent.range.0, sent.range.first(fc));
            let lent_or = quote_spanned!(span=> #ours::lent_or);
            quote!(#lent_or::<#ty>(&#slot, || #default))
        }
        _ => quote!(::core::option::Option::unwrap_or_else(#slot, || #default)),
    })
}

/// Equal names have equal hashes, and numbers are compared faster than texts while compiling.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
