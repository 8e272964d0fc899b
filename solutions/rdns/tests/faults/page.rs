//! The tables on the page `solutions/README.md`: each stands between two comments, and is compared
//! with a new one, or replaced by it.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::sync::Mutex;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
/// The variable that makes the tests write the tables instead of comparing them.
const UPDATE: &str = "UPDATE_TABLES";

/// A column of measurements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) header: String,
    /// The cells, by the question of their row.
    pub(crate) cells: BTreeMap<String, String>,
}

impl Column {
    /// Returns the cell of a row, or a question mark.
    pub(crate) fn cell(&self, key: &str) -> &str {
        self.cells.get(key).map_or("?", String::as_str)
    }
}

/// Returns whether the tables are to be written.
pub(crate) fn is_update() -> bool {
    env::var_os(UPDATE).is_some()
}

/// Compares a table with the one on the page, or writes it there.
pub(crate) fn check(what: &str, table: &str) {
    /// Two tests may write at the same time.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap();
    let page = fs::read_to_string(PAGE).unwrap();
    let (begin, end) = markers(what);
    let start = page.find(&begin).unwrap() + begin.len();
    let length = page[start..].find(&end).unwrap();
    let old = page[start..start + length].trim();
    if is_update() {
        let new = format!("{}\n\n{table}\n{}", &page[..start], &page[start + length..]);
        fs::write(PAGE, new).unwrap();
        return;
    }
    let rows = |table: &str| table.lines().map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (rows(old), rows(table.trim()));
    let missing = |from: &[String], sign, other: &[String]| {
        let rows = from.iter().filter(|row| !other.contains(row));
        rows.map(|row| format!("{sign} {row}\n"))
            .collect::<String>()
    };
    let differences = missing(&old, "-", &new) + &missing(&new, "+", &old);
    assert!(
        old == new,
        "The table of {what} in solutions/README.md (-) is not what was measured (+):\n{differences}\n\
         If the new one is right, write it: {UPDATE}=1 cargo test -p rdns --test faults table"
    );
}

fn markers(what: &str) -> (String, String) {
    (
        format!("<!-- {what}: begin -->"),
        format!("<!-- {what}: end -->"),
    )
}

/// Returns one of the last three columns of a table on the page.
pub(crate) fn column_of_page(what: &str, index: usize) -> Column {
    let page = fs::read_to_string(PAGE).unwrap();
    let (begin, end) = markers(what);
    let table = page.split(&begin).nth(1).unwrap_or_default();
    let table = table.split(&end).next().unwrap_or_default();
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let measured = cells.len().checked_sub(3 + 1)?;
        let key = cells.iter().find(|cell| cell.starts_with('`'));
        Some((key.copied(), *cells.get(measured + index)?))
    });
    let mut column = Column::default();
    for (key, cell) in rows {
        match key {
            Some(key) => {
                let key = key.trim_matches('`').to_owned();
                column.cells.insert(key, cell.to_owned());
            }
            None if column.header.is_empty() => column.header = cell.to_owned(),
            None => {}
        }
    }
    column
}
