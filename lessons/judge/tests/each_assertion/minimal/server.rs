//! The sockets of the minimal server, and its faults.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::{fs, io};

use dnsparse::{Name, Record, Zone};
use judge::subject::{ServerProcess, ServerUnderTest};
use network::Via;

use super::resolver::Resolver;
use super::respond::respond;
use super::validator::ValidatorState;

/// The one rule that a minimal server violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerFault {
    /// The n-th reply for a name other than the root has NXDOMAIN instead of NOERROR, or the other
    /// way round.
    WrongNthReply(usize),
    // listens
    NeverStarts,
    NeverListens,
    HalfAReply,
    FirstIdOverTcp,
    NoTcp,
    OneQueryPerConnection,
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
    LowersCase,
    DropsUnknownTypes,
    RaisesTtls,
    RepeatsRecords,
    AddsRecord,
    ReversesAnswers,
    CutsReplies,
    OneRecordOnly,
    NodataIsNxdomain,
    // walks
    StopsAtReferral,
    NoRa,
    ClaimsAuthority,
    SetsRdUpstream,
    CountsIds,
    NoTcpUpstream,
    DiscardsTcpReplies,
    InsistsOnEdns,
    IgnoresPlainQueries,
    PassesForgedRecordsOn,
    CachesForgedRecords,
    NeverTruncates,
    TruncatesOverTcp,
    // matches
    AnyDatagram,
    AnyId,
    AnyQname,
    AnyQtype,
    AnyQclass,
    NoQuestionNeeded,
    AnyQr,
    AnyAddress,
    AnyPort,
    CachesMismatches,
    GivesUpAtForgery,
    FixedPort,
    // chases
    StopsAtAlias,
    HidesAliases,
    NoDname,
    HidesDname,
    NeedsGlue,
    LoopIsNxdomain,
    FollowsLoops,
    // caches
    NoCache,
    TtlFrozen,
    CacheIsCaseSensitive,
    NoDelegationCache,
    NoAliasCache,
    NeverExpires,
    CachesTtlZero,
    // absence
    NoNegativeCache,
    NoSoa,
    SoaTtlFrozen,
    MinimumIgnored,
    NegativeNeverExpires,
    NodataForAllTypes,
    // dead
    FirstServerOnly,
    StopsAtLameServer,
    WaitsAMinute,
    OneAtATime,
    DeadIsNxdomain,
    // refuses
    AnswersReplies,
    AnswersShortMessages,
    AnyOpcode,
    FirstQuestionOnly,
    IgnoresMalformed,
    AnyEdnsVersion,
    AnswersAxfr,
    AnyClass,
    ResolvesWithoutRd,
    ExitsAtShortMessage,
    ExitsAfterRdClear,
    // load
    DropsOneIn(u32),
    SilentOneIn(u32),
    WrongOneIn(u32),
    // secure
    /// The n-th reply for a name other than the root has AD 0.
    NthWithoutAd(usize),
    NoNsec3,
    AlwaysAd,
    AdWithDoOnly,
    // rrsigs
    NoRrsigs,
    DoNotCopied,
    NoProof,
    NoSoaSignature,
    NoWildcardProof,
    RrsigsForAll,
    ProofForAll,
    PlainAnswerForAll,
    // bogus
    ServfailForAll,
    ServfailForZone(&'static str),
    AcceptsBogus(&'static str),
    ServfailWithAd,
    ServfailWithData,
    // insecure
    InsecureIsBogus(&'static str),
    AdOnInsecure,
    // cd
    CdIgnored,
    CdNotCopied,
    CdGetsAd,
    CdAnswerForAll,
    CdFindsServfail,
}

/// A server that keeps all rules but one, or all.
pub(crate) struct MinimalServer {
    pub(crate) fault: Option<ServerFault>,
    /// Whether it may be started without a listening address. Tests that run at the same time share
    /// the default port.
    pub(crate) by_default: bool,
}

/// A server that was started.
struct Started {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    _held: Option<UdpSocket>,
}

impl ServerUnderTest for MinimalServer {
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
        anchor: Option<&Path>,
    ) -> io::Result<Box<dyn ServerProcess>> {
        let fault = self.fault;
        let default_port = if fault == Some(ServerFault::ListensElsewhere) {
            2_054
        } else {
            2_053
        };
        let address = listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, default_port)));
        let resolver = Arc::new(Resolver::new(
            fault,
            root_addresses(hints),
            port,
            anchor.map(ValidatorState::new),
        ));
        let ending = Arc::new(AtomicBool::new(fault == Some(ServerFault::NeverStarts)));
        let is_deaf = matches!(
            fault,
            Some(ServerFault::NeverStarts | ServerFault::NeverListens)
        );
        if !is_deaf {
            let udp = UdpSocket::bind(address)?;
            let (resolver, ending) = (Arc::clone(&resolver), Arc::clone(&ending));
            thread::spawn(move || serve_udp(&resolver, &udp, &ending));
        }
        if !is_deaf && fault != Some(ServerFault::NoTcp) {
            let tcp_address = match (listen, fault) {
                (None, Some(ServerFault::TcpElsewhere)) => SocketAddr::new(address.ip(), 2_054),
                _ => address,
            };
            let tcp = TcpListener::bind(tcp_address)?;
            let ending = Arc::clone(&ending);
            thread::spawn(move || serve_tcp(&resolver, &tcp, &ending));
        }
        // No other test gets this port meanwhile. A socket that is connected elsewhere receives no
        // query: the system refuses it as for a closed port.
        let held = is_deaf.then(|| -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind(address)?;
            socket.connect((Ipv4Addr::LOCALHOST, 9))?;
            Ok(socket)
        });
        Ok(Box::new(Started {
            address,
            ending,
            _held: held.transpose()?,
        }))
    }

    fn has_default_address(&self) -> bool {
        self.by_default
    }

    fn validates(&self) -> bool {
        true
    }
}

