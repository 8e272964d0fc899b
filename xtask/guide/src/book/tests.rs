//! The course's own book, built and read.

use super::*;
use std::sync::LazyLock;

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Book::build(&root).unwrap_or_else(|error| panic!("{error:#}"))
});

fn text(path: &str) -> &'static str {
    let page = BOOK.pages.get(path);
    let page = page.unwrap_or_else(|| panic!("no {path} in {:?}", BOOK.pages.keys()));
    str::from_utf8(page).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The values of an attribute, in quotation marks.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let start = format!(" {attribute}=\"");
    page.split(&start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn each_lesson_is_a_page() {
    for lesson in ["lesson-01-query", "lesson-12-rdns"] {
        let page = text(&format!("lessons/{lesson}/index.html"));
        assert!(page.contains("cargo xtask check"), "{page}");
    }
}

#[test]
fn a_page_has_one_heading_of_the_first_level() {
    for path in ["index.html", "lessons/lesson-01-query/index.html"] {
        let headings: Vec<&str> = text(path).split("<h1").skip(1).collect();
        let [heading] = headings[..] else {
            panic!("{path} has {} headings of the first level", headings.len());
        };
        assert!(heading.starts_with(" id="), "{path}: <h1{heading}");
    }
}

#[test]
fn no_link_and_no_anchor_is_broken() {
    let (mut count, mut broken) = (0, Vec::new());
    for path in BOOK.pages.keys().filter(|path| path.ends_with(".html")) {
        // The page for missing pages has links from the server's root.
        if matches!(&**path, "404.html" | "print.html" | "toc.html") {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let page = text(path);
        for link in [values(page, "href"), values(page, "src")].concat() {
            let is_anchor = link.starts_with('#');
            if links::is_elsewhere(link) && !is_anchor {
                continue;
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if is_anchor {
                Some(path.clone())
            } else {
                links::join(folder, file)
            };
            let target = file.as_ref().and_then(|file| BOOK.pages.get(file));
            let has_anchor = anchor.is_empty()
                || target.is_some_and(|page| {
                    values(&String::from_utf8_lossy(page), "id").contains(&anchor)
                });
            if target.is_none() || !has_anchor {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(count > 100, "only {count} links were found");
    assert!(
        broken.is_empty(),
        "of {count} links:\n{}",
        broken.join("\n")
    );
}

#[test]
fn the_search_index_has_the_words_of_the_field() {
    let index = BOOK
        .pages
        .iter()
        .find(|(path, _)| path.starts_with("searchindex") && path.ends_with(".js"));
    let (_, index) = index.unwrap_or_else(|| panic!("no search index in {:?}", BOOK.pages.keys()));
    let index = String::from_utf8_lossy(index);
    for word in ["bailiwick", "glue", "referral"] {
        assert!(index.contains(word), "the search index has no {word:?}");
    }
}

#[test]
fn a_chapter_cannot_bring_other_files_into_the_book() {
    let folder = small_course();
    put(folder.path(), ".env", "SECRET");
    put(folder.path(), "code.rs", "fn main() {}");
    let secret = folder.path().join(".env");
    let chapter = format!(
        "# One\n\n[a](/etc/passwd) [b](../../../../etc/passwd) [c](../../.env) [d](../../code.rs)\n\n{{{{#include {}}}}}\n",
        secret.display()
    );
    put(folder.path(), "lessons/lesson-01-one/README.md", &chapter);
    let book = Book::build(folder.path()).unwrap_or_else(|error| panic!("{error:#}"));
    let pages: Vec<_> = book
        .pages
        .keys()
        .filter(|path| path.starts_with("files/"))
        .collect();
    assert_eq!(pages, ["files/code.rs.txt"]);
    for (path, page) in &book.pages {
        let has_secret = String::from_utf8_lossy(page).contains("SECRET");
        assert!(
            !has_secret,
            "{path} has the text of a file that a chapter names"
        );
    }
}

#[test]
fn a_picture_is_served_as_one_and_its_change_is_noticed() {
    let folder = small_course();
    let chapter = "# One\n\n![A picture](p.svg)\n";
    put(folder.path(), "lessons/lesson-01-one/README.md", chapter);
    put(folder.path(), "lessons/lesson-01-one/p.svg", "<svg/>");
    let state = || State::of(folder.path()).unwrap_or_else(|error| panic!("{error:#}"));
    let book = Book::build(folder.path()).unwrap_or_else(|error| panic!("{error:#}"));
    let place = "files/lessons/lesson-01-one/p.svg";
    let page = book.pages.get("lessons/lesson-01-one/index.html");
    let page = String::from_utf8_lossy(page.expect("a page")).into_owned();
    assert!(page.contains(&format!("src=\"../../{place}\"")), "{page}");
    assert!(book.pages.contains_key(place), "{:?}", book.pages.keys());
    let before = state();
    assert!(state() == before, "a change without one");
    put(folder.path(), "lessons/lesson-01-one/p.svg", "<svg></svg>");
    assert!(state() != before, "the picture's change was not noticed");
}

/// A course whose chapters have a heading and nothing else, in a temporary folder.
pub(crate) fn small_course() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (path, _) in BEFORE.iter().chain(&AFTER) {
        put(folder.path(), path, "# A page\n");
    }
    put(folder.path(), "lessons/lesson-01-one/README.md", "# One\n");
    folder
}

/// Writes a file of a course.
pub(crate) fn put(root: &Path, path: &str, text: &str) {
    write(&root.join(path), text.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"));
}
