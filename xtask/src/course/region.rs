//! Regions, `// todo:` … `// end todo` in a twin: the one source of both stub and solution.
//!
//! The lines of a region become `todo!("instruction")` in the lesson's file; without the two marker
//! lines they are the solution. `todo!()` may stand for any value, but only as the tail of a block.
//! Regions that break this rule are refused here, by line; those that only the compiler can judge
//! (a match arm, a body that returns `impl Trait`) are found by `verify`.

use crate::files::slashed;
use anyhow::{Result, bail};
use std::fmt::Write;
use std::path::Path;

const START: &str = "// todo:";
const END: &str = "// end todo";

/// A twin's source file, cut into lines that stay and regions.
#[derive(Debug)]
pub(crate) struct Source {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Given(String),
    Region(Region),
}

/// The lines for which a learner finds one `todo!()`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    /// The line of `// todo:`, from 1.
    pub(crate) line: usize,
    pub(crate) instruction: String,
    /// The function whose body, or end of a body, this is.
    pub(crate) function: Option<String>,
    indent: String,
    /// Whole lines with their ends.
    pub(crate) solution: String,
}

impl Region {
    /// Returns the line of the stub, formatted unless it is long.
    fn stub(&self) -> String {
        format!("{}todo!(\"{}\")\n", self.indent, escaped(&self.instruction))
    }
}

/// Escapes an instruction for a string literal that is also a format string.
fn escaped(instruction: &str) -> String {
    instruction
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('{', "{{")
        .replace('}', "}}")
}

impl Source {
    /// Cuts up the text of a twin's file. `path` is for error messages.
    ///
    /// # Errors
    /// All regions that can't become stubs, one line each: `path:line: reason`.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Source> {
        let mut reader = Reader::default();
        for (index, line) in text.replace("\r\n", "\n").split_inclusive('\n').enumerate() {
            reader.line(index + 1, line);
        }
        let (source, faults) = reader.finish();
        if faults.is_empty() {
            return Ok(source);
        }
        let mut report = String::new();
        for (line, fault) in faults {
            write!(
                report,
                "{}{}:{line}: {fault}",
                if report.is_empty() { "" } else { "\n" },
                slashed(path)
            )?;
        }
        bail!(report)
    }

    pub(crate) fn regions(&self) -> impl Iterator<Item = &Region> {
        self.parts.iter().filter_map(|part| match part {
            Part::Region(region) => Some(region),
            Part::Given(_) => None,
        })
    }

    /// Returns the twin's text without the marker lines.
    pub(crate) fn solution(&self) -> String {
        self.stubbed(|_| false)
    }

    /// Returns the twin's text, unformatted, with a `todo!()` in place of each chosen region.
    pub(crate) fn stubbed(&self, chosen: impl Fn(&Region) -> bool) -> String {
        let text = |part: &Part| match part {
            Part::Given(line) => line.clone(),
            Part::Region(region) if chosen(region) => region.stub(),
            Part::Region(region) => region.solution.clone(),
        };
        self.parts.iter().map(text).collect()
    }
}

