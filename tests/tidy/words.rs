//! American spelling, and the names that we agreed on.

use crate::files::{TextFile, files};

/// The places that have none of these words.
const CLEAN: &[&str] = &[
    "macros",
    "runtime",
    "examples",
    "tests",
    "benches",
    ".ci/run",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "clippy.toml",
];

/// Files that list words.
const EXCEPT: &[&str] = &["tests/tidy/words.rs", "tests/tidy/homonyms.rs"];

const EXTENSIONS: &[&str] = &["rs", "md", "toml", "py", "txt", "stderr"];

/// What a word begins with, and what to write.
const BEGINNINGS: &[(&str, &str)] = &[
    ("MOST_", "MAX_"),
    ("LONGEST_", "MAX_"),
    ("LARGEST_", "MAX_"),
    ("analyse", "analyze"),
    ("artefact", "artifact"),
    ("behaviour", "behavior"),
    ("catalogue", "catalog"),
    ("centre", "center"),
    ("colour", "color"),
    ("customis", "customiz"),
    ("favour", "favor"),
    ("finalis", "finaliz"),
    ("generalis", "generaliz"),
    ("honour", "honor"),
    ("initialis", "initializ"),
    ("licence", "license"),
    ("maximis", "maximiz"),
    ("minimis", "minimiz"),
    ("neighbour", "neighbor"),
    ("normalis", "normaliz"),
    ("organis", "organiz"),
    ("prioritis", "prioritiz"),
    ("recognis", "recogniz"),
    ("serialis", "serializ"),
    ("specialis", "specializ"),
    ("summaris", "summariz"),
    ("synchronis", "synchroniz"),
    ("uncoloured", "uncolored"),
    ("unrecognis", "unrecogniz"),
    ("utilis", "utiliz"),
    ("whilst", "while"),
];

/// Whole words, and what to write.
const WHOLE: &[(&str, &str)] =
    &[("told", "warned, recorded, replied, logged, counted or reported: whichever it is")];

/// The words of a line that are ours: no address.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let ours = line.split_whitespace().filter(|word| !word.contains("://"));
    ours.flat_map(|word| word.split(|character: char| !character.is_alphanumeric() && character != '_'))
}

fn complaint(line: &str) -> Option<String> {
    words(line).find_map(|word| {
        let is_constant = |beginning: &str| beginning.ends_with('_');
        let begins = BEGINNINGS.iter().find(|(beginning, _)| {
            if is_constant(beginning) {
                word.starts_with(beginning)
            } else {
                word.split('_').any(|part| part.to_lowercase().starts_with(beginning))
            }
        });
        let whole =
            || WHOLE.iter().find(|(whole, _)| word.split('_').any(|part| part.eq_ignore_ascii_case(whole)));
        begins.or_else(whole).map(|(_, instead)| format!("`{word}`: write {instead}"))
    })
}

fn complaints(file: &TextFile) -> Vec<String> {
    let lines = (1..).zip(file.text.lines());
    lines
        .filter_map(|(number, line)| complaint(line).map(|text| format!("{}:{number}: {text}", file.path)))
        .collect()
}

fn complaints_in(place: &str) -> Vec<String> {
    let files = files(place, EXTENSIONS).into_iter();
    let files = files.filter(|file| !EXCEPT.iter().any(|except| file.is_in(except)));
    files.flat_map(|file| complaints(&file)).collect()
}

#[test]
fn words_are_the_ones_we_agreed_on() {
    let found: Vec<String> = CLEAN.iter().flat_map(|place| complaints_in(place)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_word_is_found_wherever_it_stands() {
    for line in ["It is told.", "fn is_told()", "// Behaviour", "const MOST_SPANS", "a(\"told\")"] {
        assert!(complaint(line).is_some(), "{line}");
    }
    for line in ["https://example.com/behaviour", "UTMOST_CARE", "initialize", "a toldo"] {
        assert_eq!(complaint(line), None, "{line}");
    }
}
