//! Writes every page of the site as HTML: trunk's post-build hook (see Trunk.toml).
//!
//! ```text
//! trunk: index.html + hashed files -> staging directory -> prerender: index.html becomes the template of
//!                                                            index.html  live/index.html  404.html  ...
//! ```
//!
//! The template is the index.html that trunk wrote, with `{{ marks }}` where a page's own text goes. Knows nothing of what
//! the pages show: it renders [`App`] for each [`Route`].

#[cfg(not(target_arch = "wasm32"))]
fn main() -> anyhow::Result<()> {
    native::main()
}

/// Only a native build can write files; for wasm it exists so that clippy sees the whole package.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::collections::BTreeMap;
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::rc::Rc;
    use std::{env, fs};

    use anyhow::{Context, Result, ensure};
    use lab::{Ending, Exhibit, GALLERY, Scenario, exhibit_text};
    use lessons::Course;
    use sockets::Instant;
    use web::course::page::pages;
    use web::course::{contents, done, reference, search};
    use web::stage::ladder::{Picture, poster, svg};
    use web::stage::story::{Cast, Origin, Story};
    use web::{App, AppProps, Route};
    use yew::AttrValue;
    use yew_router::Routable;

    pub fn main() -> Result<()> {
        let staging = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
        let base = base_path(&variable("TRUNK_PUBLIC_URL")?)?;
        let template_path = staging.join("index.html");
        let template = fs::read_to_string(&template_path)
            .with_context(|| format!("cannot read the template {}", template_path.display()))?;
        let source = PathBuf::from(variable("TRUNK_SOURCE_DIR")?);
        let course = read_course(&source)?;
        let template = template
            .replace("{{ studio }}", &name_studio(&source, &staging)?)
            .replace("{{ editor }}", &bundle_editor(&source, &staging)?)
            .replace("{{ python }}", &lay_python(&source, &staging)?)
            .replace("{{ search }}", &lay_search(&source, &staging, &course)?);
        write_first_picture(&staging.join("pictures"))?;
        for route in Route::all() {
            let page = fill(&template, &base, route)?;
            let path = staging.join(file_of(route));
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            }
            fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        write_course(&course, &staging, &template, &base)?;
        write_posters(&staging.join("posters"))
    }

    /// Lessons and reference. A mistake in one fails the build, and is told with its place.
    fn read_course(source: &Path) -> Result<Course> {
        let root = source.join("content/lessons");
        let mut files = BTreeMap::new();
        for entry in walkdir::WalkDir::new(&root).into_iter().filter_entry(|entry| entry.file_name() != "src")
        {
            let entry = entry.with_context(|| format!("cannot list {}", root.display()))?;
            // What is no text is no part of the course.
            if let (Ok(name), Ok(text)) = (entry.path().strip_prefix(&root), fs::read_to_string(entry.path()))
            {
                files.insert(name.to_string_lossy().into_owned(), text);
            }
        }
        let (course, problems) = Course::read("course", &files);
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ensure!(problems.is_empty(), "the course has mistakes:\n{}", problems.join("\n"));
        Ok(course)
    }

    /// The pages whose words are the course's.
    fn write_course(course: &Course, staging: &Path, template: &str, base: &str) -> Result<()> {
        let lessons = pages(course, base).map_err(anyhow::Error::msg)?;
        let others = [contents::page(course, base), done::page(course, base), search::page(course, base)];
        for page in lessons.into_iter().chain(reference::pages(course, base)).chain(others) {
            let route = Route::recognize(&format!("/{}", page.place))
                .filter(|route| *route != Route::NotFound)
                .with_context(|| format!("no route has the address /{}", page.place))?;
            let title = format!("{} - TCP Lab", page.title);
            let head = Words { title: &title, description: &page.summary, words: Some(page.html) };
            let text = fill_with(template, base, route, head)?;
            let directory = staging.join(&page.place);
            fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
            for (name, text) in
                page.files.iter().map(|(name, text)| (name.as_str(), text)).chain([("index.html", &text)])
            {
                let path = directory.join(name);
                fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }

    /// What a page's file says, where it is more than what its route says.
    struct Words<'a> {
        title: &'a str,
        description: &'a str,
        words: Option<String>,
    }

    /// A poster for each scenario of the gallery. One that cannot be drawn fails the build.
    fn write_posters(directory: &Path) -> Result<()> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        for Exhibit { id, .. } in GALLERY {
            let poster = story_of(exhibit_text(id).context("every exhibit has its text")?)
                .map(|story| poster(&story))
                .with_context(|| format!("the gallery's scenario “{id}” has no poster"))?;
            let path = directory.join(format!("{id}.svg"));
            fs::write(&path, poster).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn story_of(text: &str) -> Result<Story> {
        let scenario = Scenario::parse(text)?;
        let run = lab::run(&scenario)?;
        ensure!(run.ending == Ending::Finished, "it does not come to its end: {}", run.ending);
        Ok(Story::of(Rc::new(run.log), Cast::of(&scenario.world).named(run.names), Origin::Simulated))
    }

    /// The files of the second program get names of their own, since trunk leaves those of what it takes for a worker as they are:
    /// a browser must never put new halves and old ones together. Gives the hash that stands in the names.
    fn name_studio(source: &Path, staging: &Path) -> Result<String> {
        fs::write(staging.join("studio.css"), studio_sheet(&source.join("web/studio"))?)
            .context("cannot write studio.css")?;
        let script = staging.join("studio.js");
        let text = fs::read_to_string(&script)
            .with_context(|| format!("cannot read {}", script.display()))
            .and_then(|text| own_marks(&text))?;
        fs::write(&script, text).with_context(|| format!("cannot write {}", script.display()))?;
        let mut hasher = DefaultHasher::new();
        let files = ["studio.js", "studio_bg.wasm", "studio.css", "studio-worker.js"];
        for name in files {
            let path = staging.join(name);
            fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?.hash(&mut hasher);
        }
        let hash = format!("{:016x}", hasher.finish());
        for name in files {
            let (stem, extension) = name.split_once('.').context("a name has an extension")?;
            let stem = stem.replace("_bg", "");
            let (old, new) = (staging.join(name), staging.join(format!("{stem}-{hash}.{extension}")));
            fs::rename(&old, &new).with_context(|| format!("cannot rename {}", old.display()))?;
        }
        Ok(hash)
    }

    /// Bundles JavaScript of ours with what it takes from npm.
    fn bundle(source: &Path, entry: &str, bundled: &Path) -> Result<()> {
        let status = Command::new("node")
            .args([source.join("web/bundle.mjs"), source.join(entry), bundled.to_owned()])
            .status()
            .with_context(|| format!("cannot start node, which bundles {entry}: is Node.js installed?"))?;
        ensure!(
            status.success(),
            "node web/bundle.mjs {entry} failed ({status}); `npm ci` fetches what it needs"
        );
        Ok(())
    }

    /// The search box with its sheet, and what it finds, in a directory whose name changes with what is in it. Gives the hash in that name.
    fn lay_search(source: &Path, staging: &Path, course: &Course) -> Result<String> {
        let bundled = staging.join("search.js");
        bundle(source, "web/search/search.js", &bundled)?;
        let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let files = [
            ("search.js", read(&bundled)?),
            ("search.css", read(&source.join("web/search/search.css"))?),
            ("index.json", serde_json::to_vec(&search::index(course))?),
        ];
        fs::remove_file(&bundled).with_context(|| format!("cannot remove {}", bundled.display()))?;
        let mut hasher = DefaultHasher::new();
        files.hash(&mut hasher);
        let hash = format!("{:016x}", hasher.finish());
        let place = staging.join(format!("search-{hash}"));
        fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        for (name, octets) in files {
            let path = place.join(name);
            fs::write(&path, octets).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(hash)
    }

    /// Bundles the code editor and gives it a name of its own. Gives the hash that stands in the name.
    fn bundle_editor(source: &Path, staging: &Path) -> Result<String> {
        let bundled = staging.join("editor.js");
        bundle(source, "web/editor/editor.js", &bundled)?;
        let text = fs::read(&bundled).with_context(|| format!("cannot read {}", bundled.display()))?;
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = format!("{:016x}", hasher.finish());
        fs::rename(&bundled, staging.join(format!("editor-{hash}.js"))).context("cannot rename editor.js")?;
        Ok(hash)
    }

    /// Python: the interpreter from npm, the worker that it runs in, and our modules below its socket library, in a directory whose name
    /// changes with what is in it. Gives the hash in that name.
    fn lay_python(source: &Path, staging: &Path) -> Result<String> {
        let (ours, theirs) = (source.join("web/python"), source.join("node_modules/pyodide"));
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        for name in ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"] {
            let path = theirs.join(name);
            let octets = fs::read(&path)
                .with_context(|| format!("cannot read {}: has npm ci run?", path.display()))?;
            files.push((format!("pyodide/{name}"), octets));
        }
        let mut modules = BTreeMap::new();
        for path in files_of(&ours)?.into_iter().chain(files_of(&ours.join("tcplab"))?) {
            let name = path.file_name().and_then(|name| name.to_str()).context("a name is text")?.to_owned();
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("js") => files.push((name, text.into_bytes())),
                Some("py") => drop(modules.insert(name, text)),
                _ => {}
            }
        }
        files.push(("modules.json".into(), serde_json::to_vec(&modules)?));
        let mut hasher = DefaultHasher::new();
        files.hash(&mut hasher);
        let hash = format!("{:016x}", hasher.finish());
        let place = staging.join(format!("python-{hash}"));
        for (name, octets) in files {
            let path = place.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            }
            fs::write(&path, octets).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(hash)
    }

    /// The files of a directory, in the order of their names.
    fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
        let listed =
            fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
        let mut files: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|path| path.is_file());
        files.sort();
        Ok(files)
    }

    /// Yew numbers its listeners and marks each element with a number. Two programs on one page would take each other's marks for
    /// their own: a click in the second would be a click on whatever has that number in the first. So the second marks by other names.
    fn own_marks(script: &str) -> Result<String> {
        for mark in ["__yew_listener_id", "__yew_subtree_id"] {
            ensure!(
                script.contains(mark),
                "studio.js does not mark elements by {mark}: how does this Yew mark them?"
            );
        }
        Ok(script.replace("__yew_", "__studio_"))
    }

    /// The sheets of the second program's parts, one after the other in the order of their names.
    fn studio_sheet(directory: &Path) -> Result<String> {
        let mut sheets = files_of(directory)?;
        sheets.retain(|path| path.extension().is_some_and(|extension| extension == "css"));
        let read = |path: &PathBuf| {
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
        };
        sheets.iter().map(read).collect()
    }

    /// The picture of the first page: the gallery's first scenario, whole, as the stage draws it.
    fn write_first_picture(directory: &Path) -> Result<()> {
        let exhibit = GALLERY.first().context("the gallery is empty")?;
        let story = story_of(exhibit_text(exhibit.id).context("every exhibit has its text")?)?;
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let path = directory.join(format!("{}.svg", exhibit.id));
        // The handshake and the first octets: what comes after is one click away.
        let part = Some((Instant::START, Instant(155_000)));
        let picture = Picture { width: 640.0, part, ..Picture::default() };
        fs::write(&path, svg(&story, picture)).with_context(|| format!("cannot write {}", path.display()))
    }

    fn variable(name: &str) -> Result<String> {
        env::var(name).with_context(|| {
            format!("{name} is not set: trunk runs this program as its post-build hook and sets it")
        })
    }

    /// The site's path prefix, from trunk's public URL: `/` or `/tcp-lab/`.
    fn base_path(public_url: &str) -> Result<String> {
        let path = format!("/{}/", public_url.trim_matches('/')).replace("//", "/");
        ensure!(
            public_url.starts_with('/') && !public_url.starts_with("//"),
            "the public URL {public_url:?} must be a path from the host's root, such as / or /tcp-lab/"
        );
        ensure!(
            path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b)),
            "the public URL {public_url:?} may hold only letters, digits and / - _ . ~"
        );
        Ok(path)
    }

    /// Where a static host looks for this page.
    fn file_of(route: Route) -> PathBuf {
        let path = route.to_path();
        let path = path.trim_start_matches('/');
        if path.is_empty() || path.ends_with('/') { Path::new(path).join("index.html") } else { path.into() }
    }

    fn fill(template: &str, base: &str, route: Route) -> Result<String> {
        let head = route.head();
        fill_with(
            template,
            base,
            route,
            Words { title: head.title, description: head.description, words: None },
        )
    }

    fn fill_with(template: &str, base: &str, route: Route, page: Words<'_>) -> Result<String> {
        let head = route.head();
        let (prefix, words) = (base.to_owned(), page.words);
        let props = move || AppProps {
            base: prefix.into(),
            prerender: Some(route),
            words: words.map(AttrValue::from),
        };
        let app = futures::executor::block_on(yew::ServerRenderer::<App>::with_props(props).render());
        let address = format!("{}{}", base.trim_end_matches('/'), route.to_path());
        let robots = if head.indexed { "index, follow" } else { "noindex" };
        let marks = [
            ("base", escape(base)),
            ("title", escape(page.title)),
            ("description", escape(page.description)),
            ("address", escape(&address)),
            ("robots", robots.to_owned()),
            // Last: what a page shows may itself speak of marks.
            ("app", app),
        ];
        let mut page = template.to_owned();
        for (name, text) in marks {
            let mark = format!("{{{{ {name} }}}}");
            ensure!(page.contains(&mark), "index.html has no {mark}");
            page = page.replace(&mark, &text);
        }
        Ok(page)
    }

    /// Text as it stands in HTML, inside an element or a quoted attribute.
    fn escape(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn every_scenario_has_a_poster_and_one_that_cannot_run_says_why() {
            let directory = env::temp_dir().join(format!("tcp-lab-posters-{}", std::process::id()));
            let written = write_posters(&directory);
            let count = fs::read_dir(&directory).map(Iterator::count);
            // Best effort: what is left over lies in the system's directory for such.
            let _ = fs::remove_dir_all(&directory);
            written.expect("every scenario of the gallery can be drawn");
            assert_eq!(count.expect("the directory was made"), GALLERY.len());
            let error = story_of("{}").expect_err("that is no scenario");
            assert!(error.to_string().contains("missing field"), "{error}");
            let waits = exhibit_text("handshake")
                .expect("it is there")
                .replace("8000", "8001")
                .replacen("8001", "8000", 1);
            let error = story_of(&waits).expect_err("the client is refused");
            assert!(error.to_string().contains("ECONNREFUSED"), "{error}");
        }

        const TEMPLATE: &str =
            "{{ base }}|{{ title }}|{{ description }}|{{ address }}|{{ robots }}|{{ app }}";

        #[test]
        fn a_page_is_a_directory_and_the_missing_page_is_a_file() {
            assert_eq!(file_of(Route::Home), Path::new("index.html"));
            assert_eq!(file_of(Route::Live), Path::new("live/index.html"));
            assert_eq!(file_of(Route::NotFound), Path::new("404.html"));
        }

        #[test]
        fn base_paths_get_both_slashes_and_anything_else_is_refused() {
            assert_eq!(base_path("/").expect("the root is a path"), "/");
            assert_eq!(base_path("/tcp-lab").expect("a slash may be missing"), "/tcp-lab/");
            assert_eq!(base_path("/a/b/").expect("it may be deep"), "/a/b/");
            for bad in ["", "./", "https://example.org/", "//example.org/", "/a\"b/"] {
                assert!(base_path(bad).is_err(), "{bad:?} was taken");
            }
        }

        #[test]
        fn links_carry_the_base_path() {
            let page = fill(TEMPLATE, "/tcp-lab/", Route::Live).expect("the template is whole");
            assert!(page.starts_with("/tcp-lab/|Live sockets"), "{page}");
            assert!(page.contains("|/tcp-lab/live/|"), "{page}");
            assert!(page.contains("href=\"/tcp-lab/\""), "{page}");
            assert!(!page.contains("{{"), "{page}");
        }

        #[test]
        fn a_template_without_a_mark_is_an_error_that_names_it() {
            let error = fill("no marks", "/", Route::Home).expect_err("nothing can be filled in");
            assert!(error.to_string().contains("{{ base }}"), "{error}");
        }
    }
}