/// Reads a file line by line. A region is open from its `// todo:` to its `// end todo`.
#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
    open: Option<Region>,
    in_instruction: bool,
    /// The line of the last `// end todo`, if the end of a block must follow.
    ended: Option<usize>,
    /// The last function that was begun.
    function: Option<String>,
    faults: Vec<(usize, String)>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let content = line.trim();
        if let Some(first) = content.strip_prefix(START) {
            self.start(number, line, first.trim());
        } else if content == END {
            self.end(number);
        } else if content.contains(START) || content.contains(END) {
            self.fault(number, "this marker must stand on a line of its own");
        } else if let Some(region) = &mut self.open {
            match content.strip_prefix("//").filter(|_| self.in_instruction) {
                Some(more) => {
                    region.instruction = format!("{} {}", region.instruction, more.trim())
                        .trim()
                        .to_owned()
                }
                None => {
                    self.in_instruction = false;
                    region.solution.push_str(line);
                }
            }
        } else {
            self.given(line, content);
        }
    }

    fn given(&mut self, line: &str, content: &str) {
        if let Some(end) = self.ended.filter(|_| !content.is_empty()) {
            self.ended = None;
            if !content.starts_with('}') {
                self.fault(
                    end,
                    "a region is the tail of a block: the next line must close one",
                );
            }
        }
        if let Some(function) = function(content) {
            self.function = Some(function.to_owned());
        }
        self.parts.push(Part::Given(line.to_owned()));
    }

    fn start(&mut self, number: usize, line: &str, instruction: &str) {
        self.check_tail();
        if let Some(open) = &self.open {
            let fault = format!("the region of line {} is still open", open.line);
            return self.fault(number, &fault);
        }
        let indent = line
            .chars()
            .take_while(|c| c.is_whitespace() && *c != '\n')
            .collect();
        let instruction = instruction.to_owned();
        self.open = Some(Region {
            line: number,
            instruction,
            function: self.function.clone(),
            indent,
            solution: String::new(),
        });
        self.in_instruction = true;
    }

    fn end(&mut self, number: usize) {
        self.check_tail();
        let Some(region) = self.open.take() else {
            return self.fault(number, "`// end todo` without a `// todo:`");
        };
        if region.instruction.is_empty() {
            self.fault(region.line, "the instruction is empty");
        }
        if region.solution.trim().is_empty() {
            self.fault(region.line, "the region holds no solution");
        }
        if let Some(Part::Region(other)) = self.parts.iter().find(
            |part| matches!(part, Part::Region(other) if other.instruction == region.instruction),
        ) {
            let fault = format!("the same instruction as on line {}", other.line);
            self.fault(region.line, &fault);
        }
        self.ended = Some(number);
        self.in_instruction = false;
        self.parts.push(Part::Region(region));
    }

    fn check_tail(&mut self) {
        if let Some(end) = self.ended.take() {
            self.fault(
                end,
                "a region is the tail of a block: the next line must close one",
            );
        }
    }

    fn finish(mut self) -> (Source, Vec<(usize, String)>) {
        self.check_tail();
        if let Some(open) = self.open.take() {
            self.fault(open.line, "this region has no `// end todo`");
        }
        self.faults.sort();
        (Source { parts: self.parts }, self.faults)
    }

    fn fault(&mut self, line: usize, fault: &str) {
        self.faults.push((line, fault.to_owned()));
    }
}

/// Returns the name of the function that begins on this line: `ask` for `pub async fn ask<N:
/// Network>(`.
pub(crate) fn function(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_before = |word: &str| {
        matches!(word, "const" | "async" | "unsafe" | "extern") || word.starts_with("pub")
    };
    let first = words.by_ref().find(|word| !is_before(word))?;
    let name = words.next().filter(|_| first == "fn")?;
    name.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWIN: &str = "\
fn id() -> u16 {
    let seed = 7;
    // todo: Mix the seed: \"a\\b\" into {id}
    // (RFC 1035 section 4.1.1).

    // xor is enough
    seed ^ 3
    // end todo
}