impl ServerProcess for Started {
    fn exit_status(&mut self) -> Option<String> {
        self.ending
            .load(Ordering::Acquire)
            .then(|| "exit status: 0".to_owned())
    }

    fn output(&self) -> String {
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

fn root_addresses(hints: &Path) -> Vec<IpAddr> {
    let text = fs::read_to_string(hints).unwrap();
    let zone = Zone::parse(&text, &Name::ROOT).unwrap();
    zone.records.iter().filter_map(Record::address).collect()
}

fn serve_udp(resolver: &Arc<Resolver>, socket: &UdpSocket, ending: &Arc<AtomicBool>) {
    let mut buffer = [0; 4_096];
    let mut is_exiting = false;
    while !ending.load(Ordering::Acquire) {
        let Ok((length, client)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let message = buffer[..length].to_vec();
        let exits_now = length < 12 && resolver.has(ServerFault::ExitsAtShortMessage);
        if exits_now || is_exiting {
            ending.store(true, Ordering::Release);
            return;
        }
        let has_no_rd = message.get(2).is_some_and(|flags| flags & 0x79 == 0);
        is_exiting = has_no_rd && resolver.has(ServerFault::ExitsAfterRdClear);
        if resolver.has(ServerFault::OneAtATime) {
            if let Some(reply) = respond(resolver, &message, Via::Udp) {
                let _lost = socket.send_to(&reply, client);
            }
            continue;
        }
        let (resolver, socket) = (Arc::clone(resolver), socket.try_clone().unwrap());
        thread::spawn(move || {
            if let Some(reply) = respond(&resolver, &message, Via::Udp) {
                let _lost = socket.send_to(&reply, client);
            }
        });
    }
}

fn serve_tcp(resolver: &Arc<Resolver>, listener: &TcpListener, ending: &Arc<AtomicBool>) {
    while let Ok((stream, _)) = listener.accept() {
        if ending.load(Ordering::Acquire) {
            return;
        }
        if resolver.has(ServerFault::OneConnectionAtATime) {
            serve_connection(resolver, stream);
            continue;
        }
        let resolver = Arc::clone(resolver);
        thread::spawn(move || serve_connection(&resolver, stream));
    }
}

fn serve_connection(resolver: &Resolver, mut stream: TcpStream) -> Option<()> {
    let mut first_id = None;
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).ok()?;
        let mut reply = respond(resolver, &message, Via::Tcp)?;
        let first_id = *first_id.get_or_insert([reply[0], reply[1]]);
        if resolver.has(ServerFault::FirstIdOverTcp) {
            reply[..2].copy_from_slice(&first_id);
        }
        let framed = [&(reply.len() as u16).to_be_bytes(), reply.as_slice()].concat();
        if resolver.has(ServerFault::HalfAReply) {
            stream.write_all(&framed[..framed.len() / 2]).ok()?;
            return None;
        }
        stream.write_all(&framed).ok()?;
        if resolver.has(ServerFault::OneQueryPerConnection) {
            return None;
        }
    }
}
