//! Saved files: which lesson's files changed, by the system's events or by polling.

use crate::Event;
use anyhow::{Context, Result};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::time::Duration;

/// Editors write a file in several steps: events that follow each other closely are one save.
const PAUSE: Duration = Duration::from_millis(60);
/// The time between two scans of all files, where the system reports no changes.
const POLL: Duration = Duration::from_millis(500);

/// Sends an event for each save below `lessons`, until the watcher is dropped. Where the system's
/// events can't be had (too many watches, some network folders), files are polled.
pub(crate) fn watch(
    lessons: &Path,
    poll: bool,
    events: &SyncSender<Event>,
) -> Result<Box<dyn Watcher>> {
    let lessons = lessons
        .canonicalize()
        .with_context(|| format!("can't read {}", lessons.display()))?;
    let mut seen = Seen::default();
    seen.read_all(&lessons);
    let (sender, paths) = channel();
    let watcher = match (poll, by_events(&lessons, sender.clone())) {
        (false, Ok(watcher)) => watcher,
        (_, other) => {
            if let (false, Err(error)) = (poll, other) {
                eprintln!("The system does not report saved files ({error}), so they are polled.");
            }
            by_polling(&lessons, sender)?
        }
    };
    let events = events.clone();
    std::thread::spawn(move || follow(&lessons, seen, &paths, &events));
    Ok(watcher)
}

fn by_events(lessons: &Path, paths: Sender<PathBuf>) -> notify::Result<Box<dyn Watcher>> {
    let mut watcher = RecommendedWatcher::new(handler(paths), Config::default())?;
    watcher.watch(lessons, RecursiveMode::Recursive)?;
    Ok(Box::new(watcher))
}

fn by_polling(lessons: &Path, paths: Sender<PathBuf>) -> Result<Box<dyn Watcher>> {
    let config = Config::default()
        .with_poll_interval(POLL)
        .with_compare_contents(true);
    let mut watcher = PollWatcher::new(handler(paths), config)?;
    watcher.watch(lessons, RecursiveMode::Recursive)?;
    Ok(Box::new(watcher))
}

fn handler(paths: Sender<PathBuf>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    move |event| {
        // An error is about a single file, which may be gone.
        let Ok(event) = event else { return };
        if !matches!(event.kind, EventKind::Access(_)) {
            for path in event.paths {
                let _ = paths.send(path);
            }
        }
    }
}

/// Turns changed paths into saves, until the watcher is gone.
fn follow(lessons: &Path, mut seen: Seen, paths: &Receiver<PathBuf>, events: &SyncSender<Event>) {
    while let Ok(first) = paths.recv() {
        let mut changed = BTreeSet::from([first]);
        while let Ok(path) = paths.recv_timeout(PAUSE) {
            changed.insert(path);
        }
        let saved = changed.iter().filter(|path| seen.has_changed(path));
        let folders: BTreeSet<String> = saved.filter_map(|path| lesson(lessons, path)).collect();
        // If several lessons changed at once, the last builds on the others.
        if let Some(folder) = folders.into_iter().next_back()
            && events.send(Event::Saved(folder)).is_err()
        {
            break;
        }
    }
}

/// Returns the lesson's folder that a path lies in, if the path is one that a check depends on.
fn lesson(lessons: &Path, path: &Path) -> Option<String> {
    let mut parts = path.strip_prefix(lessons).ok()?.components();
    let folder = name(parts.next()?)?;
    let part = name(parts.next()?)?;
    let file = path.file_name()?.to_str()?;
    let is_source = matches!(part, "src" | "tests" | "Cargo.toml" | "lesson.toml");
    let is_noise = file.starts_with(['.', '#']) || file.ends_with(['~', '#']);
    let is_pending = file.ends_with(".snap.new") || file.ends_with(".swp");
    (folder.starts_with("lesson-") && is_source && !is_noise && !is_pending)
        .then(|| folder.to_owned())
}

fn name(part: Component<'_>) -> Option<&str> {
    part.as_os_str().to_str()
}

/// The contents of files as they were last seen, as hashes: a file that was written again without a
/// change is no reason for a check.
#[derive(Default)]
struct Seen(BTreeMap<PathBuf, Option<u64>>);

impl Seen {
    fn read_all(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.read_all(&path);
            } else {
                self.has_changed(&path);
            }
        }
    }

    fn has_changed(&mut self, path: &Path) -> bool {
        let hash = fs::read(path).ok().map(|content| {
            let mut hasher = DefaultHasher::new();
            content.hash(&mut hasher);
            hasher.finish()
        });
        self.0.insert(path.to_owned(), hash) != Some(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_that_a_check_depends_on_count() {
        for (path, expected) in [
            ("lesson-03-show/src/show.rs", Some("lesson-03-show")),
            (
                "lesson-03-show/tests/snapshots/a.snap",
                Some("lesson-03-show"),
            ),
            ("lesson-03-show/Cargo.toml", Some("lesson-03-show")),
            ("lesson-03-show/README.md", None),
            ("lesson-03-show/backups/src/lib.rs.1", None),
            ("lesson-03-show/src/.show.rs.swp", None),
            ("lesson-03-show/src/show.rs~", None),
            ("lesson-03-show/tests/a.snap.new", None),
            ("lab/src/lib.rs", None),
            ("lesson-03-show", None),
        ] {
            let path = Path::new("/course/lessons").join(path);
            assert_eq!(
                lesson(Path::new("/course/lessons"), &path).as_deref(),
                expected,
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_written_without_a_change_has_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.rs");
        fs::write(&path, "one").unwrap();
        let mut seen = Seen::default();
        seen.read_all(folder.path());
        fs::write(&path, "one").unwrap();
        assert!(!seen.has_changed(&path), "the same text");
        fs::write(&path, "two").unwrap();
        assert!(seen.has_changed(&path), "another text");
        fs::remove_file(&path).unwrap();
        assert!(seen.has_changed(&path), "no file");
    }
}
