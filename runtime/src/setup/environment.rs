//! How an environment variable is looked up, for the settings and for the resource detectors.

/// Looks up a variable by its name. A program may replace it: see [`Builder::environment`](crate::Builder::environment).
pub(super) type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Reads a variable of this process.
pub(super) fn of_process(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The trimmed value of a variable. The specification treats an empty variable as unset.
pub(super) fn non_empty(lookup: &Lookup<'_>, name: &str) -> Option<String> {
    let value = lookup(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
