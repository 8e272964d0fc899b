//! The files and sockets that settings name.

use std::path::Path;

use super::{Config, local};

impl Config {
    /// Has relative paths start from this folder, that of the file.
    pub fn start_paths_from(&mut self, folder: &Path) {
        let paths = [
            &mut self.root_hints,
            &mut self.tls_cert,
            &mut self.tls_key,
            &mut self.control,
            &mut self.trust_anchor,
            &mut self.trust_anchor_state,
            &mut self.root_zone.file,
            &mut self.dnstap.socket,
            &mut self.dnstap.file,
        ];
        for path in paths.into_iter().flatten() {
            *path = folder.join(&path);
        }
        local::start_from(
            folder,
            &mut self.local,
            &mut self.blocklist,
            &mut self.forward,
        );
    }

    /// Returns the files that are only read, with the settings that name them.
    pub fn read_files(&self) -> Vec<(&'static str, &Path)> {
        let single = [
            ("root-hints", &self.root_hints),
            ("tls-cert", &self.tls_cert),
            ("tls-key", &self.tls_key),
            ("trust-anchor", &self.trust_anchor),
        ];
        let single = single.into_iter();
        let single = single.filter_map(|(key, path)| Some((key, path.as_deref()?)));
        let authorities = self.forward.iter().filter_map(|it| it.tls_ca.as_deref());
        let authorities = authorities.map(|path| ("tls-ca", path));
        let hosts = self.local.hosts.iter().map(|it| ("local.hosts", &**it));
        let zones = self.local.zones.iter().map(|it| ("local.zones", &*it.file));
        let lists = self.blocklist.iter().map(|it| ("blocklist", &*it.file));
        let lists = zones.chain(lists);
        single
            .chain(authorities)
            .chain(hosts)
            .chain(lists)
            .collect()
    }

    /// Returns the files and sockets that the server creates, with the settings that name them.
    pub fn written_files(&self) -> Vec<(&'static str, &Path)> {
        let written = [
            ("control", &self.control),
            ("root-zone", &self.root_zone.file),
            ("trust-anchor-state", &self.trust_anchor_state),
            ("dnstap", &self.dnstap.file),
        ];
        let written = written.into_iter();
        let written = written.filter_map(|(key, path)| Some((key, path.as_deref()?)));
        written.collect()
    }
}
