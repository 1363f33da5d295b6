//! The pipeline as the passes and the lowering see it. No logic.
//!
//! A pipeline is a list of flows; a flow is a head, stages and an end. The form already has room for
//! several sources, named streams and branches (`docs/architecture.md`, "graphs").

use crate::op::{ArgSpec, OpSpec};
use proc_macro2::{Ident, Span, TokenStream};

/// What stands in `stream! { .. }`.
pub struct Pipeline {
    pub attrs: Attrs,
    pub flows: Vec<Flow>,
}

/// The `#![..]` lines.
#[derive(Default)]
pub struct Attrs {
    /// `#![name = expr]`
    pub name: Option<TokenStream>,
    /// `#![batch(every = expr)]`, durations already rewritten
    pub batch_every: Option<TokenStream>,
    /// `#![batch(bytes = expr)]`
    pub batch_bytes: Option<TokenStream>,
    /// `#![threads = expr]`
    pub threads: Option<TokenStream>,
}

/// `head -> stage -> .. -> end`, perhaps named by `let`.
pub struct Flow {
    pub head: Head,
    pub stages: Vec<Stage>,
    pub end: Option<End>,
}

/// Where a flow begins.
pub enum Head {
    /// An expression that is evaluated once.
    Source(TokenStream),
}

/// Where a flow ends.
pub enum End {
    /// An expression that is evaluated once. The span is that of the arrow before it.
    Sink { arrow: Span, tokens: TokenStream },
}

/// One operator.
pub struct Stage {
    /// The arrow before the operator.
    pub arrow: Span,
    /// The operator as written, with its span.
    pub name: Ident,
    /// `None` if the name is unknown: an error has been reported and later checks stay silent.
    pub spec: Option<&'static OpSpec>,
    /// `::<..>` as written.
    pub generics: TokenStream,
    /// The parenthesised arguments in the order of the operator table: positional ones, then options.
    pub args: Vec<Arg>,
    /// The span of the parentheses, or of the name where they are left out.
    pub parens: Span,
    /// `as label`
    pub label: Option<Ident>,
}

/// One argument.
pub struct Arg {
    /// `name = value` for options, `None` for positional arguments.
    pub option: Option<Ident>,
    /// The value as the user wrote it, except that durations (`10s`) and window constructors are rewritten.
    pub tokens: TokenStream,
    /// `None` if syn cannot parse it: then it is passed on as tokens and rustc says what is wrong.
    pub expr: Option<syn::Expr>,
    /// What the table says about it; `None` where the operator or the option is unknown, or for an argument
    /// too many.
    pub spec: Option<&'static ArgSpec>,
    /// What a window argument says, if it is written as a window and is no variable.
    pub window: Option<Window>,
}

/// A window as written.
pub struct Window {
    /// `tumbling`, `sliding`
    pub kind: Ident,
    pub clock: Clock,
}

/// By which time a window opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// That of the records; also where nothing is said.
    Event,
    /// That of the machine: `clock = processing`.
    Processing,
}
