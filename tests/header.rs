//! `include/openssl/ssl.h` is generated; this test fails when it is stale.
//! `TESSERA_UPDATE_HEADER=1 cargo test --test header` writes it anew.

use std::path::Path;
use std::{env, fs};

#[test]
fn committed_header_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("include/openssl/ssl.h");
    let wanted = header(root);
    for name in exported(root) {
        assert!(wanted.contains(&format!("{name}(")), "no prototype of {name}");
    }
    if env::var_os("TESSERA_UPDATE_HEADER").is_some() {
        fs::write(&path, &wanted).expect("the source tree is writable");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == wanted, "include/openssl/ssl.h is stale: run `make header`");
}

/// The header: our own text, what cbindgen makes of `src/capi`, our own text.
fn header(root: &Path) -> String {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    config.header = Some(read(root, "src/header/types.h"));
    config.trailer = Some(read(root, "src/header/macros.h"));
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/ffi/types.rs"))
        .with_src(root.join("src/capi/mod.rs"))
        .generate()
        .expect("cbindgen reads the sources");
    let mut text = Vec::new();
    bindings.write(&mut text);
    tidy(&String::from_utf8(text).expect("cbindgen writes text"))
}

/// Drops the prototypes of functions that Rust imports, and gives the one
/// callback that C declares as a function type its pointer.
fn tidy(text: &str) -> String {
    let ours: Vec<_> = text.split("\n\n").filter(|block| !block.starts_with("extern ")).collect();
    ours.join("\n\n").replace("Option<pem_password_cb> ", "pem_password_cb *")
}

fn exported(root: &Path) -> Vec<String> {
    let table = read(root, "abi/libssl.tsv");
    table.lines().skip(1).filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

fn read(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).expect("part of the source")
}
