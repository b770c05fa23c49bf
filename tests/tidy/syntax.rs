//! What one file has, as far as the graph needs it: modules, imports, definitions and paths.
//!
//! Tokens are enough, and are there inside of macros, where a parser of items sees nothing.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Macros whose braces hold items that are written there.
const TRANSPARENT: &[&str] = &["pin_project", "thread_local"];

/// Macros whose parentheses hold code that is not this file's.
const QUOTING: &[&str] = &["quote", "quote_spanned", "parse_quote", "stringify"];

/// Words that start no path.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "static", "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "Self",
];

/// The contents of a file, or of a module with braces.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) children: Vec<Child>,
    pub(crate) imports: Vec<Import>,
    /// What can be imported from here: functions, types, constants, macros.
    pub(crate) names: BTreeMap<String, Definition>,
    /// All types, those inside of functions too.
    pub(crate) types: Vec<(String, Definition)>,
    /// Paths in code, and single names, each with its first line.
    pub(crate) paths: BTreeMap<PathUse, usize>,
}

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// `#[path = "…"]`.
    pub(crate) path: Option<String>,
    /// What stands in its braces, if it has any.
    pub(crate) inline: Option<Contents>,
}

#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// What it is called here: `*` for a glob.
    pub(crate) name: String,
    /// `pub`, `pub(crate)`, …: it is there for others, too.
    pub(crate) is_public: bool,
    pub(crate) line: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition {
    pub(crate) line: usize,
    /// `#[macro_export]`: it is found at the crate's root.
    pub(crate) is_exported_macro: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PathUse {
    pub(crate) path: Vec<String>,
    /// `path!(…)`.
    pub(crate) is_macro: bool,
}

/// Reads a file's tokens.
pub(crate) fn read(tokens: TokenStream) -> Contents {
    let mut contents = Contents::default();
    Reader { contents: &mut contents }.items(tokens, Place::Module);
    contents
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where items are the module's own.
    Module,
    /// Where `type` is an associated one.
    ImplBlock,
    /// Everywhere else.
    Code,
    /// In `macro_rules!`, where nothing is defined.
    Macro,
}

struct Reader<'a> {
    contents: &'a mut Contents,
}

