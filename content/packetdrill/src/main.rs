//! The command: runs packetdrill scripts against the engine, a line for each.

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    command::main()
}

#[cfg(not(target_family = "wasm"))]
mod command {
    use clap::Parser;
    use packetdrill::{Engine, Files, Place, Report, Source, Verdict, parse, run};
    use std::fs;
    use std::io::{self, Write};
    use std::panic::catch_unwind;
    use std::path::{Component, Path, PathBuf};
    use std::process::ExitCode;
    use walkdir::WalkDir;

    /// Runs packetdrill scripts against the engine, in virtual time.
    ///
    /// One line per script: ok, FAILED with what was expected and what came, or UNSUPPORTED with what is not known. The exit code is 1
    /// if any script failed or could not be read, or the usage is wrong, else 2 if any is unsupported, else 0.
    #[derive(Parser)]
    #[command(version)]
    struct Arguments {
        /// A file of settings (shell lines) that goes before each script; may be given several times
        #[arg(long, value_name = "FILE")]
        init: Vec<PathBuf>,
        /// Print every packet and call of each script with its time
        #[arg(long)]
        trace: bool,
        /// Scripts, or directories with scripts (*.pkt)
        #[arg(required = true, value_name = "SCRIPT")]
        scripts: Vec<PathBuf>,
    }

    /// Longer messages are cut, in characters.
    const LONGEST: usize = 300;

    /// How the scripts ended so far.
    #[derive(Default)]
    struct Tally {
        failed: bool,
        unsupported: bool,
    }

    pub(super) fn main() -> ExitCode {
        let arguments = match Arguments::try_parse() {
            Ok(arguments) => arguments,
            Err(error) => {
                // 2 says that a script is unsupported: wrong usage is 1, as whatever cannot be read is.
                let _ = error.print();
                return ExitCode::from(u8::from(error.use_stderr()));
            }
        };
        let mut tally = Tally::default();
        // A reader that has seen enough (head) is no reason to complain.
        let _ = run_all(&arguments, &mut tally);
        match tally {
            Tally { failed: true, .. } => ExitCode::from(1),
            Tally { unsupported: true, .. } => ExitCode::from(2),
            Tally { .. } => ExitCode::SUCCESS,
        }
    }

    fn run_all(arguments: &Arguments, tally: &mut Tally) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let mut init = Vec::new();
        for path in &arguments.init {
            match read(path) {
                Ok(source) => init.push(source),
                Err(why) => {
                    eprintln!("packetdrill: --init {why}");
                    tally.failed = true;
                    return Ok(());
                }
            }
        }
        for path in &arguments.scripts {
            for script in scripts(path) {
                match script.and_then(|path| read(&path)) {
                    Ok(source) => one(&source, &init, arguments.trace, &mut out, tally)?,
                    Err(why) => {
                        eprintln!("packetdrill: {why}");
                        tally.failed = true;
                    }
                }
            }
        }
        Ok(())
    }

    fn one(
        source: &Source,
        init: &[Source],
        trace: bool,
        out: &mut impl Write,
        tally: &mut Tally,
    ) -> io::Result<()> {
        let report = match parse(source) {
            // A fault of the engine is the failure of one script, not of the others after it.
            Ok(script) => {
                catch_unwind(|| run(&script, init, &Disk { init }, Engine::new)).unwrap_or_else(|_| {
                    let place = Place::top(&source.name);
                    let what = "expected a verdict got a panic of the engine, above: please report it".into();
                    Report {
                        verdict: Verdict::Failed { place, what },
                        trace: Vec::new(),
                        moments: Vec::new(),
                    }
                })
            }
            Err(unsupported) => {
                Report { verdict: Verdict::Unsupported(unsupported), trace: Vec::new(), moments: Vec::new() }
            }
        };
        if trace {
            for line in &report.trace {
                writeln!(out, "  {line}")?;
            }
        }
        match report.verdict {
            Verdict::Ok => writeln!(out, "ok {}", source.name),
            Verdict::Failed { place, what } => {
                tally.failed = true;
                writeln!(out, "FAILED {place}: {}", cut(&what))
            }
            Verdict::Unsupported(unsupported) => {
                tally.unsupported = true;
                writeln!(out, "UNSUPPORTED {}: {}", unsupported.place, cut(&unsupported.what))
            }
        }
    }

    /// A message in one line that people can read: of a very long one the beginning and the end.
    fn cut(what: &str) -> String {
        let count = what.chars().count();
        if count <= LONGEST {
            return what.to_owned();
        }
        let half = LONGEST / 2;
        let begin: String = what.chars().take(half).collect();
        let end: String = what.chars().skip(count - half).collect();
        format!("{begin} […] {end}")
    }

    /// The scripts of a path: itself, or what lies in the directory, in the order of the names.
    fn scripts(path: &Path) -> Vec<Result<PathBuf, String>> {
        if !path.is_dir() {
            return vec![Ok(path.to_owned())];
        }
        let mut found = Vec::new();
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.path().extension().is_some_and(|extension| extension == "pkt") => {
                    found.push(Ok(entry.into_path()));
                }
                Ok(_) => {}
                Err(why) => found.push(Err(why.to_string())),
            }
        }
        if found.is_empty() {
            found.push(Err(format!("{}: there is no script (*.pkt) in this directory", path.display())));
        }
        found
    }

    fn read(path: &Path) -> Result<Source, String> {
        let octets = fs::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
        let text = String::from_utf8(octets).map_err(|why| {
            let before = why.as_bytes().iter().take(why.utf8_error().valid_up_to());
            let line = 1 + before.filter(|octet| **octet == b'\n').count();
            format!("{}:{line}: this line is not UTF-8: save the file as UTF-8", path.display())
        })?;
        // A byte order mark is no part of the text.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Source { name: path.display().to_string(), text })
    }

    /// The files that scripts call, from the file system.
    struct Disk<'a> {
        /// The files of --init: they stand for files of the same name that are nowhere to be found.
        init: &'a [Source],
    }

    impl Files for Disk<'_> {
        /// A path is relative to the file that names it. Scripts of one suite lie at different depths and name the same `common` with
        /// different numbers of `..`: where there is no such file, it is looked for in every directory above.
        fn read(&self, from: &str, path: &str) -> Result<Source, String> {
            let here = Path::new(from)
                .parent()
                .filter(|here| !here.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            let direct = here.join(path);
            if direct.is_file() {
                return read(&direct);
            }
            let down: PathBuf =
                Path::new(path).components().filter(|part| matches!(part, Component::Normal(_))).collect();
            let absolute = std::path::absolute(here).map_err(|why| format!("{}: {why}", here.display()))?;
            if let Some(found) =
                absolute.ancestors().map(|above| above.join(&down)).find(|above| above.is_file())
            {
                return read(&found);
            }
            let same_name =
                |source: &&Source| Path::new(&source.name).file_name() == Path::new(path).file_name();
            match self.init.iter().find(same_name) {
                Some(given) => Ok(given.clone()),
                None => Err(format!(
                    "the file “{path}”, which is neither beside the script nor in a directory above it"
                )),
            }
        }
    }
}
