//! How many files a process may have open, and what follows from it: each question in flight has a socket.

/// How many questions may be in flight at the same time, whatever the system grants.
pub const MOST_IN_FLIGHT: usize = 10_000;
/// Files that are always needed: the standard streams, listeners, the runtime's own.
#[cfg(any(unix, test))]
const OTHER_FILES: usize = 72;

/// Raises the soft limit of open files as far as is useful and allowed, and says how many questions may be in flight beside so many
/// sockets for clients.
#[cfg(unix)]
pub fn in_flight(clients: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = (MOST_IN_FLIGHT + OTHER_FILES + clients) as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // None means that there is no limit.
    let allowed = maximum.unwrap_or(wanted).min(wanted);
    let mut granted = current.unwrap_or(wanted);
    if granted < allowed {
        let raised = Rlimit {
            current: Some(allowed),
            maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            granted = allowed;
        }
    }
    bound(usize::try_from(granted).unwrap_or(usize::MAX), clients)
}

/// How many questions may be in flight: this system has no such limit.
#[cfg(not(unix))]
pub fn in_flight(_clients: usize) -> usize {
    MOST_IN_FLIGHT
}

/// What so many open files are enough for.
#[cfg(any(unix, test))]
fn bound(files: usize, clients: usize) -> usize {
    let left = files.saturating_sub(OTHER_FILES + clients);
    left.clamp(1, MOST_IN_FLIGHT)
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn some_files_are_left_for_other_things() {
        assert_eq!(bound(1_024, 128), 824);
        assert_eq!(bound(1_000_000, 128), 10_000);
        assert_eq!(
            bound(100, 128),
            1,
            "too few for anything else, but one question can be tried"
        );
    }
}
