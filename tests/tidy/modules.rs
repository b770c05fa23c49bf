//! A crate's modules: from its root file, through each `mod name;`, to the files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::configuration::{CONFIGURATIONS, Configuration};
use crate::files;
use crate::graph::Reference;
use crate::syntax::{self, Contents};

/// A crate, as one configuration sees it.
pub(crate) struct Crate {
    /// The root is the first one.
    pub(crate) modules: Vec<Module>,
    /// Macros that are found at the root, with the module that defines each.
    pub(crate) exported_macros: BTreeMap<String, usize>,
    pub(crate) references: Vec<Reference>,
}

pub(crate) struct Module {
    /// From below the crate's root: `["engine", "clock"]`.
    pub(crate) path: Vec<String>,
    pub(crate) parent: Option<usize>,
    /// Where it stands, from the repository's root.
    pub(crate) file: String,
    pub(crate) contents: Contents,
    /// Several of one name exclude each other by something that is no feature.
    pub(crate) children: BTreeMap<String, Vec<usize>>,
}

type Crates = Vec<(&'static Configuration, Crate)>;

/// The runtime, as each configuration sees it.
pub(crate) fn runtimes() -> &'static Crates {
    static RUNTIMES: LazyLock<Crates> = LazyLock::new(|| read_all("runtime/src/lib.rs"));
    &RUNTIMES
}

/// The macro crate, as each configuration sees it.
pub(crate) fn macros() -> &'static Crates {
    static MACROS: LazyLock<Crates> = LazyLock::new(|| read_all("macros/src/lib.rs"));
    &MACROS
}

fn read_all(root_file: &str) -> Crates {
    CONFIGURATIONS
        .iter()
        .map(|configuration| (configuration, Crate::read(root_file, configuration)))
        .collect()
}

impl Crate {
    /// Reads a crate, given its root file from the repository's root.
    fn read(root_file: &str, configuration: &Configuration) -> Self {
        let contents = read_file(root_file, configuration);
        Self::of_root(root_file, contents, configuration)
    }

    /// A crate of one text, whose modules have braces.
    pub(crate) fn of(text: &str) -> Self {
        Self::of_root("lib.rs", syntax::read(text.parse().expect("tokens")), &CONFIGURATIONS[0])
    }

    fn of_root(root_file: &str, contents: Contents, configuration: &Configuration) -> Self {
        let mut read = Self { modules: Vec::new(), exported_macros: BTreeMap::new(), references: Vec::new() };
        let folder = Path::new(root_file).parent().unwrap_or(Path::new(""));
        read.add(Vec::new(), None, root_file.to_owned(), folder, contents, configuration);
        for (at, module) in read.modules.iter().enumerate() {
            let exported =
                module.contents.names.iter().filter(|(_, definition)| definition.is_exported_macro);
            read.exported_macros.extend(exported.map(|(name, _)| (name.clone(), at)));
        }
        read.references = read.find_references();
        read
    }

    /// Adds a module, whose children's files are in `folder`, and all below it.
    fn add(
        &mut self,
        path: Vec<String>,
        parent: Option<usize>,
        file: String,
        folder: &Path,
        mut contents: Contents,
        configuration: &Configuration,
    ) -> usize {
        let children = std::mem::take(&mut contents.children);
        let here = self.modules.len();
        self.modules.push(Module {
            path: path.clone(),
            parent,
            file: file.clone(),
            contents,
            children: BTreeMap::new(),
        });
        for child in children {
            let path: Vec<String> = path.iter().chain([&child.name]).cloned().collect();
            let below = folder.join(&child.name);
            let index = if let Some(contents) = child.inline {
                self.add(path, Some(here), file.clone(), &below, contents, configuration)
            } else {
                let child_file = match &child.path {
                    Some(relative) => beside(&file, relative),
                    None => file_of(folder, &child.name),
                };
                let contents = read_file(&child_file, configuration);
                self.add(path, Some(here), child_file, &below, contents, configuration)
            };
            self.modules[here].children.entry(child.name).or_default().push(index);
        }
        here
    }
}

fn read_file(file: &str, configuration: &Configuration) -> Contents {
    let text =
        std::fs::read_to_string(files::root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let tokens = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
    syntax::read(configuration.compiled(tokens))
}

fn file_of(folder: &Path, name: &str) -> String {
    let flat = folder.join(format!("{name}.rs"));
    let nested = folder.join(name).join("mod.rs");
    let is_flat = files::root().join(&flat).exists();
    slashes(if is_flat { flat } else { nested })
}

fn beside(file: &str, relative: &str) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    slashes(folder.join(relative))
}

fn slashes(path: PathBuf) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part.as_os_str().to_string_lossy() {
            up if up == ".." => drop(parts.pop()),
            part => parts.push(part.into_owned()),
        }
    }
    parts.join("/")
}
