//! An annotated function as a tool: typed, and only valid values. All rules that tokens alone can show live here.

use std::cell::OnceCell;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    FnArg, GenericParam, Generics, LitStr, Pat, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type,
    ext::IdentExt as _,
};

use crate::{
    args::{ToolArgs, runtime},
    description,
    errors::Errors,
    item::Item,
    parameter::{Parameter, is_well_known, ungroup},
    sizes,
    spans::Tokens,
};

/// A tool.
pub(crate) struct Tool<'i> {
    pub(crate) item: &'i Item,
    /// Where the runtime's private face is.
    pub(crate) runtime: TokenStream,
    /// The wire name.
    pub(crate) name: String,
    /// The type beside the function.
    pub(crate) handle: Ident,
    /// The type whose method it is.
    pub(crate) of: Option<&'i Type>,
    /// What that type is generic over.
    pub(crate) generics: Generics,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter<'i>>,
    pub(crate) facts: Facts,
    /// Runs off the threads that poll calls.
    pub(crate) blocking: bool,
    returned: OnceCell<Option<Tokens>>,
}

/// What the options say that changes no type.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) timeout: Option<u64>,
    pub(crate) group: Option<String>,
    pub(crate) flags: Vec<&'static str>,
}

impl<'i> Tool<'i> {
    pub(crate) fn new(item: &'i Item, args: &ToolArgs, errors: &mut Errors) -> Self {
        if let Some(receiver) = item.sig.receiver().filter(|_| !item.is_declaration()) {
            errors.at(
                receiver,
                "a tool is a free function; put `#[toolset]` on the `impl` block to make its methods tools",
            );
        }
        let handle = args.handle.clone().unwrap_or_else(|| item.sig.ident.clone());
        check_handle(&handle, args.handle.is_none(), errors);
        Self::named(item, args, handle, runtime(args.krate.as_ref()), None, errors)
    }

    /// A method of a value of type `of`.
    pub(crate) fn method(
        item: &'i Item,
        args: &ToolArgs,
        (of, generics): (&'i Type, &Generics),
        runtime: &TokenStream,
        errors: &mut Errors,
    ) -> Self {
        for input in &item.sig.inputs {
            let FnArg::Typed(typed) = input else { continue };
            if let Some(parameter) = generics.params.iter().find_map(|param| mentioned(&*typed.ty, param)) {
                let message =
                    "what a call is given can't depend on what the `impl` block is generic over; name a concrete type";
                let (tool, Pat::Ident(pat)) = (item.sig.ident.unraw(), &*typed.pat) else { continue };
                errors.about(format!("tool `{tool}`, parameter `{}`", pat.ident.unraw()));
                errors.at(parameter, message);
                errors.about(format!("tool `{tool}`"));
            }
        }
        match item.sig.receiver() {
            Some(Receiver { kind: ReceiverKind::Reference(_, None, None), .. }) => {}
            Some(other) => errors.at(other, "calls share the value: take `&self`, and put what changes behind a lock"),
            None => errors
                .at(&item.sig.ident, "a method takes `&self`; add it, or move the function out of the `impl` block"),
        }
        if let Some(handle) = &args.handle {
            errors.at(handle, "a method has no type beside it; drop the `handle`");
        }
        if let Some(krate) = &args.krate {
            errors.at(krate, "say it once for all: `#[toolset(crate = \"..\")]`");
        }
        let mut tool = Self::named(item, args, item.sig.ident.clone(), runtime.clone(), Some(of), errors);
        if generics.params.is_empty() {
            return tool;
        }
        let names = |tokens: &dyn ToTokens| generics.params.iter().find_map(|param| mentioned(&tokens, param));
        for parameter in &tool.parameters {
            let Parameter::Sent(sent) = parameter else { continue };
            if let Some(parameter) = names(&sent.rules.tokens()) {
                let (tool, name) = (item.sig.ident.unraw(), &sent.name);
                errors.about(format!("tool `{tool}`, parameter `{name}`"));
                errors.at(parameter, "what is asked of a value can't depend on what the `impl` block is generic over; write a constant of its own");
                errors.about(format!("tool `{tool}`"));
            }
        }
        let concrete = |parameter: &Parameter<'_>| match parameter {
            Parameter::Sent(sent) => names(&sent.owned).or_else(|| names(&sent.rules.tokens())).is_none(),
            Parameter::State(_) | Parameter::Context(_) => true,
        };
        tool.parameters.retain(concrete);
        Self { generics: generics.clone(), ..tool }
    }