fn other() -> u16 {
    // todo: Add one.
    id() + 1
    // end todo

}
";

    fn parse(text: &str) -> Result<Source> {
        Source::parse(Path::new("solutions/x/src/lib.rs"), text)
    }

    #[test]
    fn a_region_becomes_a_stub_or_the_solution() {
        let source = parse(TWIN).unwrap();
        assert_eq!(
            source.stubbed(|_| true),
            "fn id() -> u16 {\n    let seed = 7;\n    todo!(\"Mix the seed: \\\"a\\\\b\\\" into {{id}} (RFC 1035 section 4.1.1).\")\n}\n\n\
             fn other() -> u16 {\n    todo!(\"Add one.\")\n\n}\n"
        );
        assert_eq!(
            source.solution(),
            "fn id() -> u16 {\n    let seed = 7;\n\n    // xor is enough\n    seed ^ 3\n}\n\nfn other() -> u16 {\n    id() + 1\n\n}\n"
        );
    }

    #[test]
    fn one_region_alone_can_be_stubbed() {
        let source = parse(TWIN).unwrap();
        let alone = source.stubbed(|region| region.instruction == "Add one.");
        assert!(
            alone.contains("seed ^ 3")
                && alone.contains("todo!(\"Add one.\")")
                && !alone.contains("Mix")
        );
    }

    #[test]
    fn a_region_knows_its_function() {
        let source = parse(TWIN).unwrap();
        let functions: Vec<_> = source
            .regions()
            .map(|region| region.function.as_deref())
            .collect();
        assert_eq!(functions, [Some("id"), Some("other")]);
        assert_eq!(
            function("    pub(crate) async fn ask<N: Network>("),
            Some("ask")
        );
        for line in ["// fn f()", "let fn_ = fn", "fn", "type F = fn(u8);", ""] {
            assert_eq!(function(line), None, "{line}");
        }
    }

    #[test]
    fn a_file_without_regions_is_copied() {
        let text = "//! Words.\n\n// todo later: nothing\nfn f() {}";
        assert_eq!(parse(text).unwrap().stubbed(|_| true), text);
    }

    #[test]
    fn line_ends_make_no_difference() {
        let dos = parse(&TWIN.replace('\n', "\r\n")).unwrap();
        assert_eq!(
            dos.stubbed(|_| true),
            parse(TWIN).unwrap().stubbed(|_| true)
        );
    }

    #[test]
    fn regions_that_can_not_become_stubs_are_refused_by_line() {
        let cases = [
            (
                "fn f() {\n    // todo: A.\n    // todo: B.\n    1\n    // end todo\n}\n",
                3,
                "line 2 is still open",
            ),
            (
                "fn f() {\n    // todo: A.\n    1\n}\n",
                2,
                "no `// end todo`",
            ),
            (
                "fn f() {\n    1\n    // end todo\n}\n",
                3,
                "without a `// todo:`",
            ),
            (
                "fn f() {\n    // todo: A.\n    g();\n    // end todo\n    1\n}\n",
                4,
                "tail of a block",
            ),
            (
                "fn f() {\n    // todo: A.\n    1\n    // end todo\n\n    // so\n}\n",
                4,
                "tail of a block",
            ),
            (
                "fn f() {\n    // todo: A.\n    1\n    // end todo\n    // todo: B.\n    2\n    // end todo\n}\n",
                4,
                "tail",
            ),
            (
                "// todo: A.\nfn f() {}\n// end todo\n",
                3,
                "tail of a block",
            ),
            (
                "fn f() {\n    // todo:\n    1\n    // end todo\n}\n",
                2,
                "instruction is empty",
            ),
            (
                "fn f() {\n    // todo: A.\n\n    // end todo\n}\n",
                2,
                "no solution",
            ),
            ("fn f() { // todo: A.\n    1\n}\n", 1, "line of its own"),
            (
                "fn f() {\n    // todo: A.\n    1\n    // end todo\n}\nfn g() {\n    // todo: A.\n    2\n    // end todo\n}\n",
                7,
                "as on line 2",
            ),
        ];
        for (text, line, reason) in cases {
            let error = parse(text).unwrap_err().to_string();
            let first = error.lines().next().unwrap();
            assert!(
                first.starts_with(&format!("solutions/x/src/lib.rs:{line}: "))
                    && first.contains(reason),
                "{text}\n{error}"
            );
        }
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        let error = parse("// end todo\n// todo:\n").unwrap_err().to_string();
        assert_eq!(error.lines().count(), 2, "{error}");
    }
}
