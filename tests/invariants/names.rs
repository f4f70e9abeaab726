//! Which names a Rust source uses, with `use` declarations and their aliases resolved; comments, strings and test code left
//! out.
//!
//! ```text
//! use std::{time as t, thread::spawn};     -> std::time, std::thread::spawn
//! let now = t::Instant::now();             -> std::time::Instant::now
//! html! { { std::fs::read(p) } }           -> std::fs::read        (inside a macro: token by token)
//! ```
//!
//! Aliases count for the whole file, whichever module they stand in: that can only find too much. A glob import is a name that
//! ends in `*`, and so is a re-export, since it may be of a module. Follows no path from one file into another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, UseTree};
use walkdir::WalkDir;

/// A name in a source, as its segments: `std::time::Instant` is `["std", "time", "Instant"]`.
pub type Name = Vec<String>;

/// Every name that the library of the package in `directory` uses, each with the file it stands in. Commands (`main.rs`,
/// `bin/`), build scripts and tests are no part of the library.
pub fn of_library(directory: &Path) -> Vec<(PathBuf, BTreeSet<Name>)> {
    let source = directory.join("src");
    let mut files: BTreeMap<PathBuf, syn::File> = BTreeMap::new();
    for entry in WalkDir::new(&source).sort_by_file_name() {
        let path = entry.expect("a package's source directory can be listed").into_path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        let is_command = path == source.join("main.rs") || path.starts_with(source.join("bin"));
        if is_rust && !is_command {
            let text = fs::read_to_string(&path).expect("a source is readable UTF-8");
            let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            files.insert(path, file);
        }
    }
    let test_modules: Vec<PathBuf> = files.iter().flat_map(|(path, file)| test_modules(path, file)).collect();
    let in_test = |path: &Path| {
        test_modules.iter().any(|module| path == module.with_extension("rs") || path.starts_with(module))
    };
    files.into_iter().filter(|(path, _)| !in_test(path)).map(|(path, file)| (path, of_file(&file))).collect()
}

/// Every name in one source text.
pub fn of_text(text: &str) -> BTreeSet<Name> {
    of_file(&syn::parse_file(text).expect("the text is Rust"))
}

/// Where the modules lie that a file declares as `#[cfg(test)] mod name;`.
fn test_modules(path: &Path, file: &syn::File) -> Vec<PathBuf> {
    let stem = path.file_stem().expect("a source has a name");
    let parent = path.parent().expect("a source lies in a directory");
    let directory = if ["lib", "mod", "main"].iter().any(|root| stem == *root) {
        parent.to_owned()
    } else {
        parent.join(stem)
    };
    let declared = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && only_in_tests(&module.attrs) => Some(&module.ident),
        _ => None,
    });
    declared.map(|name| directory.join(name.to_string())).collect()
}

fn of_file(file: &syn::File) -> BTreeSet<Name> {
    let mut collector = Collector::default();
    collector.visit_file(file);
    let Collector { names, aliases } = collector;
    names.into_iter().map(|name| resolved(name, &aliases)).collect()
}

/// The name with its first segment replaced by what an alias stands for, as often as there is one.
fn resolved(mut name: Name, aliases: &BTreeMap<String, Name>) -> Name {
    // An alias may rest on another; a circle of aliases is no valid Rust, and the bound ends it.
    for _ in 0..8 {
        let Some(first) = name.first() else { break };
        match aliases.get(first) {
            Some(target) if target.first() != Some(first) || target.len() > 1 => {
                let mut longer = target.clone();
                longer.extend(name.drain(1..));
                if longer == name {
                    break;
                }
                name = longer;
            }
            _ => break,
        }
    }
    if name.first().is_some_and(|first| first == "core" || first == "alloc") {
        name[0] = "std".to_owned();
    }
    name
}

#[derive(Default)]
struct Collector {
    names: BTreeSet<Name>,
    aliases: BTreeMap<String, Name>,
}

impl Collector {
    fn use_tree(&mut self, tree: &UseTree, prefix: &[String]) {
        let with = |segment: String| prefix.iter().cloned().chain([segment]).collect::<Name>();
        match tree {
            UseTree::Path(path) => self.use_tree(&path.tree, &with(path.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, prefix)),
            UseTree::Glob(_) => {
                self.names.insert(with("*".to_owned()));
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.imported(prefix.to_vec(), prefix.last().cloned())
            }
            UseTree::Name(name) => self.imported(with(name.ident.to_string()), Some(name.ident.to_string())),
            UseTree::Rename(rename) => {
                let name =
                    if rename.ident == "self" { prefix.to_vec() } else { with(rename.ident.to_string()) };
                self.imported(name, Some(rename.rename.to_string()));
            }
        }
    }

