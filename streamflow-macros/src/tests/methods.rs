//! The table and the methods of `Flow` are one list: every operator is a public, documented method with an example, and every
//! method is an operator.

use crate::op::TABLE;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, ImplItem, Item, Type, Visibility};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).expect("the flow of the runtime crate") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Public methods of `impl .. Flow<..>` that are shown to users, with their documentation.
fn methods() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../streamflow/src/flow");
    let mut methods = vec![];
    for file in files(&folder) {
        let text = fs::read_to_string(&file).expect("a source file");
        let Ok(parsed) = syn::parse_file(&text) else { continue };
        for item in parsed.items {
            let Item::Impl(block) = item else { continue };
            let of_flow = matches!(&*block.self_ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Flow"));
            if !of_flow || block.trait_.is_some() {
                continue;
            }
            for item in block.items {
                let ImplItem::Fn(method) = item else { continue };
                let name = method.sig.ident.to_string();
                if matches!(method.vis, Visibility::Public(_)) && !name.starts_with("__") {
                    methods.push((name, doc(&method.attrs)));
                }
            }
        }
    }
    methods
}

#[test]
fn every_operator_is_a_method_and_every_method_an_operator() {
    let table: BTreeSet<&str> = TABLE.iter().map(|spec| spec.name).collect();
    let methods = methods();
    let methods: BTreeSet<&str> = methods.iter().map(|(name, _)| &**name).collect();
    assert_eq!(table, methods);
}

#[test]
fn every_operator_is_documented_in_the_fixed_order() {
    for (name, doc) in methods() {
        let headings = ["```", "**Needs**", "**State and cost:**", "**Order:**", "**Failure:**", "**Related:**"];
        let places: Vec<Option<usize>> = headings.iter().map(|heading| doc.find(heading)).collect();
        assert!(places.iter().all(Option::is_some), "{name}: {places:?}");
        let in_order = places.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(in_order, "{name}: {places:?}");
        assert!(doc.contains(&format!("-> {name}(")), "{name}: the example does not show it");
    }
}
