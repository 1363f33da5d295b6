//! Streams by their names: each stands before its use, and each is used.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{End, Flow, Head, Pipeline, Stage};
use crate::near::nearest;
use crate::op::ArgKind;
use proc_macro2::Ident;
use std::collections::{HashMap, HashSet};

/// What has been written so far.
#[derive(Default)]
struct Seen<'p> {
    names: Vec<&'p Ident>,
    used: HashSet<String>,
    labels: HashMap<String, &'p Stage>,
    sides: HashSet<String>,
}

/// Checks the names of streams and the labels of side streams.
pub fn streams(pipeline: &Pipeline, diags: &mut Diags) {
    let mut seen = Seen::default();
    for flow in &pipeline.flows {
        seen.flow(flow, diags);
        let Some(name) = &flow.name else { continue };
        if seen.names.contains(&name) {
            let text = format!("two streams are called `{name}`");
            diags.push(Diag::new(Code::BadStream, name, text).help("give this one another name"));
        }
        seen.names.push(name);
    }
    for name in &seen.names {
        // behind another mistake its reader may be among what could not be read
        if !seen.used.contains(&name.to_string()) && diags.len() == 0 {
            let text = format!("the stream `{name}` is never used");
            diags.push(
                Diag::new(Code::UnusedStream, name, text).help(format!("end it, `{name} -> sink`, or remove it")),
            );
        }
    }
}

impl<'p> Seen<'p> {
    fn flow(&mut self, flow: &'p Flow, diags: &mut Diags) {
        match &flow.head {
            Head::Name(name) => self.stream(name, diags),
            Head::Merge(names) => names.iter().for_each(|name| self.stream(name, diags)),
            Head::Side { word, label } => self.side(word, label, diags),
            Head::Source(_) | Head::Arm => {}
        }
        for stage in &flow.stages {
            for arg in stage.args.iter().filter(|arg| arg.spec.is_some_and(|spec| spec.kind == ArgKind::Stream)) {
                match &arg.word {
                    Some(word) => self.stream(word, diags),
                    None => {
                        let text = format!("`{}` takes a stream by its name here", stage.name);
                        let diag = Diag::new(Code::UnknownStream, &arg.tokens, text);
                        diags.push(diag.help("name the stream before: `let other = source -> ..;`"));
                    }
                }
            }
            if let Some(label) = &stage.label {
                self.labels.insert(label.to_string(), stage);
            }
        }
        self.route(flow, diags);
        flow.arms().iter().for_each(|arm| self.flow(&arm.flow, diags));
    }

    fn stream(&mut self, name: &Ident, diags: &mut Diags) {
        let text = name.to_string();
        self.used.insert(text.clone());
        if self.names.iter().any(|known| **known == text) {
            return;
        }
        let diag = Diag::new(Code::UnknownStream, name, format!("no stream is called `{text}` before this"));
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        diags.push(match nearest(&text, names.iter().map(String::as_str)) {
            Some(near) => diag.help(format!("a stream with a similar name exists: `{near}`")),
            None => diag.help(format!("name it before: `let {text} = source -> ..;`")),
        });
    }

    fn side(&mut self, word: &Ident, label: &Ident, diags: &mut Diags) {
        let text = label.to_string();
        let Some(stage) = self.labels.get(&text) else {
            let labels: Vec<&str> = self.labels.keys().map(String::as_str).collect();
            let diag = Diag::new(Code::UnknownLabel, label, format!("no stage before this is labelled `{text}`"));
            diags.push(match nearest(&text, labels.into_iter()) {
                Some(near) => diag.help(format!("a stage with a similar label exists: `{near}`")),
                None => diag.help(format!("label the stage: `-> count() as {text}`")),
            });
            return;
        };
        let sides = stage.spec.map_or(&[][..], |spec| spec.sides);
        if !sides.iter().any(|side| word == side) {
            let text = format!("`{}` puts nothing aside that `{word}` could read", stage.name);
            let help = if word == "late" {
                "`late` reads the late records of a windowed aggregate"
            } else {
                "`errors` reads the failed records of `try_map`"
            };
            diags.push(Diag::new(Code::UnknownLabel, label, text).note(help));
            return;
        }
        if !self.sides.insert(format!("{word}({text})")) {
            let diag = Diag::new(Code::BadStream, label, format!("`{word}({text})` is read twice"));
            diags.push(diag.help(format!("name it and use the name twice: `let aside = {word}({text});`")));
            return;
        }
        let mut options = stage.args.iter().filter(|arg| arg.option.as_ref().is_some_and(|name| name == "on_error"));
        if let Some(policy) = options.next() {
            let text = format!("`{text}` puts nothing aside, for it says `on_error = {}`", policy.tokens);
            diags.push(
                Diag::new(Code::UnknownLabel, label, text)
                    .help("remove `on_error`: what fails then goes to `errors(..)`"),
            );
        }
    }

    /// The last arm of a route takes what no other has taken.
    fn route(&mut self, flow: &'p Flow, diags: &mut Diags) {
        let Some(End::Route { arms, word, .. }) = &flow.end else { return };
        let Some((last, others)) = arms.split_last() else { return };
        if let Some(early) = others.iter().find(|arm| arm.condition.is_none()) {
            let text = format!("`{}` takes every record, so the arms behind it get none", early.name);
            diags.push(
                Diag::new(Code::BadArm, &early.name, text)
                    .help("put it last, or give it a condition: `name if |item| .. => ..`"),
            );
        } else if last.condition.is_some() {
            let text = "a record for which no condition holds would go nowhere";
            diags.push(
                Diag::new(Code::BadArm, word, text)
                    .help("add a last arm without a condition: `rest => sink::discard()`"),
            );
        }
    }
}
