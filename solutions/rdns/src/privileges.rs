//! The privileges of the process (capabilities(7), on Linux): they are dropped once all sockets are
//! bound, since nothing else needs one. A fault in the parser of a packet then has no more rights
//! than the user of the server.
//!
//! Capabilities belong to threads, and are inherited by those that a thread starts. So each thread
//! that is older than the sockets drops its own.

use std::io;

/// Drops all capabilities of this thread, and of those that it will start; also the way back to them
/// by executing another program.
///
/// # Errors
/// If it has capabilities, and the system does not let it drop them.
#[cfg(target_os = "linux")]
pub fn drop_capabilities() -> io::Result<()> {
    use rustix::thread::{
        CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_no_new_privs,
    };
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    empty_bounding_set()?;
    // A service manager may have forbidden capset(2), and left nothing to drop.
    if capabilities(None)? != none {
        // The ambient set ends with the permitted one.
        set_capabilities(None, none)?;
    }
    Ok(set_no_new_privs(true)?)
}

/// Removes all capabilities from the bounding set, if the thread may do that: with CAP_SETPCAP.
#[cfg(target_os = "linux")]
fn empty_bounding_set() -> io::Result<()> {
    use rustix::io::Errno;
    use rustix::thread::{
        CapabilitySet, capability_is_in_bounding_set, remove_capability_from_bounding_set,
    };
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        // An error says that the kernel has no further capabilities.
        let Ok(is_in) = capability_is_in_bounding_set(capability) else {
            break;
        };
        match is_in.then(|| remove_capability_from_bounding_set(capability)) {
            Some(Err(Errno::PERM)) => break,
            Some(removed) => removed?,
            None => {}
        }
    }
    Ok(())
}

/// Drops nothing: this system has no capabilities.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn drop_capabilities() -> io::Result<()> {
    Ok(())
}

/// Returns what a refusal to open a file may be due to, since the privileges of root are dropped.
pub fn hint() -> Option<&'static str> {
    is_root().then_some("the server has dropped the privileges of root, so root has to own the file, or all users have to be allowed to read it")
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
