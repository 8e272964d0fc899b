//! A toy course of two lessons in a folder of its own, and the built `xtask` run on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUMS: &str = include_str!("sums.rs.txt");
const PLAIN: &str = include_str!("plain.rs.txt");

/// The solution's test of sums.
const SOLVED_TEST: &str = "    assert_eq!(sum(&[1, 2]), 3);\n    assert_eq!(sum(&[]), 0)\n";

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        r#"[workspace]
resolver = "3"
members = [
    "lessons/lesson-01-sums", "lessons/lesson-02-double",
    "solutions/lesson-01-sums", "solutions/lesson-02-double",
]

[workspace.dependencies]
insta = { version = "1.49", default-features = false }
"#,
    ),
    (
        "lessons/lesson-01-sums/Cargo.toml",
        include_str!("lesson-01.toml"),
    ),
    (
        "lessons/lesson-01-sums/lesson.toml",
        r#"title = "Adding up"

[[stub]]
file = "src/lib.rs"
todo = "Add them up."
hints = ["How would you on paper?", "Look at Iterator.", "numbers.iter().sum()"]

[[stub]]
file = "src/lib.rs"
todo = "Write a line per number, and \"{total}\" last."
hints = ["What does the table look like?", "A loop.", "writeln!"]

[[mistake]]
name = "total-forgotten"
replace = "out + &format!(\"total {}\\n\", sum(numbers))"
with = "out"
tests = ["tabulates"]
advice = "A table ends with its total."

[[mistake]]
name = "one-too-many"
replace = "numbers.iter().sum()"
with = "numbers.iter().sum::<u32>() + 1"
tests = ["adds_up", "adds_up_inline", "tabulates"]
got = ["total 31", "7"]
advice = "Begin with nought."
"#,
    ),
    (
        "lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap",
        "---\nsource: lessons/lesson-01-sums/tests/sums.rs\nexpression: table\n---\n0  10\n1  20\ntotal 30\n",
    ),
    (
        "solutions/lesson-01-sums/Cargo.toml",
        include_str!("solution-01.toml"),
    ),
    (
        "solutions/lesson-01-sums/src/lib.rs",
        include_str!("solution-01.rs.txt"),
    ),
    (
        "lessons/lesson-02-double/Cargo.toml",
        "[package]\nname = \"lesson-02-double\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nname = \"double\"\n\n\
         [[bin]]\nname = \"lesson-02-double\"\npath = \"src/main.rs\"\ntest = false\n\n\
         [dependencies]\nsums = { package = \"lesson-01-sums\", path = \"../lesson-01-sums\" }\n",
    ),
    (
        "lessons/lesson-02-double/lesson.toml",
        "title = \"Doubling\"\n\n[[stub]]\ntodo = \"Double the sum.\"\nhints = [\"a\", \"b\", \"c\"]\n",
    ),
    (
        "lessons/lesson-02-double/src/main.rs",
        "//! Prints a double.\n\nfn main() {\n    println!(\"{}\", double::double(&[1, 2]));\n}\n",
    ),
    (
        "lessons/lesson-02-double/tests/double.rs",
        "#[test]\nfn doubles() {\n    assert_eq!(double::double(&[1, 2]), 6);\n}\n",
    ),
    (
        "solutions/lesson-02-double/Cargo.toml",
        "[package]\nname = \"solution-02-double\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\nname = \"double\"\n\n\
         [[bin]]\nname = \"solution-02-double\"\npath = \"../../lessons/lesson-02-double/src/main.rs\"\ntest = false\n\n\
         [[test]]\nname = \"double\"\npath = \"../../lessons/lesson-02-double/tests/double.rs\"\n\n\
         [dependencies]\nsums = { package = \"solution-01-sums\", path = \"../lesson-01-sums\" }\n",
    ),
    (
        "solutions/lesson-02-double/src/lib.rs",
        "//! Doubling.\n\n/// Twice the sum.\npub fn double(numbers: &[u32]) -> u32 {\n    // todo: Double the sum.\n    2 * sums::sum(numbers)\n    // end todo\n}\n",
    ),
];

/// A course in a folder that only one test uses.
pub(crate) struct Toy {
    pub(crate) root: PathBuf,
}

/// The output of a command, and its exit status.
pub(crate) struct Printed {
    pub(crate) text: String,
    pub(crate) status: Option<i32>,
}

impl Toy {
    /// Makes the course as a learner first sees it: stubs generated, nothing written.
    pub(crate) fn new(test: &str) -> Toy {
        Toy::made(test, "[dev-dependencies]\ninsta.workspace = true\n", SUMS)
    }

    /// Makes the course with the solution of lesson 1 in place.
    pub(crate) fn solved(test: &str) -> Toy {
        Toy::new(test).skipped()
    }

    /// Makes the course like [`Toy::new`], with tests that have no snapshots and therefore build
    /// faster.
    pub(crate) fn plain(test: &str) -> Toy {
        Toy::made(test, "", PLAIN)
    }

    /// Makes the course like [`Toy::solved`], without snapshots.
    pub(crate) fn plain_solved(test: &str) -> Toy {
        Toy::plain(test).skipped()
    }

