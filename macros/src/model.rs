//! The arguments joined with the function they stand on, and everything that is refused.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Error, Expr, FnArg, Ident, Pat, PatType, Path, Receiver};

use crate::args::{Args, Form, Key, Name, OnErr, OnParameter, OnReturn, Parent, Text, note};
use crate::function::Function;
use crate::parameters::Parameters;
use crate::pattern::{by_reference, mentions, receiver};
use crate::returns::{self, Later, What};

/// Everything an expansion needs to know.
pub(crate) struct Model {
    pub(crate) function: Function,
    /// Where the runtime is.
    pub(crate) path: Option<Path>,
    pub(crate) name: SpanName,
    pub(crate) formatted_name: Option<TokenStream>,
    pub(crate) kind: Ident,
    pub(crate) scope: Option<Text>,
    pub(crate) level: Option<Ident>,
    pub(crate) parent: Option<Parent>,
    pub(crate) links: Vec<Expr>,
    /// The formatted name, the parent and the links, for what they mention.
    pub(crate) set_up: TokenStream,
    /// The parameters whose patterns bind what those mention.
    pub(crate) taken: Vec<Taken>,
    pub(crate) attributes: Vec<Recorded>,
    pub(crate) err: Option<OnErr>,
    pub(crate) ret: Option<OnReturn>,
    pub(crate) each_poll: bool,
    pub(crate) unpublished: bool,
    pub(crate) shape: Shape,
}

/// The name that the sampler sees.
pub(crate) enum SpanName {
    Text(Text),
    /// The function's, or `Type::function`
    Function(String),
    /// With the path of its module
    Long(String),
}

/// How the body runs under its span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// In a closure, whose result tells the outcome.
    Closure,
    /// In place, where a closure would show: its outcome is only whether it panicked.
    InPlace,
    /// In an async block, made and polled under the span; the function itself is not async any more.
    Async,
    /// In an async block within a function that has to stay async.
    AsyncWithin,
    /// In a closure that makes something which goes on under the same span.
    Returns(Later),
}

/// One attribute of the span.
pub(crate) struct Recorded {
    pub(crate) key: Key,
    pub(crate) span: Span,
    pub(crate) source: Source,
    /// `#[cfg]` on the parameter it is of.
    pub(crate) conditions: Vec<Attribute>,
}

/// Where an attribute's value comes from.
pub(crate) enum Source {
    /// `fields(..)`, and the parameters whose patterns bind what it mentions
    Field(Form, Expr, Vec<Taken>),
    /// `args` or `#[field]`, of a parameter that is a plain name
    Argument(Form, Ident),
    /// The same, of a name that a parameter's pattern binds
    Bound(Form, Taken, Ident),
}

/// A parameter whose pattern is no plain name: which, and the pattern as it matches a reference.
pub(crate) struct Taken {
    pub(crate) index: usize,
    pub(crate) pattern: Pat,
}

impl Model {
    pub(crate) fn new(mut args: Args, mut function: Function, errors: &mut Option<Error>) -> Option<Self> {
        refuse(&args, &function, errors);
        let shape = shape(&function, args.ret.is_some());
        args.inherit(&function, shape);
        check_outcomes(&args, &function, shape, errors);
        check_unpublished(&args, shape, errors);
        let attributes = attributes(&args, &function, errors);
        refuse_waiting(&args, errors);
        if errors.is_some() {
            return None;
        }
        take_off_field_attributes(&mut function);
        let set_up = args.set_up();
        let (name, formatted_name) = name(&mut args, &function);
        let taken = Parameters::of(&function).mentioned_in(&set_up);
        Some(Self {
            path: args.path,
            name,
            formatted_name,
            kind: args.kind.unwrap_or_else(|| Ident::new("Internal", Span::mixed_site())),
            scope: args.scope,
            level: args.level,
            parent: args.parent,
            links: args.links,
            set_up,
            taken,
            attributes,
            err: args.err,
            ret: args.ret,
            each_poll: args.enter_on_poll.is_some_and(|each| each.value),
            unpublished: args.unpublished.is_some(),
            shape,
            function,
        })
    }