impl Reader<'_> {
    fn items(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut item = ItemHead::default();
        let mut at = 0;
        while at < tokens.len() {
            at += self.token(&tokens, at, place, &mut item);
        }
    }

    /// Reads what starts with this token. Returns how many tokens that is.
    fn token(&mut self, tokens: &[TokenTree], at: usize, place: Place, item: &mut ItemHead) -> usize {
        match &tokens[at] {
            TokenTree::Literal(_) => 1,
            TokenTree::Punct(punct) => {
                if punct.as_char() == ';' {
                    *item = ItemHead::default();
                }
                if punct.as_char() == '#' { item.attribute(&tokens[at + 1..]) } else { 1 }
            }
            TokenTree::Group(group) => {
                let is_body = group.delimiter() == Delimiter::Brace;
                let inner = match place {
                    Place::Macro => Place::Macro,
                    _ if is_body && item.is_impl => Place::ImplBlock,
                    _ => Place::Code,
                };
                self.items(group.stream(), inner);
                if is_body {
                    *item = ItemHead::default();
                }
                1
            }
            TokenTree::Ident(ident) => {
                let is_start = match at.checked_sub(1).map(|before| &tokens[before]) {
                    Some(TokenTree::Punct(punct)) => {
                        !matches!(punct.as_char(), '.' | '\'') && !is_path_separator(tokens, at)
                    }
                    _ => true,
                };
                if is_start { self.word(&ident.to_string(), tokens, at, place, item) } else { 1 }
            }
        }
    }

    fn word(
        &mut self,
        word: &str,
        tokens: &[TokenTree],
        at: usize,
        place: Place,
        item: &mut ItemHead,
    ) -> usize {
        let next = ident_at(tokens, at + 1);
        let line = line_of(&tokens[at]);
        let is_defining = place != Place::Macro;
        match (word, next) {
            ("pub", _) => {
                item.is_public = true;
                let is_scope = matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                1 + usize::from(is_scope)
            }
            ("impl", _) => {
                item.is_impl = !item.is_function;
                1
            }
            ("use", _) if is_defining && !is_punct(tokens, at + 1, '<') => {
                let end = at + tokens[at..].iter().take_while(|token| !token_is(token, ';')).count();
                self.imports(&[], &tokens[at + 1..end], item.is_public, line);
                end - at
            }
            ("mod", Some(name)) if is_defining => {
                let inline = match tokens.get(at + 2) {
                    Some(TokenTree::Group(group)) => Some(read(group.stream())),
                    _ => None,
                };
                self.contents.children.push(Child { name, path: item.path.take(), inline });
                *item = ItemHead::default();
                3
            }
            ("struct" | "enum" | "union" | "trait" | "type", Some(name)) if is_defining => {
                if place != Place::ImplBlock || word != "type" {
                    let definition = Definition { line, is_exported_macro: false };
                    self.contents.types.push((name.clone(), definition));
                    self.define(name, definition, place);
                }
                item.is_impl = word == "trait";
                2
            }
            ("fn" | "const" | "static", Some(name)) if is_defining && name != "fn" => {
                item.is_function |= word == "fn";
                let skipped = if name == "mut" { 2 } else { 1 };
                let name = ident_at(tokens, at + skipped).unwrap_or(name);
                self.define(name, Definition { line, is_exported_macro: false }, place);
                1 + skipped
            }
            ("macro_rules", None) => {
                let Some(name) = ident_at(tokens, at + 2) else { return 1 };
                let definition = Definition { line, is_exported_macro: item.is_exported };
                self.define(name, definition, Place::Module);
                if let Some(TokenTree::Group(group)) = tokens.get(at + 3) {
                    self.items(group.stream(), Place::Macro);
                }
                *item = ItemHead::default();
                4
            }
            _ if KEYWORDS.contains(&word) => 1,
            _ => self.path(tokens, at, place),
        }
    }

    fn define(&mut self, name: String, definition: Definition, place: Place) {
        if place == Place::Module {
            self.contents.names.insert(name, definition);
        }
    }

    /// A path, or a name alone. A macro's braces are read as what they hold.
    fn path(&mut self, tokens: &[TokenTree], start: usize, place: Place) -> usize {
        let line = line_of(&tokens[start]);
        let mut path = vec![ident_at(tokens, start).unwrap_or_default()];
        let mut at = start + 1;
        while is_path_separator(tokens, at + 2)
            && let Some(segment) = ident_at(tokens, at + 2)
        {
            path.push(segment);
            at += 3;
        }
        let is_macro = is_punct(tokens, at, '!') && matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
        let name = path.last().cloned().unwrap_or_default();
        // A field's name or a parameter's, and no path.
        let is_label = path.len() == 1 && is_punct(tokens, at, ':') && !is_punct(tokens, at + 1, ':');
        if !is_label {
            self.contents.paths.entry(PathUse { path, is_macro }).or_insert(line);
        }
        if is_macro && let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
            if TRANSPARENT.contains(&&*name) {
                self.items(group.stream(), place);
                at += 2;
            } else if QUOTING.contains(&&*name) {
                at += 2;
            }
        }
        at - start
    }

    fn imports(&mut self, prefix: &[String], tree: &[TokenTree], is_public: bool, line: usize) {
        let mut path = prefix.to_vec();
        let mut at = 0;
        while let Some(token) = tree.get(at) {
            match token {
                TokenTree::Ident(ident) if ident == "as" => {
                    let name = ident_at(tree, at + 1).unwrap_or_default();
                    return self.import(path, name, is_public, line);
                }
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == '*' => {
                    return self.import(path, "*".to_owned(), is_public, line);
                }
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in inner.split(|token| token_is(token, ',')).filter(|part| !part.is_empty()) {
                        self.imports(&path, part, is_public, line_of(&part[0]));
                    }
                    return;
                }
                // An absolute path is another crate's.
                TokenTree::Punct(_) if at == 0 && prefix.is_empty() => return,
                _ => {}
            }
            at += 1;
        }
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = path.last().cloned().unwrap_or_default();
        self.import(path, name, is_public, line);
    }

    fn import(&mut self, mut path: Vec<String>, name: String, is_public: bool, line: usize) {
        // `use a::b::{self as c}`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        self.contents.imports.push(Import { path, name, is_public, line });
    }
}

