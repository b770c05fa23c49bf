//! One file: what is to be changed in it, and what a person has to decide.

use std::ops::Range;

use proc_macro2::{Span, TokenStream, TokenTree};

use crate::{attributes, imports, remarks};

/// The names under which a file knows an attribute.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// `instrument`, or what `tracing::instrument` was imported as
    pub(crate) of_tracing: Vec<String>,
    /// `trace`, or what `fastrace::trace` was imported as
    pub(crate) of_fastrace: Vec<String>,
}

pub(crate) struct Source<'t> {
    text: &'t str,
    edits: Vec<(Range<usize>, String)>,
    /// The line, and what is to be decided there.
    pub(crate) remarks: Vec<(usize, String)>,
    /// Record arguments as `tracing` does.
    pub(crate) has_args: bool,
}

impl<'t> Source<'t> {
    pub(crate) fn read(text: &'t str, has_args: bool) -> Result<Self, Box<dyn std::error::Error>> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("this is not Rust: {error}"))?;
        let mut source = Self { text, edits: Vec::new(), remarks: Vec::new(), has_args };
        let names = imports::change(&mut source, tokens.clone());
        attributes::change(&mut source, tokens.clone(), &names);
        remarks::find(&mut source, tokens);
        source.remarks.sort();
        source.remarks.dedup();
        Ok(source)
    }

    pub(crate) fn text_of(&self, range: Range<usize>) -> &'t str {
        self.text.get(range).unwrap_or_default()
    }

    /// Whether the text of the file has an attribute of this name.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.text.contains(&format!("#[{name}"))
    }

    /// Whether a line of the file imports Spanwise's attribute.
    pub(crate) fn imports_spanwise(&self) -> bool {
        self.text.lines().any(|line| line.contains("use ") && line.contains("spanwise::instrument"))
    }

    /// Adds a line after a statement.
    pub(crate) fn add_line(&mut self, statement: &[TokenTree], line: &str) {
        let (Some(first), Some(last)) = (statement.first(), statement.last()) else { return };
        let indentation = self.indentation(first.span().byte_range().start);
        let end = last.span().byte_range().end;
        let line_end = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        self.replace(end..end, format!("{line_end}{indentation}{line}"));
    }

    /// Removes an entry of a list and its comma; its line, too, if nothing else is there.
    pub(crate) fn remove_entry(&mut self, start: usize, end: usize) {
        let rest = &self.text[end..];
        let after_comma = end + rest.find(',').map_or(0, |comma| comma + 1);
        let spaces =
            self.text[after_comma..].len() - self.text[after_comma..].trim_start_matches([' ', '\t']).len();
        let is_line_over = self.text[after_comma + spaces..].starts_with(['\n', '\r']);
        let line = self.text[..start].rfind('\n').map_or(0, |end| end + 1);
        if is_line_over && self.text[line..start].trim().is_empty() && line > 0 {
            let line_end = after_comma + spaces;
            let line_end = line_end + self.text[line_end..].find('\n').map_or(0, |end| end + 1);
            self.replace(line..line_end, "");
        } else {
            self.replace(start..after_comma + spaces, "");
        }
    }

    /// Removes the last entry of a list, and the comma that ends the entry before it, unless the list goes on behind a comment.
    pub(crate) fn remove_last_entry(&mut self, before: usize, start: usize, end: usize) {
        if self.text[before..start].trim_matches([',', ' ', '\t', '\r', '\n']).is_empty() {
            self.replace(before..end, "");
        } else {
            self.replace(start..end, "");
        }
    }

    /// Replaces a part of the file.
    pub(crate) fn replace(&mut self, range: Range<usize>, by: impl Into<String>) {
        self.edits.push((range, by.into()));
    }

    pub(crate) fn remark(&mut self, place: Span, remark: impl Into<String>) {
        self.remarks.push((place.start().line, remark.into()));
    }

    /// The white space before a place on its line.
    pub(crate) fn indentation(&self, at: usize) -> &'t str {
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        let indented = &self.text[line..at];
        &indented[..indented.len() - indented.trim_start().len()]
    }

    /// The file with all changes.
    pub(crate) fn changed(&self) -> String {
        let mut edits: Vec<_> = self.edits.iter().collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut new, mut end) = (String::with_capacity(self.text.len()), 0);
        for (range, by) in edits {
            new.push_str(&self.text[end..range.start]);
            new.push_str(by);
            end = range.end;
        }
        new.push_str(&self.text[end..]);
        new
    }

    /// Each change with its line.
    pub(crate) fn changes(&self) -> Vec<(usize, String)> {
        let line = |at: usize| self.text[..at].matches('\n').count() + 1;
        let shown = |range: &Range<usize>, by: &String| {
            format!("`{}` becomes `{}`", self.text[range.clone()].trim(), by.trim())
        };
        let mut changes: Vec<_> =
            self.edits.iter().map(|(range, by)| (line(range.start), shown(range, by))).collect();
        changes.sort();
        changes
    }
}

/// Calls `see` with each list of tokens: the file's, and those in each group.
pub(crate) fn each_level(tokens: &TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let level: Vec<TokenTree> = tokens.clone().into_iter().collect();
    see(&level);
    for token in &level {
        if let TokenTree::Group(group) = token {
            each_level(&group.stream(), see);
        }
    }
}

pub(crate) fn is_punct(token: Option<&TokenTree>, expected: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == expected)
}

/// The names of a path that begins here, and how many tokens it has: `tracing::instrument`.
pub(crate) fn path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let (mut names, mut at) = (Vec::new(), 0);
    // A path may begin with `::`.
    if is_punct(tokens.first(), ':') && is_punct(tokens.get(1), ':') {
        at = 2;
    }
    loop {
        let Some(TokenTree::Ident(name)) = tokens.get(at) else { return (names, at) };
        names.push(name.to_string());
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            return (names, at);
        }
        at += 2;
    }
}

/// Splits tokens at commas, those in `<..>` too.
pub(crate) fn entries(tokens: &TokenStream) -> Vec<Vec<TokenTree>> {
    let mut entries = vec![Vec::new()];
    for token in tokens.clone() {
        match (&token, entries.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => entries.push(Vec::new()),
            (_, Some(last)) => last.push(token),
            (_, None) => {}
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}