    /// Whether something that a pattern binds is recorded, or needed for recording.
    pub(crate) fn uses(&self, pattern: &Pat) -> bool {
        if self.attributes.is_empty() && self.set_up.is_empty() {
            return false;
        }
        let Some((bindings, _)) = by_reference(pattern) else { return false };
        bindings.iter().map(|bound| &bound.name).any(|name| {
            mentions(self.set_up.clone(), name)
                || self.attributes.iter().any(|attribute| match &attribute.source {
                    Source::Argument(_, recorded) | Source::Bound(_, _, recorded) => recorded == name,
                    Source::Field(_, value, _) => mentions(value.to_token_stream(), name),
                })
        })
    }
}

/// What is evaluated before the span starts does not wait: the future's first poll would be over.
fn refuse_waiting(args: &Args, errors: &mut Option<Error>) {
    let mut tokens = args.set_up();
    tokens.extend(args.fields.iter().filter_map(|field| field.value.as_ref()).map(Expr::to_token_stream));
    if let Some(place) = awaits(tokens) {
        note(
            errors,
            Error::new(
                place,
                "nothing can be awaited before the span starts; set what takes waiting by `spanwise::set_attribute` \
                 in the body",
            ),
        );
    }
}

/// Where something is awaited, outside of async blocks.
fn awaits(tokens: TokenStream) -> Option<Span> {
    let mut after_dot = false;
    let mut in_async = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "await" && after_dot => return Some(word.span()),
            TokenTree::Ident(word) => in_async = word == "async" || (in_async && word == "move"),
            TokenTree::Group(group) if !in_async => {
                if let Some(place) = awaits(group.stream()) {
                    return Some(place);
                }
            }
            TokenTree::Group(_) => in_async = false,
            TokenTree::Punct(punct) => {
                after_dot = punct.as_char() == '.';
                continue;
            }
            TokenTree::Literal(_) => {}
        }
        after_dot = false;
    }
    None
}

/// What cannot be recorded, or cannot be said of it, whatever its shape.
fn refuse(args: &Args, function: &Function, errors: &mut Option<Error>) {
    if let Some(token) = &function.signature.constness {
        note(
            errors,
            Error::new_spanned(
                token,
                "a `const fn` cannot be recorded: it may run in the compiler, where no span can start; remove \
                 `const`, or record the function that calls it",
            ),
        );
    }
    if let Some(token) = &function.signature.variadic {
        note(errors, Error::new_spanned(token, "a variadic function cannot be recorded"));
    }
    for input in &function.signature.inputs {
        if let FnArg::Receiver(receiver) = input
            && let Some(attribute) = receiver.attrs.iter().find(|attribute| OnParameter::is(attribute))
        {
            note(
                errors,
                Error::new_spanned(
                    attribute,
                    "`self` is not recorded as a whole; name what is wanted of it in `fields(..)`: `fields(self.id)`",
                ),
            );
        }
        let (FnArg::Typed(PatType { attrs, .. }) | FnArg::Receiver(Receiver { attrs, .. })) = input;
        let field = Ident::new("field", Span::call_site());
        let hidden = attrs.iter().find(|attribute| {
            attribute.path().is_ident("cfg_attr") && mentions(attribute.meta.to_token_stream(), &field)
        });
        if let Some(attribute) = hidden {
            note(
                errors,
                Error::new_spanned(
                    attribute,
                    "`#[field]` is not seen inside of `cfg_attr`; put `#[cfg_attr(.., instrument(fields(..)))]` on the \
                     function instead",
                ),
            );
        }
    }
    if let (Some(each), None) = (&args.enter_on_poll, &function.signature.asyncness)
        && each.value
    {
        note(
            errors,
            Error::new(
                each.span,
                "`enter_on_poll` records each poll of an async function, and this one is not `async`",
            ),
        );
    }
}

