//! The pipeline as a graph: nodes in the order in which they are written, which is topological, since a stream is named before
//! it is used.
//!
//! A *segment* is the tree of stages without state under one root: a source, the rows of a state, what a stage puts aside. One
//! loop a root; nothing is buffered but at the leaves, which are states and sinks. What stands behind a merge stands in
//! the loops of all its roots.

use crate::ir::{Arm, End, Flow, Head, Pipeline, Stage};
use crate::op::{ArgKind, OpSpec, Role, Shape, Timed};
use proc_macro2::{Ident, Span, TokenStream};
use std::collections::HashMap;

/// The place of a node in the graph.
pub type Id = usize;

/// A stream comes out of each node but sinks.
pub struct Node<'p> {
    pub kind: Kind<'p>,
    pub inputs: Vec<Input<'p>>,
    /// Who reads the stream, in the order of the pipeline.
    pub readers: Vec<Reader>,
    /// The shape of the stream.
    pub shape: Shape,
    /// The name that `let` gives it.
    pub name: Option<&'p Ident>,
}

pub enum Kind<'p> {
    Source { number: usize, tokens: &'p TokenStream },
    Stage { number: usize, stage: &'p Stage, spec: &'static OpSpec },
    Merge,
    Route { arms: &'p [Arm] },
    Side { word: &'p Ident, of: Id },
    Sink { number: usize, tokens: &'p TokenStream },
}

/// Which stream a node reads, and the word that the user wrote for it if it was named.
pub struct Input<'p> {
    pub from: Id,
    pub word: Option<&'p Ident>,
    /// The arrow before the reader, or the word.
    pub span: Span,
}

/// A node that reads a stream, by one of its inputs.
#[derive(Clone, Copy)]
pub struct Reader {
    pub node: Id,
    pub input: usize,
    /// The arm of a route that it stands in.
    pub arm: usize,
}

/// One loop.
pub struct Segment {
    pub root: Id,
    /// The stages with timestamps in it.
    pub clocks: Vec<Id>,
    pub leaves: Vec<Leaf>,
}

/// Where records of a segment end: an input of a state, a sink.
pub struct Leaf {
    pub node: Id,
    pub input: usize,
    /// The stage whose timestamps count on the way there.
    pub clock: Option<Id>,
}

pub struct Graph<'p> {
    pub nodes: Vec<Node<'p>>,
    pub segments: Vec<Segment>,
    pub sources: Vec<Id>,
    pub stages: Vec<Id>,
    pub sinks: Vec<Id>,
}

impl<'p> Graph<'p> {
    /// The graph of a pipeline without errors; `None` if the front end let a mistake through.
    pub fn new(pipeline: &'p Pipeline) -> Option<Self> {
        let graph = Graph { nodes: vec![], segments: vec![], sources: vec![], stages: vec![], sinks: vec![] };
        let mut build = Build { graph, names: HashMap::new(), labels: HashMap::new() };
        for flow in &pipeline.flows {
            build.flow(flow, None)?;
        }
        let mut graph = build.graph;
        graph.segments = (0..graph.nodes.len()).filter(|id| graph.is_root(*id)).map(|id| graph.segment(id)).collect();
        Some(graph)
    }

    /// Does a loop of its own begin here?
    pub fn is_root(&self, id: Id) -> bool {
        match &self.nodes[id].kind {
            Kind::Source { .. } | Kind::Side { .. } => true,
            Kind::Stage { spec, .. } => spec.role == Role::State,
            _ => false,
        }
    }

    fn segment(&self, root: Id) -> Segment {
        let mut segment = Segment { root, clocks: vec![], leaves: vec![] };
        self.walk(root, None, &mut segment);
        segment
    }

    fn walk(&self, from: Id, clock: Option<Id>, segment: &mut Segment) {
        for reader in &self.nodes[from].readers {
            let clock = match &self.nodes[reader.node].kind {
                Kind::Sink { .. } => {
                    segment.leaf(reader, None);
                    continue;
                }
                Kind::Stage { spec, .. } if spec.role == Role::State => {
                    segment.leaf(reader, clock);
                    continue;
                }
                // what fails is put aside, and what does not goes on
                Kind::Stage { spec, .. } if spec.role == Role::Try => {
                    segment.leaf(reader, None);
                    clock
                }
                Kind::Stage { spec, .. } if spec.role == Role::Timestamp => {
                    if !segment.clocks.contains(&reader.node) {
                        segment.clocks.push(reader.node);
                    }
                    Some(reader.node)
                }
                _ => clock,
            };
            self.walk(reader.node, clock, segment);
        }
    }

    /// The clocks that hold back the watermark of a stream of rows or of a state: stages with timestamps, each with the root
    /// of its records.
    pub fn clocks(&self, state: Id) -> Vec<(Id, Id)> {
        let mut clocks = vec![];
        for segment in &self.segments {
            for leaf in segment.leaves.iter().filter(|leaf| leaf.node == state) {
                let found = match (leaf.clock, &self.nodes[segment.root].kind) {
                    (Some(clock), _) => vec![(clock, segment.root)],
                    (None, Kind::Stage { spec, .. }) if spec.timed != Timed::Lost => self.clocks(segment.root),
                    // late records come when their batch does
                    (None, Kind::Side { word, of }) if *word == "late" => self.clocks(*of),
                    (None, _) => vec![],
                };
                clocks.extend(found.into_iter().filter(|clock| !clocks.contains(clock)).collect::<Vec<_>>());
            }
        }
        clocks
    }

    /// The stage of a node that is one.
    pub fn stage(&self, id: Id) -> (&'p Stage, &'static OpSpec, usize) {
        match self.nodes[id].kind {
            Kind::Stage { stage, spec, number } => (stage, spec, number),
            _ => unreachable!("the graph asks stages alone"),
        }
    }

    /// The shape of the stream that a node reads.
    pub fn shape_before(&self, id: Id) -> Shape {
        self.nodes[id].inputs.first().map_or(Shape::Plain, |input| self.nodes[input.from].shape)
    }

    /// The stage that opened the window which an aggregate closes: filters may not stand between, so it is the input.
    pub fn window_of(&self, id: Id) -> Id {
        self.nodes[id].inputs[0].from
    }

    /// The stages that put something aside for `word(label)`.
    pub fn side_of(&self, id: Id, wanted: &str) -> Option<Id> {
        (0..self.nodes.len())
            .find(|side| matches!(&self.nodes[*side].kind, Kind::Side { word, of } if *of == id && *word == wanted))
    }
}

impl Segment {
    fn leaf(&mut self, reader: &Reader, clock: Option<Id>) {
        let Reader { node, input, .. } = *reader;
        // two ways that meet again end in one leaf, unless their records are judged by different clocks
        if !self.leaves.iter().any(|leaf| (leaf.node, leaf.input, leaf.clock) == (node, input, clock)) {
            self.leaves.push(Leaf { node, input, clock });
        }
    }
}

struct Build<'p> {
    graph: Graph<'p>,
    names: HashMap<String, Id>,
    labels: HashMap<String, Id>,
}