    fn made(test: &str, dependencies: &str, sums: &str) -> Toy {
        // The folder is always the same, so that cargo's earlier builds for it can be reused.
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("toys")
            .join(test);
        let _ = fs::remove_dir_all(&root);
        let toy = Toy { root };
        for (path, text) in FILES {
            let text = text
                .replace("version = \"0.1.0\"", &version(test))
                .replace("[dev-dependencies]\ninsta.workspace = true\n", dependencies);
            toy.write(path, &text);
        }
        toy.write("lessons/lesson-01-sums/tests/sums.rs", sums);
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, toy.root.join("Cargo.lock")).unwrap();
        let printed = toy.run(&["generate"]);
        assert_eq!(printed.status, Some(0), "{}", printed.text);
        toy
    }

    /// Makes the course like [`Toy::plain_solved`], with a test of sums in lesson 1 that the learner
    /// writes: its stub.
    pub(crate) fn graded(test: &str) -> Toy {
        let toy = Toy::plain(test);
        let manifest = "lessons/lesson-01-sums/lesson.toml";
        toy.write(
            manifest,
            &(toy.read(manifest) + include_str!("graded.toml")),
        );
        let twin = "solutions/lesson-01-sums";
        toy.write(
            &format!("{twin}/src/subjects.rs"),
            include_str!("subjects.rs.txt"),
        );
        toy.write(
            &format!("{twin}/tests/yours.rs"),
            include_str!("yours.rs.txt"),
        );
        toy.edit(
            &format!("{twin}/src/lib.rs"),
            "//! Adding up.\n",
            "//! Adding up.\n\npub mod subjects;\n",
        );
        toy.run(&["generate"])
            .is(0, &["written: lessons/lesson-01-sums/tests/yours.rs"]);
        toy.run(&["skip", "1"]).is(0, &[]);
        toy.edit(
            "lessons/lesson-01-sums/tests/yours.rs",
            SOLVED_TEST,
            "    todo!(\"Test the given sum.\")\n",
        );
        toy
    }

    /// Makes a git repository of the course's folder, in which everything is committed.
    pub(crate) fn commit(&self) {
        for arguments in [
            &["init", "-q"][..],
            &["add", "."],
            &[
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "commit",
                "-qm",
                "a",
            ],
        ] {
            let git = Command::new("git")
                .args(arguments)
                .current_dir(&self.root)
                .env("GIT_DIR", self.root.join(".git"))
                .output()
                .unwrap();
            assert!(git.status.success(), "{git:?}");
        }
    }

    /// Runs a command like [`Toy::run`], where git sees the repository that [`Toy::commit`] made.
    pub(crate) fn run_in_git(&self, arguments: &[&str]) -> Printed {
        let repository = self.root.join(".git");
        self.run_with(arguments, &[("GIT_DIR", &repository.to_string_lossy())])
    }

    fn skipped(self) -> Toy {
        let printed = self.run(&["skip", "1"]);
        assert_eq!(printed.status, Some(0), "{}", printed.text);
        self
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Printed {
        self.run_with(arguments, &[])
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Printed {
        let output = self
            .command(arguments)
            .envs(environment.iter().copied())
            .output();
        let output = output.unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Printed {
            text,
            status: output.status.code(),
        }
    }

    /// Returns the command that [`Toy::run`] runs.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .current_dir(self.root.join("lessons"))
            .env_remove("CARGO_MANIFEST_DIR")
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("toys-target"),
            )
            .env("CARGO_NET_OFFLINE", "true")
            // Debug information and incremental files would take longer than the builds themselves.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            // The folder may lie in a repository, but is not part of it.
            .env("GIT_DIR", self.root.join("no-git-here"))
            .env("COLUMNS", "80");
        command
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces `from`, which must be there, in the file.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} holds no {from}:\n{text}");
        self.write(path, &text.replace(from, to));
    }
}

/// Returns a version that only this toy's packages have. All toys share one target folder, and
/// cargo tells packages apart by name, version and path from the workspace's root.
fn version(test: &str) -> String {
    let number = test.bytes().fold(1_u32, |number, byte| {
        number.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!("version = \"0.1.{number}\"")
}

impl Printed {
    /// Fails unless the status is `status` and the output has every phrase.
    pub(crate) fn is(&self, status: i32, phrases: &[&str]) {
        assert_eq!(self.status, Some(status), "{}", self.text);
        for phrase in phrases {
            assert!(
                self.text.contains(phrase),
                "no {phrase:?} in:\n{}",
                self.text
            );
        }
    }

    /// Fails unless the output has the phrases in this order.
    pub(crate) fn in_order(&self, phrases: &[&str]) {
        let mut rest = self.text.as_str();
        for phrase in phrases {
            let after = rest.split_once(phrase).map(|(_, after)| after);
            rest = after.unwrap_or_else(|| panic!("no {phrase:?} there in:\n{}", self.text));
        }
    }

    /// Fails if the output has any of the phrases.
    pub(crate) fn lacks(&self, phrases: &[&str]) {
        for phrase in phrases {
            assert!(!self.text.contains(phrase), "{phrase:?} in:\n{}", self.text);
        }
    }
}
