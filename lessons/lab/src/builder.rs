//! [`LabBuilder`]: builds a lab from zones.
//!
//! There is no list of servers: a zone's servers are those that its NS records name, at the
//! addresses that the zones give these names. So a zone file is all that it takes to add a server.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dnsparse::Name;
use network::Via;

use crate::error::LabBuildError;
use crate::lab::Lab;
use crate::lazy_zone::LazyZone;
use crate::script::Reaction;
use crate::servers::{Misbehaviour, Servers};
use crate::zone_text;
use crate::zones::Zones;

/// A lab in the making: zones and servers, and then [`LabBuilder::build`].
///
/// ```
/// use lab::LabBuilder;
///
/// let lab = LabBuilder::new()
///     .zone("test.", "
/// @    60  SOA  ns mail 1 1d 2h 4w 5m
/// @    60  NS   ns
/// ns   60  A    192.0.2.1
/// www  60  A    192.0.2.80
/// ")
///     .zone("hidden.test.", "@ 60 SOA ns.test. mail 1 1d 2h 4w 5m")
///     .server("192.0.2.2", ["hidden.test."])
///     .build()?;
/// assert_eq!(lab.server("ns.test."), Some("192.0.2.1:53".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LabBuilder {
    zones: Zones,
    /// The servers that [`LabBuilder::server`] has added to those of the zones.
    servers: Vec<(IpAddr, Name)>,
    misbehaviour: Misbehaviour,
    /// The first error.
    error: Option<LabBuildError>,
}

impl LabBuilder {
    /// Creates a builder without zones, whose only server is the [`RESOLVER`](crate::RESOLVER).
    pub fn new() -> LabBuilder {
        LabBuilder::default()
    }

    /// Adds a zone from the text of its file. [`LabBuilder::build`] returns its errors.
    #[must_use]
    pub fn zone(self, origin: &str, text: &str) -> LabBuilder {
        self.attempt(|builder| {
            let zone = LazyZone::parse(name(origin)?, text)?;
            builder.zones.add(zone)
        })
    }

    /// Adds several zones from one text, each of which begins with an `$ORIGIN` line.
    ///
    /// It is meant for small hierarchies: the default TTL is 3,600 seconds, a zone without an SOA
    /// record gets one whose MINIMUM is 300, and the text may be indented as a whole.
    /// A resolver of such a lab starts from [`Lab::root_hints`].
    ///
    /// ```
    /// # use lab::LabBuilder;
    /// let lab = LabBuilder::new()
    ///     .zones("
    ///         $ORIGIN .
    ///         @         NS  root.
    ///         root.     A   192.0.2.1
    ///         test.     NS  ns.test.
    ///         ns.test.  A   192.0.2.2
    ///
    ///         $ORIGIN test.
    ///         @    NS  ns
    ///         ns   A   192.0.2.2
    ///         www  A   192.0.2.80
    ///     ")
    ///     .build()?;
    /// assert_eq!(lab.root_hints(), [("root.".parse()?, vec!["192.0.2.1".parse()?])]);
    /// assert_eq!(lab.hosts().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn zones(self, text: &str) -> LabBuilder {
        self.attempt(|builder| {
            for (origin, text) in zone_text::split(text)? {
                let apex = name(origin)?;
                let zone = zone_text::parse_with_soa(&text, &apex)?;
                builder.zones.add(LazyZone::from_zone(&zone)?)?;
            }
            Ok(())
        })
    }

    /// Adds a zone whose text is known to be valid. It is parsed at the first query for it.
    pub(crate) fn zone_for_later(
        self,
        origin: &str,
        text: impl Into<Cow<'static, str>>,
    ) -> LabBuilder {
        self.attempt(|builder| {
            let zone = LazyZone::for_later(name(origin)?, text.into());
            builder.zones.add(zone)
        })
    }

    /// Adds several zones, as [`LabBuilder::zones`], from a text that is known to be valid.
    pub(crate) fn zones_for_later(self, text: &str) -> LabBuilder {
        self.attempt(|builder| {
            for (origin, text) in zone_text::split(text)? {
                let zone = LazyZone::for_later(name(origin)?, text.into());
                builder.zones.add(zone)?;
            }
            Ok(())
        })
    }

    /// Adds to zones of the builder the records that signing has added to them, from the text of a file
    /// as those in the folder `signed`: with an `$ORIGIN` line before each zone. Records that were added
    /// before are replaced. The text is parsed at the first query for the zone.
    #[must_use]
    pub fn sign(self, text: &str) -> LabBuilder {
        self.attempt(|builder| {
            for (origin, text) in zone_text::split(text)? {
                builder.zones.sign(&name(origin)?, text.into())?;
            }
            Ok(())
        })
    }

    /// Adds a server that answers from the given zones, whatever their NS records say.
    #[must_use]
    pub fn server<'o>(self, address: &str, zones: impl IntoIterator<Item = &'o str>) -> LabBuilder {
        self.attempt(|builder| {
            let address = parse_address(address)?;
            for zone in zones {
                builder.servers.push((address, name(zone)?));
            }
            Ok(())
        })
    }

    /// Gives a server a permanent reaction over UDP or TCP, where [`Lab::script`] does not say
    /// otherwise. Its reply is the first message of the reaction, at the server's latency
    /// ([`LabBuilder::latency_ms`]).
    ///
    /// ```
    /// # use lab::{LabBuilder, replies};
    /// # use network::Via;
    /// let builder = LabBuilder::internet()
    ///     .misbehaves("192.0.2.61", Via::Udp, replies().truncated());
    /// # assert!(builder.build().is_ok());
    /// ```
    #[must_use]
    pub fn misbehaves(self, address: &str, via: Via, reaction: Reaction) -> LabBuilder {
        self.attempt(|builder| {
            let misbehaviour = &mut builder.misbehaviour.reactions;
            misbehaviour.insert((parse_address(address)?, via), reaction);
            Ok(())
        })
    }

    /// Sets the time from query to reply of a server in milliseconds, over UDP and TCP. The other
    /// servers take 10.
    #[must_use]
    pub fn latency_ms(self, address: &str, milliseconds: u64) -> LabBuilder {
        self.attempt(|builder| {
            let latencies = &mut builder.misbehaviour.latencies;
            latencies.insert(parse_address(address)?, Duration::from_millis(milliseconds));
            Ok(())
        })
    }

    /// Builds the lab.
    ///
    /// # Errors
    /// The first error of a zone or a server.
    pub fn build(self) -> Result<Lab, LabBuildError> {
        self.into_servers()
            .map(|servers| Lab::over(Arc::new(servers)))
    }

    pub(crate) fn into_servers(self) -> Result<Servers, LabBuildError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(Servers::new(self.zones, self.servers, self.misbehaviour)),
        }
    }

    fn attempt(
        mut self,
        change: impl FnOnce(&mut LabBuilder) -> Result<(), LabBuildError>,
    ) -> LabBuilder {
        if self.error.is_none() {
            self.error = change(&mut self).err();
        }
        self
    }
}

fn name(text: &str) -> Result<Name, LabBuildError> {
    text.parse().map_err(|_| LabBuildError::BadName {
        text: text.to_owned(),
    })
}

fn parse_address(text: &str) -> Result<IpAddr, LabBuildError> {
    text.parse().map_err(|_| LabBuildError::BadAddress {
        text: text.to_owned(),
    })
}
