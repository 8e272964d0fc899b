//! The limit of open files, and the bound that follows from it: each search in flight holds a
//! socket.

/// The bound on searches in flight, however many files the system grants.
pub const MAX_IN_FLIGHT: usize = 10_000;
/// Files that are open besides: the standard streams, listeners, the runtime's own.
#[cfg(any(unix, test))]
const OTHER_FILES: usize = 72;

/// Raises the soft limit of open files as far as is useful and allowed, and returns the bound on
/// searches in flight that leaves room for `clients` sockets of clients.
#[cfg(unix)]
pub fn in_flight(clients: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = (2 * MAX_IN_FLIGHT + OTHER_FILES + clients) as u64;
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

/// Returns the bound on searches in flight: this system has no such limit of open files.
#[cfg(not(unix))]
pub fn in_flight(_clients: usize) -> usize {
    MAX_IN_FLIGHT
}

/// Returns the number of searches that the given number of open files is enough for.
#[cfg(any(unix, test))]
fn bound(files: usize, clients: usize) -> usize {
    let left = files.saturating_sub(OTHER_FILES + clients);
    // One socket for the query of each search, and as many for late replies to earlier ones.
    (left / 2).clamp(1, MAX_IN_FLIGHT)
}

#[cfg(test)]
mod tests {
    use super::bound;

    #[test]
    fn some_files_are_left_for_clients_and_the_runtime() {
        assert_eq!(bound(1_024, 128), 412);
        assert_eq!(bound(1_000_000, 128), 10_000);
        assert_eq!(
            bound(100, 128),
            1,
            "too few files, but one search can still be tried"
        );
    }
}