/// The stream that a stage reads, before it is known who reads it.
struct Stream<'p> {
    from: Id,
    word: Option<&'p Ident>,
    arm: usize,
}

impl<'p> Build<'p> {
    fn node(&mut self, kind: Kind<'p>, shape: Shape, streams: Vec<(Stream<'p>, Span)>) -> Id {
        let id = self.graph.nodes.len();
        let mut inputs = vec![];
        for (input, (stream, span)) in streams.into_iter().enumerate() {
            self.graph.nodes[stream.from].readers.push(Reader { node: id, input, arm: stream.arm });
            let span = stream.word.map_or(span, Ident::span);
            inputs.push(Input { from: stream.from, word: stream.word, span });
        }
        self.graph.nodes.push(Node { kind, inputs, readers: vec![], shape, name: None });
        id
    }

    fn named(&self, word: &'p Ident) -> Option<Stream<'p>> {
        Some(Stream { from: *self.names.get(&word.to_string())?, word: Some(word), arm: 0 })
    }

    fn flow(&mut self, flow: &'p Flow, arm: Option<Stream<'p>>) -> Option<()> {
        let mut stream = self.head(flow, arm)?;
        for stage in &flow.stages {
            stream = Stream { from: self.stage(stage, stream)?, word: None, arm: 0 };
        }
        match &flow.end {
            Some(End::Sink { arrow, tokens }) => {
                let number = self.graph.sinks.len();
                let sink = self.node(Kind::Sink { number, tokens }, Shape::Plain, vec![(stream, *arrow)]);
                self.graph.sinks.push(sink);
            }
            Some(End::Split { arms, .. }) => {
                for arm in arms {
                    self.flow(&arm.flow, Some(Stream { ..stream }))?;
                }
            }
            Some(End::Route { arrow, arms, .. }) => {
                let shape = self.graph.nodes[stream.from].shape;
                let from = self.node(Kind::Route { arms }, shape, vec![(stream, *arrow)]);
                for (index, arm) in arms.iter().enumerate() {
                    self.flow(&arm.flow, Some(Stream { from, word: None, arm: index }))?;
                }
            }
            None => {
                let name = flow.name.as_ref()?;
                self.graph.nodes[stream.from].name.get_or_insert(name);
                self.names.insert(name.to_string(), stream.from);
            }
        }
        Some(())
    }

    fn head(&mut self, flow: &'p Flow, arm: Option<Stream<'p>>) -> Option<Stream<'p>> {
        let from = match &flow.head {
            Head::Arm => return arm,
            Head::Name(word) => return self.named(word),
            Head::Source(tokens) => {
                let number = self.graph.sources.len();
                let source = self.node(Kind::Source { number, tokens }, Shape::Plain, vec![]);
                self.graph.sources.push(source);
                source
            }
            Head::Merge(names) => {
                let streams: Option<Vec<_>> = names.iter().map(|name| Some((self.named(name)?, name.span()))).collect();
                let streams = streams?;
                let keyed = self.graph.nodes[streams.first()?.0.from].shape == Shape::Keyed;
                let shape = if keyed { Shape::Keyed } else { Shape::Plain };
                self.node(Kind::Merge, shape, streams)
            }
            Head::Side { word, label } => {
                let of = *self.labels.get(&label.to_string())?;
                self.node(Kind::Side { word, of }, Shape::Plain, vec![])
            }
        };
        Some(Stream { from, word: None, arm: 0 })
    }

    fn stage(&mut self, stage: &'p Stage, stream: Stream<'p>) -> Option<Id> {
        let spec = stage.spec?;
        let shape = (spec.gives)(self.graph.nodes[stream.from].shape);
        let mut streams = vec![(stream, stage.arrow)];
        for argument in
            stage.args.iter().filter(|argument| argument.spec.is_some_and(|spec| spec.kind == ArgKind::Stream))
        {
            let word = argument.word.as_ref()?;
            streams.push((self.named(word)?, word.span()));
        }
        let number = self.graph.stages.len();
        let id = self.node(Kind::Stage { number, stage, spec }, shape, streams);
        self.graph.stages.push(id);
        if let Some(label) = &stage.label {
            self.labels.insert(label.to_string(), id);
        }
        Some(id)
    }
}
