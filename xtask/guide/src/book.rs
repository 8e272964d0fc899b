//! [`Book`]: the chapters, found in the work tree, and the HTML pages that mdBook makes of them.
//!
//! The chapters are copied into a temporary folder, with their links turned to the book's pages;
//! mdBook builds there, and the result is read into memory. So a server of these pages can show
//! nothing else of the file system.

use crate::links;
use anyhow::{Context, Result, bail};
use mdbook_core::config::Config;
use mdbook_driver::MDBook;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The chapters before the lessons, and those after them: path and title.
const BEFORE: [(&str, &str); 1] = [("README.md", "DNS, built from the octets up")];
const AFTER: [(&str, &str); 10] = [
    ("lessons/reference/glossary.md", "Glossary"),
    ("lessons/reference/faq.md", "Why does dig say …?"),
    ("lessons/reference/rfcs.md", "RFCs by lesson"),
    ("lessons/reference/attacks.md", "Attacks"),
    ("lessons/reference/async.md", "async and Send"),
    ("lessons/reference/after.md", "After the course"),
    ("dnsparse/README.md", "dnsparse: octets and types"),
    ("lessons/README.md", "Changes to the lessons"),
    ("solutions/README.md", "The architecture of the solutions"),
    (".github/CONTRIBUTING.md", "Contributing"),
];

/// A linked file above this size is no reading matter.
const MAX_LINKED_FILE: u64 = 500_000;

/// The style sheet that the book adds to mdBook's.
const STYLE: &str = "book.css";

/// The end of the names of pictures.
const PICTURE: &str = ".svg";

/// The book's pages, with all that belongs to them: style sheets, scripts, linked source files.
pub(crate) struct Book {
    /// By their paths, relative to the book and with `/`.
    pub(crate) pages: BTreeMap<String, Vec<u8>>,
    /// The sources that it was built from, or older ones.
    pub(crate) state: State,
}

/// The sources of the book and their times: a change of either means a new book.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct State(Vec<(PathBuf, Option<SystemTime>, u64)>);

impl Book {
    /// Builds the book.
    ///
    /// # Errors
    /// Fails if a chapter can't be read, or mdBook refuses it.
    pub(crate) fn build(root: &Path) -> Result<Book> {
        // Before the chapters are read: one that is saved meanwhile makes the book stale.
        let state = State::of(root)?;
        let folder = tempfile::tempdir().context("can't make a temporary folder")?;
        let source = folder.path().join("src");
        stage(root, &source)?;
        let mut config = Config::default();
        config.book.title = Some("DNS, built from the octets up".to_owned());
        config.book.language = Some("en".to_owned());
        config.build.create_missing = false;
        // Without `links`, which would include any file that a chapter names.
        config.build.use_default_preprocessors = false;
        config.set("output.html.playground.runnable", false)?;
        config.set("output.html.smart-punctuation", false)?;
        config.set("output.html.no-section-label", true)?;
        write(
            &folder.path().join(STYLE),
            include_bytes!("../assets/book.css"),
        )?;
        config.set("output.html.additional-css", [STYLE])?;
        let book = MDBook::load_with_config(folder.path(), config)?;
        book.build()?;
        let mut pages = BTreeMap::new();
        read_pages(&folder.path().join("book"), "", &mut pages)?;
        pages
            .iter_mut()
            .for_each(|(path, page)| give_one_heading(path, page));
        if !pages.contains_key("index.html") {
            bail!(
                "mdBook made no index.html: {:?}",
                pages.keys().collect::<Vec<_>>()
            );
        }
        Ok(Book { pages, state })
    }
}

impl State {
    /// Reads the times of all chapters, and of the pictures beside them.
    pub(crate) fn of(root: &Path) -> Result<State> {
        let chapters = chapters(root)?.into_iter().map(|(path, _)| root.join(path));
        let files = chapters.flat_map(|chapter| {
            let folder = chapter.parent().map(fs::read_dir);
            let beside = folder.and_then(Result::ok).into_iter().flatten();
            let pictures = beside.filter_map(Result::ok).map(|entry| entry.path());
            let is_picture = |path: &PathBuf| path.extension().is_some_and(|it| it == "svg");
            let mut files: Vec<PathBuf> = pictures.filter(is_picture).collect();
            files.sort();
            files.push(chapter);
            files
        });
        let state = files.map(|path| {
            let metadata = fs::metadata(&path).ok();
            let time = metadata.as_ref().and_then(|it| it.modified().ok());
            (path, time, metadata.map_or(0, |it| it.len()))
        });
        Ok(State(state.collect()))
    }
}

/// Lists the chapters: their paths, and their titles, if these are not to be read from the file.
fn chapters(root: &Path) -> Result<Vec<(String, Option<&'static str>)>> {
    let folder = root.join("lessons");
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut lessons = BTreeSet::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let path = format!("lessons/{name}/README.md");
        if name.starts_with("lesson-") && root.join(&path).is_file() {
            lessons.insert(path);
        }
    }
    if lessons.is_empty() {
        bail!("{} has no lesson with a README.md", folder.display());
    }
    let given = |(path, title): (&str, &'static str)| (path.to_owned(), Some(title));
    let lessons = lessons.into_iter().map(|path| (path, None));
    Ok(BEFORE
        .into_iter()
        .map(given)
        .chain(lessons)
        .chain(AFTER.into_iter().map(given))
        .collect())
}