    fn named(
        item: &'i Item,
        args: &ToolArgs,
        handle: Ident,
        runtime: TokenStream,
        of: Option<&'i Type>,
        errors: &mut Errors,
    ) -> Self {
        signature(&item.sig, errors);
        // of a method without one the compiler says so itself
        if item.is_declaration() && of.is_none() {
            errors.at(&item.sig.ident, "a tool needs a body: put `#[tool]` on a function, not on a declaration");
        }
        let ident = &item.sig.ident;
        let before = errors.found;
        let description = description::of(&item.attrs, errors);
        // one that can't be read is told of already
        if description.is_empty() && errors.found == before {
            errors.at(ident, "there is no description; write a doc comment that tells the model what it does");
        }
        if let (Some(blocking), Some(_)) = (&args.blocking, &item.sig.asyncness) {
            errors.at(blocking, "`blocking` is for a plain `fn`; drop it, or drop `async`");
        }
        let facts = Facts::new(args, errors);
        if let (Some(_), Some(timeout), None, None) =
            (facts.timeout, &args.timeout, &args.blocking, &item.sig.asyncness)
        {
            let message = "a plain `fn` can't be interrupted, so a `timeout` has no effect; add `blocking`, which leaves it behind on a thread of its own, or make it `async`";
            errors.at(timeout, message);
        }
        let mut tool = Self {
            item,
            name: name(ident, args.name.as_ref(), errors),
            of,
            generics: Generics::default(),
            description,
            parameters: Vec::new(),
            facts,
            runtime,
            blocking: args.blocking.is_some(),
            handle,
            returned: OnceCell::new(),
        };
        tool.parameters(args.documented.is_some(), errors);
        tool
    }

    /// Its types can be asked, whatever else is wrong with it.
    pub(crate) fn is_askable(&self) -> bool {
        self.item.sig.generics.params.is_empty() && !is_primitive(&self.handle)
    }

    /// The type that is returned, where it has to be asked whether it can be sent, and has a name.
    pub(crate) fn returned(&self) -> Option<&Tokens> {
        self.returned.get_or_init(|| self.find_returned()).as_ref()
    }

    fn find_returned(&self) -> Option<Tokens> {
        let ReturnType::Type(_, ty) = &self.item.sig.output else { return None };
        let tokens = Tokens::of(ty);
        // a constant can't name what the type is generic over
        let can_be_named = |tokens| {
            let mut generic = self.generics.params.iter();
            !is_opaque(tokens) && generic.all(|param| mentioned(ty, param).is_none())
        };
        (!is_well_known(tokens.list()) && sizes::without_size(ty).is_none() && can_be_named(tokens.list()))
            .then_some(tokens)
    }

    fn parameters(&mut self, documented: bool, errors: &mut Errors) {
        // as the runtime is called inside the tool's constant
        let runtime = Ident::new("__fcall", Span::call_site());
        for (at, input) in self.item.sig.inputs.iter().enumerate() {
            // a receiver is refused by `signature`
            let FnArg::Typed(typed) = input else { continue };
            let tool_name = self.item.sig.ident.unraw();
            errors.about(match &*typed.pat {
                Pat::Ident(pat) => format!("tool `{tool_name}`, parameter `{}`", pat.ident.unraw()),
                _ => format!("tool `{tool_name}`"),
            });
            let before = errors.found;
            let Some(parameter) = Parameter::new(at, typed, &runtime, errors) else { continue };
            let sound = errors.found == before;
            if let Parameter::Sent(sent) = &parameter {
                let name = &sent.name;
                if documented && sent.description.is_empty() {
                    errors.at(&typed.pat, "`documented` asks for a doc comment here; write one");
                }
                if self.parameters.iter().any(|other| matches!(other, Parameter::Sent(other) if other.name == *name)) {
                    errors.at(&typed.pat, format!("another parameter is named `{name}` too; rename one of them"));
                }
            }
            if let Parameter::State(state) = &parameter {
                let ty = state.ty.to_token_stream().to_string();
                let twice = |other: &Parameter<'_>| matches!(other, Parameter::State(other) if other.ty.to_token_stream().to_string() == ty);
                if self.parameters.iter().any(twice) {
                    errors.at(&*typed.ty, format!("the state `{ty}` is asked for twice; take it once"));
                }
            }
            if sound {
                self.parameters.push(parameter);
            }
        }
    }
}

/// Where these tokens name a generic parameter.
fn mentioned(tokens: &impl ToTokens, parameter: &GenericParam) -> Option<Ident> {
    let name = match parameter {
        GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
        GenericParam::Type(parameter) => &parameter.ident,
        GenericParam::Const(parameter) => &parameter.ident,
    };
    fn find(tokens: TokenStream, name: &Ident) -> Option<Ident> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(ident) if ident == *name => Some(ident),
            TokenTree::Group(group) => find(group.stream(), name),
            _ => None,
        })
    }
    find(tokens.to_token_stream(), name)
}

/// `impl Trait` and `!`, also inside: no other place can name such a type.
fn is_opaque(tokens: &[TokenTree]) -> bool {
    tokens.iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Punct(punct) => punct.as_char() == '!',
        TokenTree::Group(group) => is_opaque(Tokens::of(group.stream()).list()),
        TokenTree::Literal(_) => false,
    })
}

