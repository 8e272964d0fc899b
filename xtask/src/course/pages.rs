//! The course's pages, held against the tree: each link leads to a file, and where its text is a
//! name in backticks, that file has the name.

use super::Course;
use crate::files;
use std::path::{Path, PathBuf};

/// Lists all pages: README.md, the chapters, and the pages beside them.
pub(crate) fn all(course: &Course) -> Vec<PathBuf> {
    let mut pages = vec![course.root.join("README.md")];
    let lessons = course.root.join("lessons");
    let paths = files::walk(&lessons).unwrap();
    let is_page = |path: &PathBuf| {
        let is_markdown = path.extension().is_some_and(|extension| extension == "md");
        is_markdown && path.components().count() <= 2
    };
    let mut found: Vec<PathBuf> = paths.into_iter().filter(is_page).collect();
    found.sort();
    pages.extend(found.iter().map(|path| lessons.join(path)));
    pages
}

/// The inline links of a page, `[text](target)`, outside its blocks of code.
fn links(page: &str) -> Vec<(&str, &str)> {
    let prose = page.split("```").step_by(2);
    let ends = prose.flat_map(|text| {
        text.match_indices("](").filter_map(|(place, _)| {
            let (before, after) = (text.get(..place)?, text.get(place + 2..)?);
            let label = before.get(before.rfind('[')? + 1..)?;
            Some((label, after.split_once(')')?.0))
        })
    });
    ends.collect()
}

/// Lists the faults of a page's links.
fn faults(page: &Path, text: &str) -> Vec<String> {
    let folder = page.parent().unwrap();
    let local = links(text)
        .into_iter()
        .filter(|(_, target)| !target.starts_with('#') && !target.contains("://"));
    let fault = |(label, target): (&str, &str)| {
        let file = folder.join(target.split('#').next().unwrap_or(target));
        let name = label.strip_prefix('`').and_then(|it| it.strip_suffix('`'));
        if !file.exists() {
            return Some(format!("[{label}] leads to {target}, which does not exist"));
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let name = name.filter(|name| name.chars().all(is_word))?;
        let source = files::read(&file).unwrap();
        let has_name = source.split(|c| !is_word(c)).any(|word| word == name);
        (!has_name).then(|| format!("{target} has no `{name}`"))
    };
    local.filter_map(fault).collect()
}

#[test]
fn each_link_leads_to_a_file_that_has_the_name_it_shows() {
    let course = super::consistency::course();
    let (mut count, mut found) = (0, Vec::new());
    for page in all(&course) {
        let text = files::read(&page).unwrap();
        count += links(&text).len();
        let name = course.display_path(&page);
        let faults = faults(&page, &text);
        found.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(count > 120, "only {count} links were found");
    assert!(found.is_empty(), "of {count} links:\n{}", found.join("\n"));
}
