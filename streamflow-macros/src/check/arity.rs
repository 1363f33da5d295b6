//! Counts arguments and knows options; puts the arguments in the order of the table.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Arg, Pipeline, Stage};
use crate::near::nearest;
use crate::op::{ArgForm, ArgKind, ArgSpec, OpSpec};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::Expr;

/// Checks the arguments of every known operator.
pub fn arity(pipeline: &mut Pipeline, diags: &mut Diags) {
    pipeline.each_mut(|flow| flow.stages.iter_mut().for_each(|stage| one(stage, diags)));
}

fn one(stage: &mut Stage, diags: &mut Diags) {
    if let Some(spec) = stage.spec {
        positional(stage, spec, diags);
        options(stage, spec, diags);
        // sorting is stable, so what the table does not know stays behind in its order
        stage.args.sort_by_key(|arg| {
            spec.args
                .iter()
                .position(|known| arg.spec.is_some_and(|found| std::ptr::eq(found, known)))
                .unwrap_or(spec.args.len())
        });
    }
}

fn positional(stage: &Stage, spec: &OpSpec, diags: &mut Diags) {
    let given: Vec<&Arg> = stage.args.iter().filter(|arg| arg.option.is_none()).collect();
    let wanted: Vec<&ArgSpec> = spec.args.iter().filter(|arg| !arg.by_name()).collect();
    let least = wanted.iter().filter(|arg| arg.form == ArgForm::Required).count();
    if let Some(empty) = given.iter().position(|arg| arg.tokens.is_empty()) {
        let text = "there is nothing between the commas";
        let what = wanted.get(empty).map_or(spec.example, |arg| arg.example);
        let diag = Diag::new(Code::MissingArgument, &stage.name, format!("`{}`: {text}", spec.name));
        diags.push(diag.help(format!("write `{what}` there")));
    } else if given.len() > wanted.len() {
        surplus(spec, &wanted, &given, diags);
    } else if given.len() < least && !has_unknown_option(stage) {
        missing(stage, spec, &wanted, &given, diags);
    }
}

/// Whether an argument has a name that is none: it may have been meant as a positional one.
fn has_unknown_option(stage: &Stage) -> bool {
    stage.args.iter().any(|arg| arg.option.is_some() && arg.spec.is_none())
}

fn missing(stage: &Stage, spec: &OpSpec, wanted: &[&ArgSpec], given: &[&Arg], diags: &mut Diags) {
    let first_is_value = wanted.first().is_some_and(|arg| arg.kind == ArgKind::Value);
    let diag = match given {
        [only] if first_is_value && matches!(only.expr, Some(Expr::Closure(_))) => {
            let (first, rest) = (wanted[0], &wanted[1..]);
            let text = format!("`{}` takes {} {} first", spec.name, article(first.name), first.name);
            let closure = rest.first().map_or("..", |arg| arg.example);
            Diag::new(Code::NoInitialState, &only.tokens, text)
                .help(format!("write it as `{}({}, {closure})`", spec.name, first.example))
        }
        _ => Diag::new(Code::MissingArgument, &stage.name, takes(spec, wanted, given.len()))
            .help(format!("write it as `{}`", form(spec))),
    };
    diags.push(diag);
}

fn surplus(spec: &OpSpec, wanted: &[&ArgSpec], given: &[&Arg], diags: &mut Diags) {
    let first = given[wanted.len()];
    let text = takes(spec, wanted, given.len());
    let diag = Diag::new(Code::SurplusArgument, &first.tokens, text);
    let named = spec.args.iter().find(|arg| arg.by_name());
    let begins_with_closure = matches!(given[0].expr, Some(Expr::Closure(_)));
    diags.push(match named {
        _ if spec.name == "reduce" && !begins_with_closure => {
            diag.help("`fold` takes an initial state before its function")
        }
        Some(option) if given.len() == wanted.len() + 1 => {
            diag.help(format!("give this argument its name: `{}`", option.example))
        }
        _ => diag.help(format!("write it as `{}`", form(spec))),
    });
}