/// What stands before an item's name.
#[derive(Debug, Default)]
struct ItemHead {
    is_public: bool,
    is_impl: bool,
    is_function: bool,
    is_exported: bool,
    path: Option<String>,
}

impl ItemHead {
    /// Reads an attribute from after its `#`. Returns how many tokens it is.
    fn attribute(&mut self, rest: &[TokenTree]) -> usize {
        let is_inner = matches!(rest.first(), Some(token) if token_is(token, '!'));
        let Some(TokenTree::Group(group)) = rest.get(usize::from(is_inner)) else { return 1 };
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        match ident_at(&tokens, 0).as_deref() {
            Some("macro_export") => self.is_exported = true,
            Some("path") => {
                self.path = tokens.get(2).map(|path| path.to_string().trim_matches('"').to_owned())
            }
            _ => {}
        }
        2 + usize::from(is_inner)
    }
}

fn ident_at(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(ident)) => Some(ident.to_string()),
        _ => None,
    }
}

fn token_is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_punct(tokens: &[TokenTree], at: usize, character: char) -> bool {
    tokens.get(at).is_some_and(|token| token_is(token, character))
}

/// Whether `::` stands before this token.
fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    at >= 2 && is_punct(tokens, at - 1, ':') && is_punct(tokens, at - 2, ':')
}

fn line_of(token: &TokenTree) -> usize {
    token.span().start().line
}

#[test]
fn a_file_is_read() {
    let source = r#"
        pub(crate) use a::{b::C, d as e, f::*, self};
        use super::g;
        #[path = "other.rs"] mod h;
        mod i { pub struct J; }
        pin_project! { pub struct K { l: m::N } }
        impl O for K { type P = q::R; fn s(&self) -> impl T { self.u.v(crate::w::x); crate::y!(z); } }
        fn aa() { struct Ab; let ac = Ab { ad: ae::Af::<Ag>::ah() }; }
        #[macro_export] macro_rules! ai { () => { $crate::aj::ak() }; }
    "#;
    let read = read(source.parse().expect("tokens"));
    let imports: Vec<_> = read
        .imports
        .iter()
        .map(|import| format!("{} {} {}", import.path.join("::"), import.name, import.is_public))
        .collect();
    assert_eq!(imports, ["a::b::C C true", "a::d e true", "a::f * true", "a a true", "super::g g false"]);
    let children: Vec<_> = read.children.iter().map(|child| (&*child.name, child.path.as_deref())).collect();
    assert_eq!(children, [("h", Some("other.rs")), ("i", None)]);
    let types: Vec<_> = read.types.iter().map(|(name, _)| &**name).collect();
    assert_eq!(types, ["K", "Ab"]);
    let names: Vec<_> = read.names.keys().map(|name| &**name).collect();
    assert_eq!(names, ["K", "aa", "ai"]);
    let paths: Vec<_> =
        read.paths.keys().map(|path| path.path.join("::")).filter(|path| path.contains("::")).collect();
    assert_eq!(paths, ["ae::Af", "crate::aj::ak", "crate::w::x", "crate::y", "m::N", "q::R"]);
}
