//! The zone files of the mini-Internet. To add a zone: put its file into the folder `zones` and its name here.

use std::sync::{Arc, OnceLock};

use crate::world::{Servers, World};

/// A zone and the text of its file.
macro_rules! zones {
    ($($origin:literal: $file:literal),* $(,)?) => {
        &[$(($origin, include_str!(concat!("../zones/", $file)))),*]
    };
}

pub(crate) const ZONES: &[(&str, &str)] = zones! {
    ".": "root.zone",
    "com.": "com.zone",
    "google.com.": "google.com.zone",
    "yahoo.com.": "yahoo.com.zone",
};

impl World {
    /// The mini-Internet, to add to: [`Lab::internet`](crate::Lab::internet) is this, built.
    pub fn internet() -> World {
        ZONES.iter().fold(World::new(), |world, (origin, text)| world.zone(origin, text))
    }
}

/// The mini-Internet, read once in a process.
pub(crate) fn internet() -> Arc<Servers> {
    static INTERNET: OnceLock<Arc<Servers>> = OnceLock::new();
    let read = || match World::internet().into_servers() {
        Ok(servers) => Arc::new(servers),
        Err(error) => panic!("lessons/lab/zones: {error}"),
    };
    Arc::clone(INTERNET.get_or_init(read))
}
