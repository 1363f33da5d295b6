//! What `streamflow.lock` says about a pipeline and about a type. The macro sees no types: it compares operators and windows
//! itself, and hands the types of the file on to functions of the library that the compiler runs.

mod file;
#[cfg(test)]
mod tests;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Pipeline, Stage};
use crate::krate::crate_path;
use crate::lower::of_expansion;
use crate::op::Role;
use crate::slot::slot_names;
use file::State;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// The variable that says that old state is given up.
const UPDATE: &str = "STREAMFLOW_LOCK";

/// What the file says where it is to be asked.
pub struct Lock {
    states: Vec<State>,
    /// The file is about to be written anew.
    updates: bool,
}

impl Lock {
    /// The lock of the crate; `None`: it has none. An unreadable one is an error at a place.
    pub fn read(at: &impl ToTokens, diags: &mut Diags) -> Option<Self> {
        match file::read() {
            Ok(states) => {
                let updates = std::env::var_os(UPDATE).is_some_and(|value| value == "update");
                states.map(|states| Lock { states, updates })
            }
            Err(file::Unreadable(what)) => {
                let diag = Diag::new(Code::LockedState, at, what);
                diags.push(diag.help("restore the file from version control; to write it anew, delete it first"));
                None
            }
        }
    }

    #[cfg(test)]
    fn of(text: &str) -> Self {
        Lock { states: file::parse(text).expect("a lock"), updates: false }
    }

    fn of_job<'l>(&'l self, job: &'l str) -> impl Iterator<Item = &'l State> {
        self.states.iter().filter(move |state| state.job == job)
    }
}

/// The name of a pipeline, if it is written as a text. Without one it cannot be found in the file.
fn job_name(pipeline: &Pipeline) -> Option<syn::LitStr> {
    syn::parse2(pipeline.attrs.name.clone()?).ok()
}

/// What the lock has against a pipeline, and what is left for the compiler, as statements. Such a pipeline is right in itself: what rustc
/// has to say about it is no consequence.
pub fn compare(pipeline: &Pipeline) -> TokenStream {
    let Some(name) = job_name(pipeline) else { return TokenStream::new() };
    let mut diags = Diags::new();
    let holds = Lock::read(&name, &mut diags).map(|lock| compare_with(&lock, pipeline, &name, &mut diags));
    let errors = diags.items();
    quote!(#errors #holds)
}

fn compare_with(lock: &Lock, pipeline: &Pipeline, name: &syn::LitStr, diags: &mut Diags) -> TokenStream {
    let job = name.value();
    if lock.updates || lock.of_job(&job).next().is_none() {
        return watched();
    }
    let mut stages: Vec<(Option<&Stage>, &Stage)> = vec![];
    pipeline.each(|flow| {
        let before = std::iter::once(None).chain(flow.stages.iter().map(Some));
        stages.extend(before.zip(&flow.stages));
    });
    let names = slot_names(&stages.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let mut holds = vec![];
    for locked in lock.of_job(&job) {
        let found = names.iter().position(|name| name.as_ref().is_some_and(|name| *name == locked.label));
        match found {
            Some(index) if keeper(locked, stages[index], diags) => {
                holds.extend(names[index].as_ref().map(|label| hold(locked, label)));
            }
            Some(_) => {}
            None => {
                let text = format!("the pipeline has no state `{}`, which streamflow.lock holds of it", locked.label);
                let help =
                    format!("label the stage that goes on from it: `-> {}(..) as {}`", operator(locked), locked.label);
                diags.push(given_up(Diag::new(Code::LockedState, name, text).help(help), &locked.label));
            }
        }
    }
    let watched = watched();
    quote! {
        #watched
        #[cfg(not(rust_analyzer))]
        {
            #(#holds)*
        }
    }
}

/// The way out that is always there.
fn given_up(diag: Diag, label: &str) -> Diag {
    diag.help(format!("where the old state is given up, write `.drop_state({label:?})` behind the pipeline and run the program once with `STREAMFLOW_LOCK=update`"))
}

fn operator(locked: &State) -> &str {
    locked.kept_by.split(' ').next().unwrap_or_default()
}

/// Is a state still kept by the same kind of stage? Windows are compared where they are written as literals.
fn keeper(locked: &State, (before, stage): (Option<&Stage>, &Stage), diags: &mut Diags) -> bool {
    let old = locked.kept_by.as_str();
    let form = old.strip_prefix(operator(locked)).unwrap_or_default().trim_start();
    let window = before.filter(|before| before.spec.is_some_and(|spec| spec.role == Role::Window));
    let now = match window {
        None => Some(String::new()),
        Some(window) => window.args.first().and_then(|arg| arg.window.as_ref()?.form.clone()),
    };
    let operator_stays = stage.spec.is_some_and(|spec| spec.name == operator(locked));
    let form_stays = match &now {
        Some(now) => form == now || form.strip_suffix(", one by one") == Some(now),
        // a variable: what it is, the start of the job knows
        None => form.starts_with("in windows"),
    };
    if operator_stays && form_stays {
        return true;
    }
    let name = stage.spec.map_or("", |spec| spec.name);
    let now = now.as_deref().unwrap_or("in windows");
    let text = format!(
        "the state `{}` was kept by `{old}` and is now kept by `{}`",
        locked.label,
        format!("{name} {now}").trim_end()
    );
    // what must change: the operator, or the window before it
    let diag = match window.filter(|_| operator_stays) {
        Some(window) => Diag::new(Code::LockedState, &window.name, text),
        None => Diag::new(Code::LockedState, &stage.name, text),
    };
    diags.push(given_up(diag.help("keep the stage as it was"), &locked.label));
    false
}

/// A change of the file, or of the wish to write it, compiles the crate again.
fn watched() -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        const _: &[::core::primitive::u8] =
            ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/streamflow.lock"));
        const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!("STREAMFLOW_LOCK");
    }
}