    fn imported(&mut self, name: Name, alias: Option<String>) {
        if let Some(alias) = alias {
            self.aliases.insert(alias, name.clone());
        }
        self.names.insert(name);
    }

    /// Macros' arguments have no grammar: every run `a::b::c` in them counts as a name.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut name = Name::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut name);
                    }
                    name.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.end(&mut name);
                    colons = 0;
                    match other {
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Literal(literal) => self.literal(&literal.to_string()),
                        _ => {}
                    }
                }
            }
        }
        self.end(&mut name);
    }

    fn end(&mut self, name: &mut Name) {
        if !name.is_empty() {
            self.names.insert(std::mem::take(name));
        }
    }

    /// A float literal counts as a use of its type.
    fn literal(&mut self, text: &str) {
        if let Ok(syn::Lit::Float(_)) = syn::parse_str::<syn::Lit>(text) {
            self.names.insert(vec!["f64".to_owned()]);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_in_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !only_in_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let before = self.names.clone();
        self.use_tree(&item.tree, &[]);
        if !matches!(item.vis, syn::Visibility::Inherited) {
            // Whoever imports a re-exported module can reach everything in it.
            let handed_on: Vec<Name> = self.names.difference(&before).cloned().collect();
            self.names
                .extend(handed_on.into_iter().map(|name| name.into_iter().chain(["*".to_owned()]).collect()));
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let alias = item.rename.as_ref().map_or(&item.ident, |(_, alias)| alias).to_string();
        self.imported(vec![item.ident.to_string()], Some(alias));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_lit_float(&mut self, literal: &'ast syn::LitFloat) {
        self.literal(&literal.to_string());
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Documentation is an attribute too, and prose may name anything.
        if !attribute.path().is_ident("doc") {
            visit::visit_attribute(self, attribute);
        }
    }
}

/// `#[test]`, `#[cfg(test)]` or `#[cfg(all(test, ...))]`.
fn only_in_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("test") {
            return true;
        }
        let Ok(condition) = attribute.parse_args::<syn::Meta>() else { return false };
        attribute.path().is_ident("cfg") && needs_test(&condition)
    })
}

fn needs_test(condition: &syn::Meta) -> bool {
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => {
            let all = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
            list.parse_args_with(all).is_ok_and(|conditions| conditions.iter().any(needs_test))
        }
        _ => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let names: BTreeSet<String> = of_text(text).into_iter().map(|name| name.join("::")).collect();
        for name in expected {
            assert!(names.contains(*name), "{name} is not among {names:?}");
        }
    }

    #[test]
    fn nested_uses_aliases_and_macros_are_seen_through() {
        check(
            "use std::{time::{self, Instant}, thread as th};",
            &["std::time", "std::time::Instant", "std::thread"],
        );
        check("use std::time as t; fn f() { t::Instant::now(); }", &["std::time::Instant::now"]);
        check("use std as s; use s::fs as files; fn f() { files::read(1); }", &["std::fs::read"]);
        check("extern crate std as s; fn f() { s::fs::read(1); }", &["std::fs::read"]);
        check("use std::time::*;", &["std::time::*"]);
        check("fn f() { ::core::time::Duration::ZERO; }", &["std::time::Duration::ZERO"]);
        check("fn f() { println!(\"{}\", vec![std::fs::read(1)]); }", &["std::fs::read"]);
        check("fn f() -> impl Fn(f32) { g(1.5) }", &["f32", "f64"]);
    }

    #[test]
    fn comments_strings_and_tests_are_left_out() {
        let text = "//! std::fs\n/// std::fs\n#[cfg(test)] mod t { use std::fs; }\n#[test] fn t() { std::fs::read(1); }\n\
                    #[cfg(all(test, unix))] use std::fs; fn f() { g(\"std::fs\") /* std::fs */ }";
        let names = of_text(text);
        assert!(names.iter().all(|name| !name.contains(&"fs".to_owned())), "{names:?}");
        check("#[cfg(any(test, unix))] use std::fs;", &["std::fs"]);
        check("#[cfg(not(test))] use std::fs;", &["std::fs"]);
    }

    #[test]
    fn a_test_module_in_a_file_of_its_own_is_found_beside_its_parent() {
        let file = syn::parse_file("#[cfg(test)] mod tests; mod used;").expect("it is Rust");
        assert_eq!(test_modules(Path::new("src/lib.rs"), &file), [Path::new("src/tests")]);
        assert_eq!(test_modules(Path::new("src/packet.rs"), &file), [Path::new("src/packet/tests")]);
    }
}
