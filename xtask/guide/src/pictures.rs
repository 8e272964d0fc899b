//! The pictures of the chapters: SVG files beside them, drawn from the lab's messages and from runs
//! of the solutions, so that they cannot drift from the code.
//!
//! A chapter includes its picture by a line of its own, whose alternative text is checked as well.
//!
//! | file | draws |
//! | --- | --- |
//! | `messages` | a message, octet by octet |
//! | `exchanges` | the queries of one exchange, and those of a whole search |
//! | `referral` | a referral: the zone cut, the name servers, their glue |
//! | `names` | the names of a zone, and the zones of a walk |
//! | `server` | the rules that a message passes in a server |
//! | `caches` | the queues of the cache, and the life of a negative answer |
//! | `clients` | the searches of several clients at the same time |
//! | `odds` | the bits that an attacker has to guess |
//! | `trust` | the chain of trust |
//! | `keys` | the trust anchors of the root over the years |
//! | `quotas` | the limit of replies to one network |

mod caches;
mod clients;
mod exchanges;
mod keys;
mod messages;
mod names;
mod odds;
mod quotas;
mod referral;
mod server;
mod trust;

use crate::draw::Picture;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A picture: the folder of its chapter, the name of its file without the end, and its drawing.
type Entry = (&'static str, &'static str, fn() -> Result<Picture>);

const PICTURES: [Entry; 17] = [
    ("lessons/lesson-01-query", "query", messages::query),
    (
        "lessons/lesson-02-transport",
        "exchange",
        exchanges::retries,
    ),
    ("lessons/lesson-03-show", "reply", messages::reply),
    ("lessons/lesson-04-zone", "names", names::of_a_zone),
    ("lessons/lesson-05-serve", "rules", server::rules),
    ("lessons/lesson-06-referral", "referral", referral::referral),
    ("lessons/lesson-07-iterate", "walk", exchanges::walk),
    ("lessons/lesson-07-iterate", "zones", names::zones_of_a_walk),
    ("lessons/lesson-08-chase", "nested", exchanges::nested),
    ("lessons/lesson-09-cache", "queues", caches::queues),
    ("lessons/lesson-10-negative", "negative", caches::negative),
    ("lessons/lesson-11-select", "timeouts", exchanges::timeouts),
    ("lessons/lesson-12-rdns", "flights", clients::flights),
    ("lessons/lesson-13-spoof", "odds", odds::odds),
    ("lessons/lesson-14-quota", "replies", quotas::replies),
    ("lessons/lesson-18-chain", "chains", trust::chains),
    ("lessons/lesson-20-trust", "keys", keys::root),
];

/// Draws all pictures. Writes those that have changed, or, with `check`, only lists them. Returns
/// whether all files were current, and each chapter includes its pictures.
pub(crate) fn run(root: &Path, check: bool) -> Result<bool> {
    let (mut is_current, mut written) = (true, 0);
    for (folder, name, draw) in PICTURES {
        let place = format!("{folder}/{name}.svg");
        let picture = draw().with_context(|| place.clone())?;
        let (file, svg) = (root.join(&place), picture.to_svg());
        // A checkout may have other line ends.
        let before = fs::read_to_string(&file).map(|text| text.replace('\r', ""));
        if before.as_ref().ok() != Some(&svg) {
            if check {
                println!("{place} is not what the code draws.");
                is_current = false;
            } else {
                fs::write(&file, svg).with_context(|| place.clone())?;
                println!("{place} was drawn.");
                written += 1;
            }
        }
        let chapter = format!("{folder}/README.md");
        let text = fs::read_to_string(root.join(&chapter)).with_context(|| chapter.clone())?;
        let line = format!("![{}]({name}.svg)", picture.title);
        if !text.lines().any(|other| other == line) {
            println!("{chapter} should have this line:\n{line}");
            is_current = false;
        }
    }
    match (check, is_current, written) {
        (_, true, 0) => println!("{} pictures are current.", PICTURES.len()),
        (true, false, _) => println!("Draw them: cargo xtask pictures"),
        _ => {}
    }
    Ok(is_current)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each picture is drawn the same way each time, fits its page, and says in words what it shows.
    #[test]
    fn pictures_are_stable_and_described() {
        for (folder, name, draw) in PICTURES {
            let [one, other] = [draw(), draw()].map(|picture| {
                picture.unwrap_or_else(|error| panic!("{folder}/{name}: {error:#}"))
            });
            assert_eq!(one.to_svg(), other.to_svg(), "{folder}/{name}");
            let outside = one.outside();
            assert!(
                outside.is_empty(),
                "{folder}/{name}: outside of the page: {outside:?}"
            );
            let words = one.title.split_whitespace().count();
            assert!(
                words >= 8,
                "{folder}/{name}: {:?} is no description",
                one.title
            );
            let is_plain = !one.title.contains(['[', ']', '\n', '`', '*']);
            assert!(
                is_plain,
                "{folder}/{name}: {:?} is no plain text",
                one.title
            );
        }
    }

    #[test]
    fn a_stale_picture_and_a_chapter_without_it_are_found() {
        let course = tempfile::tempdir().expect("a temporary folder");
        let root = course.path();
        for (folder, ..) in PICTURES {
            fs::create_dir_all(root.join(folder)).expect("a folder");
            fs::write(root.join(folder).join("README.md"), "# A chapter\n").expect("a chapter");
        }
        let is_current = |check| run(root, check).unwrap_or_else(|error| panic!("{error:#}"));
        assert!(!is_current(true), "no picture was drawn yet");
        assert!(!is_current(false), "no chapter includes its picture");
        for (folder, ..) in PICTURES {
            let lines = PICTURES.iter().filter(|(other, ..)| *other == folder);
            let lines = lines.map(|(_, name, draw)| {
                let picture = draw().unwrap_or_else(|error| panic!("{error:#}"));
                format!("![{}]({name}.svg)\r\n", picture.title)
            });
            fs::write(
                root.join(folder).join("README.md"),
                lines.collect::<String>(),
            )
            .expect("a chapter");
        }
        assert!(is_current(true), "all was drawn and included");
        let stale = root.join("lessons/lesson-01-query/query.svg");
        fs::write(&stale, "<svg/>").expect("a picture");
        assert!(!is_current(true), "a picture is stale");
        assert!(is_current(false), "it was not drawn again");
        assert!(is_current(true), "what was drawn is stale");
    }
}