impl Args {
    /// Takes over what the attribute on the whole `impl` block, trait or module says, where this
    /// function's own says nothing else, and where it makes sense here.
    fn inherit(&mut self, function: &Function, shape: Shape) {
        if self.defaults.is_empty() {
            return;
        }
        // What is wrong with them has been told once, where they stand.
        let (mut defaults, _) = Self::parse(std::mem::take(&mut self.defaults));
        defaults.inherit(function, shape);
        let parameters = Parameters::of(function);
        if hides_its_result(function, shape).is_none() {
            // A condition asks something of an error, of which there has to be one.
            let sensible =
                |err: &OnErr| err.condition.is_none() || returns::names_result(&function.signature);
            self.err = self.err.take().or(defaults.err.filter(sensible));
            let is_stream = matches!(shape, Shape::Returns(Later { what: What::Stream, .. }));
            let sees_value = shape != Shape::InPlace && !is_stream;
            self.ret = self.ret.take().or(defaults.ret.filter(|_| sees_value));
        }
        if shape == Shape::Closure && self.parent.is_none() {
            self.unpublished = self.unpublished.or(defaults.unpublished);
        }
        if function.signature.asyncness.is_some() && self.parent.is_none() {
            self.enter_on_poll = self.enter_on_poll.take().or(defaults.enter_on_poll);
        }
        if self.name.is_none() {
            self.short_name = self.short_name.take().or(defaults.short_name);
        }
        if self.skip_all.is_none() {
            self.args = self.args.or(defaults.args);
            self.skip.extend(defaults.skip.into_iter().filter(|name| parameters.has(name)));
        }
        let has_receiver = receiver(&function.signature).is_some();
        let this = Ident::new("self", Span::call_site());
        let of_self = |value: &Expr| !has_receiver && mentions(value.to_token_stream(), &this);
        let fields = defaults.fields.into_iter().filter(|field| {
            let sensible = field
                .value
                .as_ref()
                .is_none_or(|value| !of_self(value) && (!field.is_shorthand || parameters.could_have(value)));
            sensible && !self.fields.iter().any(|own| own.key.is(&field.key))
        });
        let fields: Vec<_> = fields.collect();
        self.fields.splice(0..0, fields);
        if self.links.is_empty() {
            self.links = defaults.links.into_iter().filter(|links| !of_self(links)).collect();
        }
        let parent = defaults.parent.filter(|parent| !parent.expression().is_some_and(of_self));
        self.kind = self.kind.take().or(defaults.kind);
        self.scope = self.scope.take().or(defaults.scope);
        self.level = self.level.take().or(defaults.level);
        self.parent = self.parent.take().or(parent);
        self.path = self.path.take().or(defaults.path);
        self.within = self.within.take().or(defaults.within);
    }
}

fn check_outcomes(args: &Args, function: &Function, shape: Shape, errors: &mut Option<Error>) {
    let hidden = hides_its_result(function, shape);
    if let (Some(err), Some(why)) = (&args.err, hidden) {
        note(errors, Error::new(err.span, format!("`err` {why}")));
    }
    if let Some(ret) = &args.ret {
        match (hidden, shape) {
            (Some(why), _) => note(errors, Error::new(ret.span, format!("`ret` {why}"))),
            (None, Shape::Returns(Later { what: What::Stream, .. })) => note(
                errors,
                Error::new(
                    ret.span,
                    "`ret` records one value, and a stream gives many; set what is wanted by `spanwise::set_attribute` \
                     where the items are made",
                ),
            ),
            _ => {}
        }
    }
    if let Some(each) = args.enter_on_poll.as_ref().filter(|each| each.value)
        && matches!(args.parent, Some(Parent::Given(_)))
    {
        note(
            errors,
            Error::new(
                each.span,
                "`enter_on_poll` records where each poll happens; it cannot hang on a given `parent`",
            ),
        );
    }
}

/// A span that is kept aside is its thread's, for one call, and under what is current.
fn check_unpublished(args: &Args, shape: Shape, errors: &mut Option<Error>) {
    let Some(place) = args.unpublished else { return };
    let why = match shape {
        Shape::Async | Shape::AsyncWithin => {
            "is for functions that begin and end in one call, and this one is `async`: its span has to be found again at \
             each poll, by the context"
        }
        Shape::Returns(_) => {
            "is for functions that begin and end in one call, and what this one returns goes on under its span"
        }
        Shape::InPlace => "is for functions whose body can be put into a closure, which this one's cannot",
        Shape::Closure if args.parent.is_some() => {
            "is for spans under the current one; one that hangs elsewhere has to be published to be found"
        }
        Shape::Closure => return,
    };
    note(errors, Error::new(place, format!("`unpublished` {why}")));
}

