//! A file can be read in one sitting.

use crate::files::files;

const FOLDERS: &[&str] = &["macros", "runtime", "examples", "tests", "benches"];
const MAX_LINES: usize = 500;

#[test]
fn no_file_is_longer_than_can_be_read_in_one_sitting() {
    for file in FOLDERS.iter().flat_map(|folder| files(folder, &["rs"])) {
        let lines = file.text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines, and {MAX_LINES} is the limit", file.path);
    }
}
