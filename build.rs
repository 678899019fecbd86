//! Links the cdylib as the system links `libssl.so.3`: its soname, one version
//! node, exactly the symbols of `abi/libssl.tsv`, never unloaded.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=abi/libssl.tsv");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let table = fs::read_to_string("abi/libssl.tsv").expect("abi/libssl.tsv is part of the source");

    let map = out.join("libssl.map");
    fs::write(&map, version_map(&table)).expect("OUT_DIR is writable");
    write_linker(&out, &map);
    name_library(&out);

    println!("cargo:rustc-cdylib-link-arg=-B{}", out.display());
    println!("cargo:rustc-cdylib-link-arg=-fuse-ld=bfd");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libssl.so.3");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rustc-link-lib=dylib=crypto");
}

/// One version node per `node` column, holding its symbols.
fn version_map(table: &str) -> String {
    let mut nodes = std::collections::BTreeMap::<&str, Vec<&str>>::new();
    for line in table.lines().skip(1) {
        let mut columns = line.split('\t');
        if let (Some(symbol), Some(node)) = (columns.next(), columns.next()) {
            nodes.entry(node).or_default().push(symbol);
        }
    }
    let mut map = String::new();
    for (node, symbols) in nodes {
        map += &format!("{node} {{\n  global:\n");
        for symbol in symbols {
            map += &format!("    {symbol};\n");
        }
        map += "  local: *;\n};\n";
    }
    map
}

/// rustc hands the linker a version script of its own and GNU ld refuses a
/// second one, so this stand-in for `ld.bfd` puts ours in its place. And the
/// unwinder, which Rust needs, is linked in: to load libgcc_s for it takes a
/// program as long as to load all of this library.
fn write_linker(out: &Path, map: &Path) {
    let shim = out.join("ld.bfd");
    let script = format!(
        "#!/bin/sh\n\
         for arg; do\n\
         \x20 shift\n\
         \x20 case \"$arg\" in\n\
         \x20 --version-script=*) arg='--version-script={}' ;;\n\
         \x20 -lgcc_s) arg=-lgcc_eh ;;\n\
         \x20 esac\n\
         \x20 set -- \"$@\" \"$arg\"\n\
         done\n\
         exec /usr/bin/ld.bfd \"$@\"\n",
        map.display()
    );
    fs::write(&shim, script).expect("OUT_DIR is writable");
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).expect("OUT_DIR is writable");
}

/// `libssl.so.3` beside cargo's `libssl.so`: the name programs look for.
fn name_library(out: &Path) {
    let Some(profile) = out.ancestors().nth(3) else {
        return;
    };
    let link = profile.join("libssl.so.3");
    if fs::symlink_metadata(&link).is_err() {
        symlink("libssl.so", &link).expect("the target folder is writable");
    }
}