/// Why the result of a body that runs in place cannot be seen, where it may be a failure.
fn hides_its_result(function: &Function, shape: Shape) -> Option<&'static str> {
    let in_place = shape == Shape::InPlace;
    if in_place && function.is_track_caller() {
        Some(
            "cannot be had under `#[track_caller]`: seeing the result takes a closure around the body, which would hide \
             the caller's location; remove one of the two",
        )
    } else if returns::never(&function.signature) {
        Some("has nothing to see here: this function never returns")
    } else if !in_place {
        None
    } else {
        match returns::wider(&function.signature)? {
            What::Future => Some(
                "cannot see what this future gives: it is more than a future, so no other can be put around it; make \
                 the function `async`, or return `impl Future` alone",
            ),
            What::Stream => Some(
                "cannot see what this stream gives: it is more than a stream, so no other can be put around it; return \
                 `impl Stream` alone",
            ),
        }
    }
}

fn shape(function: &Function, looks_at_result: bool) -> Shape {
    let signature = &function.signature;
    if signature.asyncness.is_some() {
        // `!` can be written only as a function's type, so a function that has it stays as it is.
        match function.has_other_macros() || returns::never(signature) {
            true => Shape::AsyncWithin,
            false => Shape::Async,
        }
    } else if function.is_track_caller() || returns::never(signature) {
        Shape::InPlace
    } else if let Some(later) = returns::later(signature) {
        Shape::Returns(later)
    } else if returns::opaque(signature).is_some()
        && (!looks_at_result || returns::wider(signature).is_some() || returns::closure(signature))
    {
        // Never a `Result`; and what it is may have to be inferred from the signature.
        Shape::InPlace
    } else {
        Shape::Closure
    }
}

fn name(args: &mut Args, function: &Function) -> (SpanName, Option<TokenStream>) {
    let plain = function.signature.ident.unraw().to_string();
    let own = match &args.within {
        Some(within) => format!("{within}::{plain}"),
        None => plain,
    };
    let own = match args.short_name.as_ref().is_none_or(|short| short.value) {
        true => SpanName::Function(own),
        false => SpanName::Long(own),
    };
    match args.name.take() {
        Some(Name::Static(text)) => (SpanName::Text(text), None),
        Some(Name::Formatted(tokens)) => (own, Some(tokens)),
        None => (own, None),
    }
}

fn attributes(args: &Args, function: &Function, errors: &mut Option<Error>) -> Vec<Recorded> {
    let parameters = Parameters::of(function);
    for name in &args.skip {
        if !parameters.has(name) {
            note(
                errors,
                Error::new(
                    name.span(),
                    format!("`skip` names no parameter of this function: there is no `{name}`"),
                ),
            );
        }
    }
    let mut recorded = Vec::new();
    parameters.record(args, &mut recorded, errors);
    for (at, one) in recorded.iter().enumerate() {
        if let Key::Text(name) = &one.key
            && recorded[..at].iter().any(|earlier| earlier.key.is(&one.key))
        {
            let message = format!("two parameters are recorded as `{name}`; give one of them another name");
            note(errors, Error::new(one.span, message));
        }
    }
    let mut keys: Vec<&Key> = Vec::new();
    for field in &args.fields {
        if keys.iter().any(|earlier| earlier.is(&field.key)) {
            let name = match &field.key {
                Key::Text(name) => name.clone(),
                Key::Constant(name) => format!("{{{}}}", name.to_token_stream()),
            };
            note(errors, Error::new(field.span, format!("the field `{name}` is given twice")));
            continue;
        }
        keys.push(&field.key);
        // A field of the same name says more precisely what is wanted than `args` does.
        recorded.retain(|earlier: &Recorded| !earlier.key.is(&field.key));
        // Declared, to be filled later: nothing is known yet.
        let Some(value) = &field.value else { continue };
        if field.is_shorthand && !parameters.could_have(value) {
            note(errors, no_such_variable(field.span, value));
            continue;
        }
        recorded.push(Recorded {
            key: field.key.clone(),
            span: field.span,
            source: Source::Field(
                field.form,
                value.clone(),
                parameters.mentioned_in(&value.to_token_stream()),
            ),
            conditions: Vec::new(),
        });
    }
    recorded
}

fn no_such_variable(place: Span, value: &Expr) -> Error {
    let spelled: String = value.to_token_stream().to_string().split_whitespace().collect();
    Error::new(
        place,
        format!(
            "this function has no parameter for `{spelled}`; a field that is filled later is declared as \
             `{spelled} = Empty`"
        ),
    )
}

fn take_off_field_attributes(function: &mut Function) {
    for input in &mut function.signature.inputs {
        if let FnArg::Typed(typed) = input {
            typed.attrs.retain(|attribute| !OnParameter::is(attribute));
        }
    }
}