/// `map` takes 1 argument (a closure), found 0
fn takes(spec: &OpSpec, wanted: &[&ArgSpec], found: usize) -> String {
    let kinds: Vec<String> = wanted
        .iter()
        .map(|arg| match arg.kind {
            ArgKind::Function(_) => "a closure".to_owned(),
            _ => format!("{} {}", article(arg.name), arg.name),
        })
        .collect();
    let optional = wanted.iter().any(|arg| arg.form == ArgForm::Optional);
    let most = if optional { "at most " } else { "" };
    let nameless = if spec.args.iter().any(ArgSpec::by_name) { " without a name" } else { "" };
    let count = match wanted.len() {
        0 => "no arguments".to_owned(),
        1 => format!("{most}1 argument{nameless} ({})", kinds[0]),
        n => format!("{n} arguments ({})", kinds.join(" and ")),
    };
    format!("`{}` takes {count}, found {found}", spec.name)
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The stage with all that is required: `fold(0, |state, item| ..)`.
fn form(spec: &OpSpec) -> String {
    if spec.args.iter().any(|arg| matches!(arg.form, ArgForm::OneOf(_))) {
        return spec.example.to_owned();
    }
    let args = spec.args.iter().filter(|arg| !matches!(arg.form, ArgForm::Named | ArgForm::NamedWithout(_)));
    let args: Vec<&str> = args.map(|arg| arg.example).collect();
    format!("{}({})", spec.name, args.join(", "))
}

fn options(stage: &Stage, spec: &OpSpec, diags: &mut Diags) {
    let known: Vec<&str> = spec.args.iter().filter(|arg| arg.by_name()).map(|arg| arg.name).collect();
    check_options(&format!("`{}`", spec.name), stage.args.iter(), &known, diags);
    stage.args.iter().for_each(|arg| check_word(arg, diags));
    apart(stage, diags);
    let surplus = stage.args.iter().filter(|arg| arg.option.is_none()).count()
        > spec.args.iter().filter(|arg| !arg.by_name()).count();
    for required in spec.args.iter().filter(|arg| arg.form == ArgForm::RequiredNamed) {
        // an unknown option or a surplus argument was probably meant to be this one
        let meant = surplus || has_unknown_option(stage);
        let mut given = stage.args.iter().filter_map(|arg| arg.option.as_ref());
        if !meant && !given.any(|name| name == required.name) {
            if required.kind == ArgKind::Timeout {
                diags.push(no_timeout(stage, spec));
                continue;
            }
            let text = format!("`{}` needs `{} = ..`", spec.name, required.name);
            let diag = Diag::new(Code::MissingArgument, &stage.name, text);
            diags.push(diag.help(format!("write it as `{}`", form(spec))));
        }
    }
    if !surplus && !has_unknown_option(stage) {
        one_of(stage, spec, diags);
        inverse(stage, spec, diags);
    }
}

/// What is taken out of a merge must have been merged into it.
fn inverse(stage: &Stage, spec: &OpSpec, diags: &mut Diags) {
    let Some(merge) = spec.args.iter().find(|arg| arg.form == ArgForm::Named && arg.name == "merge") else { return };
    let given = |name: &str| stage.args.iter().filter_map(|arg| arg.option.as_ref()).find(|option| *option == name);
    if let (Some(inverse), None) = (given("inverse"), given("merge")) {
        let text = format!("`{}` is told how to take a value out of others, but not how they become one", spec.name);
        let diag = Diag::new(Code::MissingArgument, inverse, text);
        diags.push(diag.help(format!("add `{}`", merge.example)));
    }
}

/// Options that say nothing where another one stands.
fn apart(stage: &Stage, diags: &mut Diags) {
    for arg in &stage.args {
        let (Some(option), Some(ArgForm::NamedWithout(other))) = (&arg.option, arg.spec.map(|spec| spec.form)) else {
            continue;
        };
        if stage.args.iter().any(|arg| arg.option.as_ref().is_some_and(|name| name == other)) {
            let text = format!("`{option}` and `{other}` cannot stand together");
            diags.push(Diag::new(Code::RepeatedOption, option, text).help("remove one of them"));
        }
    }
}

/// Options of which one must be there, and no two that say different things.
fn one_of(stage: &Stage, spec: &OpSpec, diags: &mut Diags) {
    let group = |form: ArgForm| if let ArgForm::OneOf(group) = form { Some(group) } else { None };
    let names: Vec<String> =
        spec.args.iter().filter(|arg| group(arg.form).is_some()).map(|arg| format!("`{} = ..`", arg.name)).collect();
    let given = stage.args.iter().filter_map(|arg| Some((arg.option.as_ref()?, group(arg.spec?.form)?)));
    let given: Vec<(&Ident, u8)> = given.collect();
    match (&names[..], &given[..]) {
        ([], _) => {}
        ([others @ .., last], []) => {
            let text = format!("`{}` needs one of {} and {last}", spec.name, others.join(", "));
            let diag = Diag::new(Code::MissingArgument, &stage.name, text);
            diags.push(diag.help(format!("write it as `{}`", spec.example)));
        }
        (_, [(first, group), rest @ ..]) => {
            if let Some((other, _)) = rest.iter().find(|(_, other)| other != group) {
                let text = format!("`{first}` and `{other}` cannot stand together");
                diags.push(Diag::new(Code::RepeatedOption, *other, text).help("remove one of them"));
            }
        }
    }
}

/// An option whose value is one of some words.
fn check_word(arg: &Arg, diags: &mut Diags) {
    let (Some(option), Some(ArgKind::Word(words))) = (&arg.option, arg.spec.map(|spec| spec.kind)) else { return };
    let given = arg.tokens.to_string();
    if arg.tokens.is_empty() || words.contains(&given.as_str()) {
        return;
    }
    let diag = Diag::new(Code::UnknownOption, &arg.tokens, format!("`{option}` cannot be `{given}`"));
    diags.push(match nearest(&given, words.iter().copied()) {
        Some(near) => diag.help(format!("write `{option} = {near}`")),
        None => diag.help(format!("write one of `{}`", words.join("`, `"))),
    });
}

fn no_timeout(stage: &Stage, spec: &OpSpec) -> Diag {
    let text = format!("`{}` keeps a state for each key, and nothing says for how long", spec.name);
    Diag::new(Code::NoTimeout, &stage.name, text)
        .help("say when a key without records is forgotten: `timeout = 30min`")
        .help("or write `timeout = unbounded` if the keys are few and known")
}

/// Options that do not exist, are given twice or have no value.
pub fn check_options<'a>(whose: &str, args: impl Iterator<Item = &'a Arg>, known: &[&str], diags: &mut Diags) {
    let mut seen: Vec<String> = Vec::new();
    for arg in args {
        let Some(option) = &arg.option else { continue };
        let name = option.to_string();
        if !known.contains(&name.as_str()) {
            let diag = Diag::new(Code::UnknownOption, option, format!("{whose} has no option `{name}`"));
            diags.push(match nearest(&name, known.iter().copied()) {
                Some(near) => diag.help(format!("an option with a similar name exists: `{near}`")),
                None if known.is_empty() => diag.help("remove it"),
                None => diag.help(format!("it has `{}`", known.join("`, `"))),
            });
        } else if seen.contains(&name) {
            let text = format!("the option `{name}` is given twice");
            diags.push(Diag::new(Code::RepeatedOption, option, text));
        } else if arg.tokens.is_empty() {
            let text = format!("the option `{name}` has no value");
            diags.push(Diag::new(Code::MissingArgument, option.to_token_stream(), text));
        }
        seen.push(name);
    }
}
