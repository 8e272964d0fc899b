//! [`difference`]: the output on a page against that of the command, without what differs from run
//! to run.

/// A TTL may be this much lower than on the page.
const TTL_DRIFT: u64 = 5;

/// Compares outputs line by line. Returns the first lines that differ. A line `…` of the page stands
/// for any lines.
pub(crate) fn difference(page: &str, output: &str) -> Option<String> {
    let (page, output) = (page.trim_end(), output.trim_end());
    let (mut expected, mut got) = (page.lines(), output.lines());
    loop {
        if expected.clone().next() == Some("…") {
            expected.next();
            let next = expected.next()?;
            if !got.any(|line| is_like(&masked(next), &masked(line))) {
                return Some(format!("  page: {next}\nis not in:\n{output}"));
            }
            continue;
        }
        let (expected, got) = match (expected.next(), got.next()) {
            (None, None) => return None,
            (expected, got) => (expected.unwrap_or("(end)"), got.unwrap_or("(end)")),
        };
        if !is_like(&masked(expected), &masked(got)) {
            return Some(format!(
                "  page:   {expected}\n  prints: {got}\nAll of it:\n{output}"
            ));
        }
    }
}

/// Returns a line without what differs from run to run.
fn masked(line: &str) -> String {
    for start in [";; Query time: ", ";; WHEN: ", "; <<>> DiG "] {
        if line.starts_with(start) {
            return start.to_owned();
        }
    }
    if let Some((before, id)) = line.split_once(", id: ") {
        let rest = id.trim_start_matches(|c: char| c.is_ascii_digit());
        return format!("{before}, id: ID{rest}");
    }
    // The list of servers that failed has no order.
    if line.starts_with("; EDE: ") {
        return line.splitn(3, '(').take(2).collect();
    }
    line.to_owned()
}

/// Whether two lines are equal, except that a time may be lower in the second one.
fn is_like(expected: &str, got: &str) -> bool {
    let has_time =
        expected.split_whitespace().any(|word| word == "IN") || expected.contains("expires in");
    if !has_time {
        return expected == got;
    }
    let (expected, got) = (expected.split_whitespace(), got.split_whitespace());
    let number = |word: &str| word.parse::<u64>().ok();
    expected.clone().count() == got.clone().count()
        && expected
            .zip(got)
            .all(|(expected, got)| match (number(expected), number(got)) {
                (Some(expected), Some(got)) => expected.abs_diff(got) <= TTL_DRIFT,
                _ => expected == got,
            })
}
