//! The pipeline as the passes and the lowering see it. No logic but walking.
//!
//! A pipeline is a list of flows; a flow is a head, stages and an end. A flow that is split has flows as its arms.

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
    /// `#![panics = skip]`
    pub panics: Option<TokenStream>,
    /// `#![watermark = max]`
    pub watermark: Option<TokenStream>,
    /// `#![delivery(exactly_once)]`
    pub delivery: Option<Delivery>,
    /// `#![checkpoint(expr)]`
    pub checkpoint: Option<TokenStream>,
}

/// How often a result is there after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    AtLeast,
    Exactly,
    AtMost,
}

impl Delivery {
    pub const WORDS: &[(&str, Delivery)] = &[
        ("exactly_once", Delivery::Exactly),
        ("at_least_once", Delivery::AtLeast),
        ("at_most_once", Delivery::AtMost),
    ];
}

/// `head -> stage -> .. -> end`, perhaps named by `let`.
pub struct Flow {
    /// `let name = ..`: a stream for later use, without an end.
    pub name: Option<Ident>,
    pub head: Head,
    pub stages: Vec<Stage>,
    pub end: Option<End>,
}

/// Where a flow begins.
pub enum Head {
    /// An expression that is evaluated once.
    Source(TokenStream),
    /// A stream that was named before.
    Name(Ident),
    /// `merge(a, b)`
    Merge(Vec<Ident>),
    /// `late(label)`, `errors(label)`: what a stage puts aside.
    Side { word: Ident, label: Ident },
    /// The stream that is split here.
    Arm,
}

/// Where a flow ends. The span is that of the arrow before it.
pub enum End {
    /// An expression that is evaluated once.
    Sink { arrow: Span, tokens: TokenStream },
    /// `split { name => .. }`: every arm sees every record.
    Split { word: Ident, arms: Vec<Arm> },
    /// `route { name if condition => .. }`: a record goes to the first arm whose condition holds.
    Route { arrow: Span, word: Ident, arms: Vec<Arm> },
}

/// One arm of `split` or `route`.
pub struct Arm {
    pub name: Ident,
    /// `if |item| ..`, the closure; never in a `split`.
    pub condition: Option<TokenStream>,
    pub flow: Flow,
}

impl Attrs {
    /// Are records left out whose stage panics?
    pub fn skips_panics(&self) -> bool {
        self.panics.as_ref().is_some_and(|word| word.to_string() == "skip")
    }

    /// Does the stream that has come farthest decide, where several streams with timestamps meet?
    pub fn fastest_decides(&self) -> bool {
        self.watermark.as_ref().is_some_and(|word| word.to_string() == "max")
    }
}

impl Pipeline {
    /// Calls `each` with every flow, arms included, in the order in which they are written.
    pub fn each<'p>(&'p self, mut each: impl FnMut(&'p Flow)) {
        self.flows.iter().for_each(|flow| flow.each(&mut each));
    }

    pub fn each_mut(&mut self, mut each: impl FnMut(&mut Flow)) {
        self.flows.iter_mut().for_each(|flow| flow.each_mut(&mut each));
    }
}

impl Flow {
    fn each<'p>(&'p self, each: &mut dyn FnMut(&'p Flow)) {
        each(self);
        self.arms().iter().for_each(|arm| arm.flow.each(each));
    }

    fn each_mut(&mut self, each: &mut dyn FnMut(&mut Flow)) {
        each(self);
        if let Some(End::Split { arms, .. } | End::Route { arms, .. }) = &mut self.end {
            arms.iter_mut().for_each(|arm| arm.flow.each_mut(each));
        }
    }

    /// The arms that the flow ends in.
    pub fn arms(&self) -> &[Arm] {
        match &self.end {
            Some(End::Split { arms, .. } | End::Route { arms, .. }) => arms,
            _ => &[],
        }
    }
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
    /// The one word that it consists of: the name of a stream.
    pub word: Option<Ident>,
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
    /// The option `lateness`, if it is written.
    pub lateness: Option<Ident>,
    /// `late = count`: what is later is only counted, and that is meant.
    pub counts_late: bool,
    /// How the slot of the window calls it, as far as it is written in literals.
    pub form: Option<String>,
    /// A function of the record that says the windows, and that of the library which takes it: it stays in the body of the
    /// batch, where its parameters have types.
    pub function: Option<(&'static str, TokenStream)>,
}

/// By which time a window opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// That of the records; also where nothing is said.
    Event,
    /// That of the machine: `clock = processing`.
    Processing,
}
