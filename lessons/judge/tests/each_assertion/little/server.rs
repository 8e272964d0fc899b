//! The little server's sockets, and the list of its faults.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::{fs, io};

use dnsparse::{Name, Record, Zone};
use judge::subject::{Running, Server};
use network::Via;

use super::manners::respond;
use super::resolver::Resolver;

/// The one point in which a little server is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The n-th reply to a question about anything but the root says NXDOMAIN instead of NOERROR, or the other way round.
    SpoilsReply(usize),
    // listens
    NeverStarts,
    NoTcp,
    OneQuestionPerConnection,
    OneConnectionAtATime,
    ListensElsewhere,
    TcpElsewhere,
    // forwards
    WrongId,
    NoQr,
    RdNotCopied,
    OtherOpcode,
    SetsZ,
    NoQuestion,
    SmallLetters,
    DropsUnknownTypes,
    RaisesTtls,
    OneRecordOnly,
    NodataIsNxdomain,
    // walks
    StopsAtReferral,
    NoRa,
    ClaimsAuthority,
    DesiresRecursion,
    CountsIds,
    NoTcpUpstream,
    InsistsOnEdns,
    HandsLiesOn,
    BelievesAnybody,
    NeverTruncates,
    TruncatesByTcp,
    // chases
    StopsAtAlias,
    HidesAliases,
    NoDname,
    NeedsGlue,
    CircleIsNothing,
    GoesInCircles,
    // caches
    NoCache,
    TtlFrozen,
    CacheMindsCase,
    ForgetsZones,
    AliasesNotKept,
    KeepsForEver,
    KeepsZero,
    // absence
    NoNegativeCache,
    NoSoa,
    SoaTtlFrozen,
    MinimumIgnored,
    NothingForEver,
    NothingForAllTypes,
    // dead
    FirstServerOnly,
    LameIsFinal,
    WaitsForEver,
    OneAtATime,
    DeadIsNothing,
    // refuses
    AnswersReplies,
    AnswersRunts,
    AnyOpcode,
    FirstQuestionOnly,
    SilentAtNonsense,
    AnyEdnsVersion,
    AnswersAxfr,
    AnyClass,
    AlwaysWalks,
    DiesOfNonsense,
    DiesInTheEnd,
    // load
    DropsOneIn(u32),
    LiesOneIn(u32),
}

/// A server that is right but for one point.
pub(crate) struct Little {
    pub(crate) fault: Option<Fault>,
    /// Whether it may be started without being told where to listen. The port is the machine's, and tests run beside each other.
    pub(crate) by_default: bool,
}

/// One that was started.
struct Started {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
}

impl Server for Little {
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
    ) -> io::Result<Box<dyn Running>> {
        let fault = self.fault;
        let elsewhere = if fault == Some(Fault::ListensElsewhere) {
            2_054
        } else {
            2_053
        };
        let address = listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, elsewhere)));
        let resolver = Arc::new(Resolver::new(fault, root(hints), port));
        let ending = Arc::new(AtomicBool::new(fault == Some(Fault::NeverStarts)));
        if fault != Some(Fault::NeverStarts) {
            let udp = UdpSocket::bind(address)?;
            let (resolver, ending) = (Arc::clone(&resolver), Arc::clone(&ending));
            thread::spawn(move || serve_udp(&resolver, &udp, &ending));
        }
        if !matches!(fault, Some(Fault::NeverStarts | Fault::NoTcp)) {
            let by_tcp = match (listen, fault) {
                (None, Some(Fault::TcpElsewhere)) => SocketAddr::new(address.ip(), 2_054),
                _ => address,
            };
            let tcp = TcpListener::bind(by_tcp)?;
            let ending = Arc::clone(&ending);
            thread::spawn(move || serve_tcp(&resolver, &tcp, &ending));
        }
        Ok(Box::new(Started { address, ending }))
    }

    fn knows_where_to_listen(&self) -> bool {
        self.by_default
    }
}

impl Running for Started {
    fn ended(&mut self) -> Option<String> {
        self.ending
            .load(Ordering::Acquire)
            .then(|| "it was told to".to_owned())
    }

    fn printed(&self) -> String {
        String::new()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Release);
        let _woken =
            UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(&[0], self.address));
        let _woken = TcpStream::connect(self.address);
    }
}

fn root(hints: &Path) -> Vec<IpAddr> {
    let text = fs::read_to_string(hints).unwrap();
    let zone = Zone::parse(&text, &Name::ROOT).unwrap();
    zone.records.iter().filter_map(Record::address).collect()
}

fn serve_udp(resolver: &Arc<Resolver>, socket: &UdpSocket, ending: &Arc<AtomicBool>) {
    let mut room = [0; 4_096];
    let mut dying = false;
    while !ending.load(Ordering::Acquire) {
        let Ok((length, asker)) = socket.recv_from(&mut room) else {
            continue;
        };
        let message = room[..length].to_vec();
        let last_straw = length < 12 && resolver.is(Fault::DiesOfNonsense);
        if last_straw || dying {
            ending.store(true, Ordering::Release);
            return;
        }
        let wants_no_walk = message.get(2).is_some_and(|flags| flags & 0x79 == 0);
        dying = wants_no_walk && resolver.is(Fault::DiesInTheEnd);
        if resolver.is(Fault::OneAtATime) {
            if let Some(reply) = respond(resolver, &message, Via::Udp) {
                let _lost = socket.send_to(&reply, asker);
            }
            continue;
        }
        let (resolver, socket) = (Arc::clone(resolver), socket.try_clone().unwrap());
        thread::spawn(move || {
            if let Some(reply) = respond(&resolver, &message, Via::Udp) {
                let _lost = socket.send_to(&reply, asker);
            }
        });
    }
}

fn serve_tcp(resolver: &Arc<Resolver>, listener: &TcpListener, ending: &Arc<AtomicBool>) {
    while let Ok((stream, _)) = listener.accept() {
        if ending.load(Ordering::Acquire) {
            return;
        }
        if resolver.is(Fault::OneConnectionAtATime) {
            converse(resolver, stream);
            continue;
        }
        let resolver = Arc::clone(resolver);
        thread::spawn(move || converse(&resolver, stream));
    }
}

fn converse(resolver: &Resolver, mut stream: TcpStream) -> Option<()> {
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).ok()?;
        let reply = respond(resolver, &message, Via::Tcp)?;
        let framed = [&(reply.len() as u16).to_be_bytes(), reply.as_slice()].concat();
        stream.write_all(&framed).ok()?;
        if resolver.is(Fault::OneQuestionPerConnection) {
            return None;
        }
    }
}
