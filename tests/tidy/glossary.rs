//! The glossary is short and defines each word once.

use std::collections::BTreeSet;

use crate::files::files;

const FILE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Glossary";
const MAX_ROWS: usize = 40;

/// The words of the glossary's table: its first column. Empty if there is no glossary.
fn words(text: &str) -> Vec<String> {
    let section = text.lines().skip_while(|line| line.trim() != HEADING).skip(1);
    let rows = section.take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    // After the header and the line below it.
    let cells = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    cells.map(|cell| cell.trim().trim_matches(['`', '*']).to_lowercase()).collect()
}

#[test]
fn the_glossary_is_short_and_defines_each_word_once() {
    let text = files(FILE, &["md"]).remove(0).text;
    let words = words(&text);
    println!("the glossary has {} words", words.len());
    assert!(!text.contains(HEADING) || !words.is_empty(), "the glossary has no table");
    assert!(words.len() <= MAX_ROWS, "{} words, and {MAX_ROWS} is the limit", words.len());
    let mut seen = BTreeSet::new();
    for word in &words {
        assert!(seen.insert(word), "the glossary has `{word}` twice");
    }
}

#[test]
fn a_glossary_is_read() {
    let text = "## Other\n| a | b |\n|---|---|\n| no | x |\n\n## Glossary\n\n| word | meaning |\n|---|---|\n\
                | **Span** | x |\n| `scope` | y |\n\n## Next\n| no | z |\n";
    assert_eq!(words(text), ["span", "scope"]);
}