fn signature(sig: &Signature, errors: &mut Errors) {
    if let Some(token) = &sig.constness {
        errors.at(token, "a tool can't be `const`; drop the word");
    }
    match &sig.safety {
        Safety::Unsafe(token) => {
            errors.at(token, "a model calls a tool with whatever it likes, so it can't be `unsafe`; drop the word");
        }
        Safety::Safe(token) => errors.at(token, "drop `safe`: a tool is an ordinary function"),
        _ => {}
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, "a tool is an ordinary Rust function; drop the `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic, "a model can't send a variable number of arguments; take a `Vec`");
    }
    if let ReturnType::Type(_, ty) = &sig.output {
        if let Type::Never(never) = ungroup(ty) {
            errors.at(
                never,
                "a tool that never returns has no answer for the model; return one, or leave out the `-> !`",
            );
        } else if let Some(part) = sizes::without_size(ty) {
            errors.at(part, sizes::given(part));
        }
    }
    if !sig.generics.params.is_empty() {
        let only_lifetimes =
            sig.generics.type_params().next().is_none() && sig.generics.const_params().next().is_none();
        let message = if only_lifetimes {
            "a tool has no lifetimes of its own; leave them out (`city: &str`), and return what is owned (`String`)"
        } else {
            "a tool has no generic parameters: the model must be told of concrete types; name them, or write one tool for each"
        };
        errors.at(&sig.generics, message);
    } else if let Some(clause) = &sig.generics.where_clause {
        errors.at(clause.where_token, "a tool has no generic parameters, so it needs no `where`; drop it");
    }
}

fn name(ident: &Ident, given: Option<&LitStr>, errors: &mut Errors) -> String {
    let name = given.map_or_else(|| ident.unraw().to_string(), LitStr::value);
    if !is_legal(&name) {
        const RULE: &str = "1 to 64 letters, digits, `_` or `-`, the first a letter or `_`";
        match given {
            Some(given) => errors.at(given, format!("no provider takes this name; write {RULE}")),
            None => errors
                .at(ident, format!("no provider takes `{name}` as a name; add `#[tool(name = \"..\")]` with {RULE}")),
        }
    }
    name
}

fn is_legal(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '-')
}

/// A type of a primitive's name would hide the primitive from the whole module.
fn check_handle(handle: &Ident, is_own_name: bool, errors: &mut Errors) {
    if is_primitive(handle) {
        let how = if is_own_name { "add `#[tool(handle = OtherName)]`" } else { "take another name" };
        errors.at(handle, format!("the type beside the function would hide the type `{handle}`; {how}"));
    }
}

fn is_primitive(name: &Ident) -> bool {
    const PRIMITIVES: &[&str] = &[
        "bool", "char", "str", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
        "f32", "f64",
    ];
    PRIMITIVES.contains(&name.to_string().as_str())
}

impl Facts {
    fn new(args: &ToolArgs, errors: &mut Errors) -> Self {
        if let (Some(_), Some(destructive)) = (&args.read_only, &args.destructive) {
            errors.at(destructive, "a tool is `read_only` or `destructive`, not both; drop one");
        }
        let flags = [
            (&args.read_only, "read_only"),
            (&args.destructive, "destructive"),
            (&args.idempotent, "idempotent"),
            (&args.sequential, "sequential"),
            (&args.strict, "strict"),
        ];
        Self {
            timeout: args.timeout.as_ref().and_then(|timeout| milliseconds(timeout, errors)),
            group: args.group.as_ref().map(LitStr::value),
            flags: flags.into_iter().filter(|(given, _)| given.is_some()).map(|(_, flag)| flag).collect(),
        }
    }

    /// The tool must have a strict form.
    pub(crate) fn is_strict(&self) -> bool {
        self.flags.contains(&"strict")
    }

    /// The facts as the text of an expression.
    pub(crate) fn expand(&self, fc: &Ident) -> String {
        let Self { timeout, group, flags } = self;
        if timeout.is_none() && group.is_none() && flags.is_empty() {
            return format!("{fc}::NO_FACTS");
        }
        let timeout = timeout.map(|milliseconds| format!(".timeout({milliseconds})"));
        let group = group.as_ref().map(|group| format!(".group({group:?})"));
        let flags = flags.iter().map(|flag| format!(".{flag}()"));
        let options: String = timeout.into_iter().chain(group).chain(flags).collect();
        format!("&{fc}::Facts::NONE{options}")
    }
}

fn milliseconds(timeout: &LitStr, errors: &mut Errors) -> Option<u64> {
    let text = timeout.value();
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let unit = match text.get(digits.len()..).map(str::trim) {
        Some("ms") => Some(1),
        Some("s") => Some(1_000),
        Some("m" | "min") => Some(60_000),
        Some("h") => Some(3_600_000),
        _ => None,
    };
    let time = digits.trim().parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    if time.is_none_or(|time| time == 0) {
        errors.at(timeout, "`timeout` is a time; write `\"500ms\"`, `\"10s\"`, `\"2m\"` or `\"1h\"`");
    }
    time
}