/// The comparison of a slot. A function with the name of the label, since rustc says where it was instantiated.
fn hold(locked: &State, label: &Ident) -> TokenStream {
    let place = of_expansion(label.span());
    let path = crate_path(place);
    let State { job, label: name, kept_by, tables, .. } = locked;
    let tables = tables.iter().map(|(table, row)| quote!((#table, #row)));
    let locked = quote! {
        #path::__private::Locked { job: #job, label: #name, kept_by: #kept_by, tables: &[#(#tables),*] }
    };
    let function = Ident::new(name, place);
    quote_spanned! {place=>
        {
            #[allow(non_snake_case)]
            fn #function<S: #path::__private::Lockable>(_: &S) {
                const { #path::__private::hold::<S>(#locked) }
            }
            #function(&__state.#label);
        }
    }
}

/// The comparison of a type with what the lock holds under its name, for each of its fields or variants at its place, and one for the
/// rest.
pub fn hold_type(name: &Ident, members: &[(String, Span)], diags: &mut Diags) -> TokenStream {
    let Some(lock) = Lock::read(name, diags) else { return TokenStream::new() };
    let watched = watched();
    if lock.updates {
        return watched;
    }
    hold_type_with(&lock, name, members, &watched)
}

fn hold_type_with(lock: &Lock, name: &Ident, members: &[(String, Span)], watched: &TokenStream) -> TokenStream {
    let of = |path: &str| path.rsplit("::").next().is_some_and(|last| *name == last);
    let types = lock.states.iter().flat_map(|state| {
        let State { job, label, .. } = state;
        state.types.iter().filter(|(path, _)| of(path)).map(move |(path, ty)| quote!((#job, #label, #path, #ty)))
    });
    let types: Vec<TokenStream> = types.collect();
    if types.is_empty() {
        return TokenStream::new();
    }
    let rest = (String::new(), name.span());
    let each = members.iter().chain(std::iter::once(&rest)).map(|(member, span)| {
        let place = Span::mixed_site().located_at(*span);
        let path = crate_path(place);
        quote_spanned!(place=> const _: () = #path::__private::hold_type::<#name>(#member, LOCKED);)
    });
    quote_spanned! {Span::mixed_site()=>
        const _: () = {
            #watched
            const LOCKED: &[(&str, &str, &str, &str)] = &[#(#types),*];
            #(#each)*
        };
    }
}
