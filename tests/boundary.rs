//! C is called in one way (src/boundary.rs): what the compiler does not see of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// Each source file with its path and its text.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("src"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").display().to_string();
        (name, fs::read_to_string(path).expect("a readable source"))
    };
    paths.into_iter().map(read).collect()
}

/// The names of the functions that plain `extern "C"` blocks declare, but for those of tests.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let blocks = text.split("extern \"C\" {\n").skip(1).map(|rest| {
        let end = rest.lines().position(|line| line.trim() == "}").unwrap_or_default();
        rest.lines().take(end)
    });
    blocks.flatten().filter_map(|line| {
        let line = line.trim().trim_start_matches("pub ");
        line.strip_prefix("fn ")?.split('(').next()
    })
}

/// A function of libcrypto that may run code of the program's is declared by `reentrant!`. Of the
/// others, `abi/quiet.txt` says that they don't.
#[test]
fn plain_declarations_run_nothing_of_the_programs() {
    let list = include_str!("../abi/quiet.txt");
    let quiet: BTreeSet<&str> = list.lines().filter(|line| !line.starts_with('#')).map(str::trim).collect();
    let texts = texts();
    let here: BTreeSet<&str> =
        texts.iter().filter(|(name, _)| name != "src/boundary.rs").flat_map(|(_, text)| declared(text)).collect();
    let unknown: Vec<_> = here.difference(&quiet).collect();
    assert!(unknown.is_empty(), "declare with reentrant!, or add to abi/quiet.txt: {unknown:?}");
    let gone: Vec<_> = quiet.difference(&here).filter(|name| !name.is_empty()).collect();
    assert!(gone.is_empty(), "no longer declared: {gone:?}");
}

/// Who changes what a thread is at work for: whoever enters, and whoever leaves for C.
#[test]
fn a_threads_work_is_changed_in_three_places() {
    let users: Vec<String> =
        texts().into_iter().filter(|(_, text)| text.contains("exchange_work(")).map(|(name, _)| name).collect();
    let users: BTreeSet<&str> = users.iter().map(String::as_str).collect();
    assert_eq!(users, BTreeSet::from(["src/boundary.rs", "src/engine/current.rs", "src/ffi/current.rs"]));
}

/// A program's function is taken out of its `Callback` only to be given back to C: by getters,
/// and to libcrypto.
#[test]
fn functions_of_the_programs_are_not_called_past_the_boundary() {
    for (name, text) in texts() {
        let allowed = name.starts_with("src/capi/") || name == "src/boundary.rs" || name == "src/connection/verify.rs";
        let uses = text.matches("to_c()").count() + text.matches("Callback::to_c").count();
        assert!(allowed || uses == 0, "{name} takes a function out of its Callback");
    }
}