/// Lists the lessons: their folders' names and their titles.
pub(crate) fn lessons(root: &Path) -> Result<Vec<(String, String)>> {
    let mut lessons = Vec::new();
    for (path, _) in chapters(root)? {
        let folder = path.strip_prefix("lessons/lesson-");
        if let Some(folder) = folder.and_then(|path| path.strip_suffix("/README.md")) {
            let text = fs::read_to_string(root.join(&path)).with_context(|| path.clone())?;
            let folder = format!("lesson-{folder}");
            let title = heading(&text).unwrap_or(&folder).to_owned();
            lessons.push((folder, title));
        }
    }
    Ok(lessons)
}

fn heading(markdown: &str) -> Option<&str> {
    markdown.lines().find_map(|line| line.strip_prefix("# "))
}

/// Copies the chapters, and the files that they link to, into mdBook's source folder, and writes
/// the table of contents.
fn stage(root: &Path, source: &Path) -> Result<()> {
    let chapters = chapters(root)?;
    let pages: BTreeSet<&str> = chapters.iter().map(|(path, _)| &**path).collect();
    let (mut contents, mut linked) = (String::from("# Summary\n\n"), BTreeSet::new());
    for (path, title) in &chapters {
        let markdown = fs::read_to_string(root.join(path)).with_context(|| path.clone())?;
        let title = title.or(heading(&markdown)).unwrap_or(path);
        let is_lesson = path.starts_with("lessons/lesson-");
        let mark = if is_lesson { "- " } else { "" };
        writeln!(
            contents,
            "{mark}[{}]({})\n",
            escaped(title),
            page_source(path)
        )?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = links::rewrite(&markdown, |target| {
            if links::is_elsewhere(target) {
                return Some(target.to_owned());
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = links::join(folder, file)?;
            let anchor = if anchor.is_empty() {
                String::new()
            } else {
                format!("#{anchor}")
            };
            let place = if pages.contains(&*file) {
                page_source(&file)
            } else {
                linked.insert(source_file(root, &file)?);
                shown(&file)
            };
            Some(links::relative(folder_of_page(folder), &place) + &anchor)
        });
        write(&source.join(page_source(path)), text.as_bytes())?;
    }
    for file in &linked {
        let octets = fs::read(root.join(file)).with_context(|| file.clone())?;
        write(&source.join(shown(file)), &octets)?;
    }
    write(&source.join("SUMMARY.md"), contents.as_bytes())
}

/// Returns the place of a chapter in mdBook's source folder. A page in a hidden folder could not be
/// served everywhere.
fn page_source(path: &str) -> String {
    let path = path.replace("README.md", "index.md");
    path.strip_prefix('.').map_or(path.clone(), str::to_owned)
}

fn folder_of_page(folder: &str) -> &str {
    folder.strip_prefix('.').unwrap_or(folder)
}

/// Returns the place of a linked file in the book. A picture keeps its end; any other gets `.txt`,
/// which makes browsers show it. mdBook would take a `.md` anywhere in it for a chapter.
fn shown(file: &str) -> String {
    let name = file.trim_start_matches('.').replace(".md", "-md");
    match name.ends_with(PICTURE) {
        true => format!("files/{name}"),
        false => format!("files/{name}.txt"),
    }
}

/// Returns the path, if a link to it can be followed in the book: a small text file of the work
/// tree, neither hidden nor reached over a symbolic link.
fn source_file(root: &Path, file: &str) -> Option<String> {
    let is_hidden = file.split('/').any(|step| step.starts_with('.'));
    let root = root.canonicalize().ok()?;
    let whole = root.join(file);
    let metadata = fs::symlink_metadata(&whole).ok()?;
    let is_plain = metadata.is_file() && whole.canonicalize().ok()? == whole;
    let is_text = || fs::read_to_string(&whole).is_ok();
    (!is_hidden && is_plain && metadata.len() <= MAX_LINKED_FILE && is_text())
        .then(|| file.to_owned())
}

/// Escapes a title for the text of a Markdown link.
fn escaped(title: &str) -> String {
    title
        .replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

fn write(file: &Path, octets: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::write(file, octets).with_context(|| file.display().to_string())
}

/// Makes the book's title in mdBook's bar no heading: a page has one heading of the first level, the
/// chapter's.
fn give_one_heading(path: &str, page: &mut Vec<u8>) {
    const BEGIN: &str = "<h1 class=\"menu-title\">";
    let Ok(text) = std::str::from_utf8(page) else {
        return;
    };
    let bar = text.split_once(BEGIN).filter(|_| path.ends_with(".html"));
    let parts = bar.and_then(|(before, rest)| Some((before, rest.split_once("</h1>")?)));
    if let Some((before, (title, after))) = parts {
        *page = format!("{before}<div class=\"menu-title\">{title}</div>{after}").into_bytes();
    }
}

fn read_pages(folder: &Path, prefix: &str, pages: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_pages(&entry.path(), &format!("{path}/"), pages)?;
        } else {
            let page = fs::read(entry.path()).with_context(|| path.clone())?;
            pages.insert(path, page);
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
