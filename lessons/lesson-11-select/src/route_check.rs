//! [`RouteCheck`]: the address families that this machine has a route for, checked again and again
//! (given).
//!
//! A laptop is carried from one network to the next, and a router gets its IPv6 prefix minutes
//! after its start. So the routes are looked up again while the resolver runs: seldom while all is
//! well, soon after an error, and nearly at once while there is no route at all.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use chase::Routes;
use tokio::time::Instant;

/// The time between two checks while both families have a route. (Losing one is noticed by the
/// errors that follow.)
const INTERVAL: Duration = Duration::from_secs(60);
/// The time between two checks while one family has no route.
const INTERVAL_WITH_ONE: Duration = Duration::from_secs(5);
/// The least time between two checks, also after an error, and while there is no route at all.
const MIN_INTERVAL: Duration = Duration::from_millis(100);

/// The routes of this machine, and the way to look them up again.
pub struct RouteCheck {
    look_up: Box<dyn Fn() -> Routes + Send + Sync>,
    routes: Routes,
    checked_at: Instant,
}

impl RouteCheck {
    /// Looks the routes up by the given function, now and later.
    pub fn new(look_up: impl Fn() -> Routes + Send + Sync + 'static) -> RouteCheck {
        RouteCheck {
            routes: look_up(),
            look_up: Box::new(look_up),
            checked_at: Instant::now(),
        }
    }

    /// Looks up whether there is a route to any of these servers, such as the root servers, for
    /// each address family. If none of them has an IPv6 address, there may be a route to others.
    pub fn to(servers: Vec<IpAddr>) -> RouteCheck {
        let is_ipv4_alone = !servers.iter().any(IpAddr::is_ipv6);
        RouteCheck::new(move || {
            let routes = |is_ipv6: bool| {
                let mut servers = servers.iter().filter(|it| it.is_ipv6() == is_ipv6);
                servers.any(|server| has_route((*server, 53).into()))
            };
            Routes {
                ipv4: routes(false),
                ipv6: routes(true) || is_ipv4_alone && has_ipv6(),
            }
        })
    }

    /// Returns the routes, which are looked up again if that was long ago.
    pub fn routes(&mut self) -> Routes {
        self.check_after(match (self.routes.ipv4, self.routes.ipv6) {
            (true, true) => INTERVAL,
            (false, false) => MIN_INTERVAL,
            _ => INTERVAL_WITH_ONE,
        })
    }

    /// Returns the routes after an error, which may mean that a route was lost.
    pub fn routes_after_error(&mut self) -> Routes {
        self.check_after(MIN_INTERVAL)
    }

    fn check_after(&mut self, interval: Duration) -> Routes {
        if self.checked_at.elapsed() >= interval {
            self.routes = (self.look_up)();
            self.checked_at = Instant::now();
        }
        self.routes
    }
}

impl fmt::Debug for RouteCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.routes.fmt(f)
    }
}

/// Whether this machine has a route to IPv6 addresses.
pub fn has_ipv6() -> bool {
    /// The address of a.root-servers.net, which is not on this network.
    const REMOTE: (Ipv6Addr, u16) = (Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30), 53);
    has_route(REMOTE.into())
}

/// Whether this machine has a route to an address. Nothing is sent: connecting a UDP socket only
/// looks the route up.
pub fn has_route(address: SocketAddr) -> bool {
    let any: SocketAddr = match address.is_ipv4() {
        true => ([0, 0, 0, 0], 0).into(),
        false => ([0, 0, 0, 0, 0, 0, 0, 0], 0).into(),
    };
    UdpSocket::bind(any).is_ok_and(|socket| socket.connect(address).is_ok())
}
