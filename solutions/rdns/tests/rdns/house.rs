//! A house: `rdns` in front of a small public DNS and of a company's name server, both nsd.

use std::net::{IpAddr, SocketAddr};

use real_servers::{RunningServer, free_address, nsd};

use crate::configuration::ConfigFile;
use crate::server::Server;

/// The address of the public servers.
const PUBLIC: &str = "127.0.0.9";
/// The address of the company's server.
const COMPANY: &str = "127.0.0.7";

const ROOT: &str = "$TTL 3600\n@ SOA a.root. mail. 1 1d 2h 4w 5m\n@ NS a.root.\na.root. A 127.0.0.9\npublic NS a.root.\n";
const PUBLIC_ZONE: &str = "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS a.root.\nwww A 192.0.2.80\nrebind A 192.168.1.1\nboth A 192.168.1.1\nboth A 192.0.2.81\nhint HTTPS 1 . ipv4hint=192.168.1.1\nalias CNAME nas.corp.example.\ninside A 10.0.0.1\n";
const COMPANY_ZONE: &str = "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.7\nwww A 192.168.7.7\nnas A 192.168.7.8\nshort 3 A 192.168.7.20\nsix 6 A 192.168.7.21\nalias CNAME www\nout CNAME www.public.\nsub NS ns.sub\nns.sub A 127.0.0.9\n";
const SUB_ZONE: &str =
    "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.9\nwww A 192.168.7.9\n";
const HOME_ZONE: &str =
    "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.7\nrouter A 192.168.1.1\n";

/// The company's idea of a zone that it does not have.
const OTHER_PUBLIC: &str =
    "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.7\nwww A 203.0.113.66\n";

/// The running name servers. All have the same port.
pub(crate) struct House {
    pub(crate) port: u16,
    _public: RunningServer,
    pub(crate) company: RunningServer,
    pub(crate) file: ConfigFile,
}

impl House {
    /// Starts the name servers.
    pub(crate) fn start() -> House {
        let port = free_address().port();
        let at = |ip: &str| SocketAddr::new(ip.parse::<IpAddr>().unwrap(), port);
        let public = [
            (".", ROOT),
            ("public", PUBLIC_ZONE),
            ("sub.corp.example", SUB_ZONE),
        ];
        let company = [
            ("corp.example", COMPANY_ZONE),
            ("home.arpa", HOME_ZONE),
            ("lab.lan", HOME_ZONE),
            ("public", OTHER_PUBLIC),
        ];
        let file = ConfigFile::new("");
        file.beside("hints", ". 3600 NS a.root.\na.root. 3600 A 127.0.0.9\n");
        House {
            port,
            _public: nsd(at(PUBLIC), &public),
            company: nsd(at(COMPANY), &company),
            file,
        }
    }

    /// Writes settings; `COMPANY` in them stands for the address of the company's server, `PUBLIC`
    /// for that of the public ones.
    pub(crate) fn configure(&self, text: &str) {
        let (port, head) = (self.port, "root-hints = \"hints\"\nupstream-port");
        self.configure_all(&format!("{head} = {port}\n{text}"));
    }

    /// Writes settings that name no root servers.
    fn configure_all(&self, text: &str) {
        let company = format!("{COMPANY}:{}", self.port);
        let public = format!("{PUBLIC}:{}", self.port);
        let text = text.replace("COMPANY", &company).replace("PUBLIC", &public);
        self.file.write(&text);
    }

    /// Starts `rdns` with these settings, and with the root servers of the Internet: no loopback
    /// address is queried, unless the configuration names it.
    pub(crate) fn rdns_of_the_internet(&self, text: &str) -> Server {
        self.configure_all(text);
        Server::start_outside(&["--config", self.file.path()])
    }

    /// Starts `rdns` with these settings.
    pub(crate) fn rdns(&self, text: &str) -> Server {
        self.configure(text);
        Server::start_outside(&["--config", self.file.path()])
    }
}
