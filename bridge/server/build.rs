//! Puts the site into the program, if the environment variable TCP_LAB_SITE names the directory where it was built.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() {
    println!("cargo:rerun-if-env-changed=TCP_LAB_SITE");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    if let Some(site) = env::var_os("TCP_LAB_SITE").filter(|site| !site.is_empty()) {
        let site = Path::new(&site);
        println!("cargo:rerun-if-changed={}", site.display());
        if let Err(error) = site.canonicalize().and_then(|site| list(&site, "", &mut files)) {
            fail(&format!("TCP_LAB_SITE names {}, which cannot be read: {error}", site.display()));
        }
        if !files.iter().any(|(name, _)| name == "index.html") {
            let site = site.display();
            fail(&format!("TCP_LAB_SITE names {site}, where there is no index.html: build the site first"));
        }
    }
    files.sort();
    let mut source = String::from("pub const FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        let _ = writeln!(source, "    ({name:?}, include_bytes!({path:?})),");
    }
    source.push_str("];\n");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    if let Err(error) = fs::write(Path::new(&out).join("archive.rs"), source) {
        fail(&format!("cannot write the list of the site's files: {error}"));
    }
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(1)
}

fn list(directory: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (Ok(name), Ok(path)) =
            (entry.file_name().into_string(), entry.path().into_os_string().into_string())
        else {
            return Err(io::Error::other(format!("{} is not UTF-8", entry.path().display())));
        };
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), path));
        }
    }
    Ok(())
}
