//! Cargo's messages, one JSON object on each line of its standard output.

use super::{Executable, Origin};
use crate::verdict::panics::Place;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The fields used of one of cargo's messages (`--message-format=json`).
pub(super) struct Message {
    /// The folder of the package that the message is about.
    pub(super) folder: PathBuf,
    /// The target that it is about: a library's name, or that of a test file.
    pub(super) target: String,
    /// Whether it is about one of the package's test files.
    pub(super) is_test: bool,
    pub(super) is_library: bool,
    /// The test executable that was built.
    pub(super) executable: Option<PathBuf>,
    /// An error, as rustc prints it.
    pub(super) error: Option<String>,
    /// Its place.
    pub(super) place: Option<Place>,
    /// A warning: place and message, without the source lines.
    pub(super) warning: Option<String>,
}

impl Message {
    pub(super) fn read(line: &str) -> Option<Message> {
        let message: Value = serde_json::from_str(line).ok()?;
        let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
        let is_tested = message.pointer("/profile/test").and_then(Value::as_bool) == Some(true);
        let is_error = text("/message/level").is_some_and(|level| level.starts_with("error"))
            && !text("/message/message")
                .is_some_and(|message| message.starts_with("aborting due to"));
        let kinds = message.pointer("/target/kind").and_then(Value::as_array);
        let is_kind = |name: &str| kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == name));
        Some(Message {
            folder: Path::new(text("/manifest_path")?).parent()?.to_owned(),
            target: text("/target/name").unwrap_or_default().to_owned(),
            is_test: is_kind("test"),
            is_library: is_kind("lib"),
            executable: text("/executable").filter(|_| is_tested).map(PathBuf::from),
            error: text("/message/rendered")
                .filter(|_| is_error)
                .map(str::to_owned),
            place: message.get("message").and_then(place),
            warning: warning(&message),
        })
    }

    pub(super) fn executable(self) -> Option<Executable> {
        Some(Executable {
            path: self.executable?,
            folder: self.folder,
            origin: match self.is_library {
                true => Origin::Source,
                false => Origin::Course,
            },
        })
    }

    pub(super) fn error(&self) -> Option<(&Message, &str)> {
        Some((self, self.error.as_deref()?))
    }
}

/// Returns a warning with its place, `lessons/lesson-01-query/src/lib.rs:12: unused variable`, if
/// one of rustc's messages is a warning that has a place.
fn warning(message: &Value) -> Option<String> {
    let message = message.get("message")?;
    let text = message.get("message")?.as_str()?;
    if message.get("level")?.as_str()? != "warning" {
        return None;
    }
    Some(format!("{}: {text}", place(message)?))
}

/// Returns the place that one of rustc's messages is about.
fn place(message: &Value) -> Option<Place> {
    let spans = message.get("spans")?.as_array()?;
    let is_primary = |span: &&Value| span.get("is_primary").and_then(Value::as_bool) == Some(true);
    let span = spans.iter().find(is_primary)?;
    Some(Place {
        file: span.get("file_name")?.as_str()?.replace('\\', "/"),
        line: span.get("line_start")?.as_u64()?.try_into().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_has_a_place() {
        let line = r#"{"message":{"level":"warning","message":"unused future","spans":[
            {"is_primary":false,"file_name":"a.rs","line_start":1},{"is_primary":true,"file_name":"src\\b.rs","line_start":7}]}}"#;
        let warning = |line: &str| warning(&serde_json::from_str(line).unwrap());
        assert_eq!(warning(line).as_deref(), Some("src/b.rs:7: unused future"));
        assert_eq!(warning(&line.replace("warning", "error")), None);
        assert_eq!(
            warning(r#"{"message":{"level":"warning","message":"1 warning emitted","spans":[]}}"#),
            None
        );
    }
}
