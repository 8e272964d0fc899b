//! Servers that keep a resolver from newer versions of the root zone.

use std::collections::VecDeque;
use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::Mutex;

use network::Channel;

use super::*;

/// How a server transfers the zone, and which version it announces before.
#[derive(Debug, Clone, Copy)]
enum Primary {
    /// The version that it announces.
    Honest(u32),
    /// Another version.
    Other { announced: u32, transferred: u32 },
    /// A record every nine seconds, without end.
    Slow(u32),
    /// Many records at once, without end.
    Endless(u32),
}

/// The servers 192.0.2.1, 192.0.2.2 and so on.
#[derive(Debug, Clone)]
struct Primaries(Vec<Primary>);

#[derive(Debug)]
struct ToPrimary {
    primary: Primary,
    via: Via,
    query: Option<DnsPacket>,
    replies: VecDeque<Vec<u8>>,
}

impl Network for Primaries {
    type Channel = ToPrimary;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<ToPrimary> {
        let place = self.0.iter().enumerate();
        let (_, primary) = { place }
            .find(|(place, _)| address(*place) == server)
            .expect("a server of the test");
        Ok(ToPrimary {
            primary: *primary,
            via,
            query: None,
            replies: VecDeque::new(),
        })
    }
}

fn address(place: usize) -> SocketAddr {
    let last = u8::try_from(place + 1).unwrap();
    (Ipv4Addr::new(192, 0, 2, last), 53).into()
}

fn soa(serial: u32) -> String {
    format!(". 86400 SOA a.root. mail. {serial} 1800 900 604800 86400")
}

/// The records of a zone without the SOA at its end.
fn zone(serial: u32) -> Vec<Record> {
    let lines = [&soa(serial), ". 60 NS a.root.", "a.root. 60 A 192.0.2.1"];
    lines.iter().map(|line| line.parse().unwrap()).collect()
}

impl ToPrimary {
    fn reply(&self, answers: Vec<Record>) -> Vec<u8> {
        let mut reply = DnsPacket::reply_to(self.query.as_ref().expect("a query"));
        reply.answers = answers;
        reply.write().unwrap()
    }

    fn whole(&self, serial: u32) -> Vec<u8> {
        let end: Record = soa(serial).parse().unwrap();
        self.reply(zone(serial).into_iter().chain([end]).collect())
    }
}

impl Channel for ToPrimary {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.query = DnsPacket::parse(message).ok();
        let (Primary::Honest(announced)
        | Primary::Slow(announced)
        | Primary::Endless(announced)
        | Primary::Other { announced, .. }) = self.primary;
        let reply = match (self.via, self.primary) {
            (Via::Udp, _) => self.reply(vec![soa(announced).parse().unwrap()]),
            (Via::Tcp, Primary::Other { transferred, .. }) => self.whole(transferred),
            (Via::Tcp, Primary::Honest(_)) => self.whole(announced),
            (Via::Tcp, Primary::Slow(_) | Primary::Endless(_)) => self.reply(zone(announced)),
        };
        self.replies.push_back(reply);
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if let Some(reply) = self.replies.pop_front() {
            return Ok(reply);
        }
        let record: Record = "x. 60 A 192.0.2.1".parse().unwrap();
        match self.primary {
            Primary::Slow(_) => {
                sleep(Duration::from_secs(9)).await;
                Ok(self.reply(vec![record]))
            }
            Primary::Endless(_) => Ok(self.reply(vec![record; 2_000])),
            _ => pending().await,
        }
    }
}

/// Returns the serial of the copy after one look at these servers, its lines, and the time that it took.
async fn refreshed(present: u32, primaries: &[Primary]) -> (u32, String, Duration) {
    refreshed_with(None, present, primaries).await
}

/// The same with a file.
async fn refreshed_with(
    file: Option<PathBuf>,
    present: u32,
    primaries: &[Primary],
) -> (u32, String, Duration) {
    let root = RootZone::default();
    root.set(RootCopy::new(zone(present), Duration::ZERO, None).unwrap());
    let source = Source {
        file,
        servers: (0..primaries.len()).map(address).collect(),
        anchors: None,
    };
    let (network, lines) = (Primaries(primaries.to_vec()), Mutex::new(Vec::new()));
    let start = tokio::time::Instant::now();
    let print = |line: &str| lines.lock().unwrap().push(line.to_owned());
    refresh(&root, &source, &network, &print).await;
    let lines = lines.lock().unwrap().join("\n");
    (root.latest().unwrap().serial, lines, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_server_with_an_older_version_hides_no_newer_one() {
    use Primary::{Honest, Other};
    let behind = Other {
        announced: 9,
        transferred: 6,
    };
    for first in [Honest(6), Honest(7_u32.wrapping_add(1 << 31)), behind] {
        let (serial, ..) = refreshed(7, &[first, Honest(8)]).await;
        assert_eq!(serial, 8, "after {first:?}");
        let (serial, lines, _) = refreshed(7, &[first]).await;
        assert_eq!(serial, 7, "with {first:?} alone");
        let expected = "which is not newer; serial 7 stays in use";
        assert!(lines.contains(expected), "with {first:?} alone: {lines}");
    }
    let (serial, lines, _) = refreshed(7, &[Honest(7), Honest(8)]).await;
    assert_eq!((serial, lines.as_str()), (7, ""), "the present version");
}

#[tokio::test(start_paused = true)]
async fn each_server_that_fails_is_in_the_log() {
    let (_, lines, _) = refreshed(7, &[Primary::Honest(6), Primary::Honest(5)]).await;
    let expected = "root zone: 192.0.2.1:53: it has serial 6, which is not newer; 192.0.2.2:53: it has serial 5, which is not newer; serial 7 stays in use";
    assert_eq!(lines, expected);
    let (_, lines, _) = refreshed(7, &[Primary::Honest(6), Primary::Honest(8)]).await;
    let expected = "root zone: 192.0.2.1:53: it has serial 6, which is not newer\nroot zone: serial 8 is in use";
    assert_eq!(lines, expected, "before one that does not");
}

/// A file that no program renews.
#[tokio::test(start_paused = true)]
async fn the_end_of_a_copy_is_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.zone");
    let text = zone(7).iter().map(Record::to_string).collect::<Vec<_>>();
    let text = text.join("\n").replace(" 604800 ", " 130 ");
    fs::write(&file, text + "\n").unwrap();
    let source = Source {
        file: Some(file),
        servers: Vec::new(),
        anchors: None,
    };
    let (root, lines) = (RootZone::default(), Mutex::new(Vec::new()));
    let print = |line: &str| lines.lock().unwrap().push(line.to_owned());
    let network = Primaries(Vec::new());
    let kept = keep_fresh(&root, Some(source), None, &network, || (), print);
    let ended = tokio::time::timeout(Duration::from_secs(300), kept).await;
    assert!(ended.is_err(), "it goes on");
    let expected = [
        "root zone: serial 7 is in use",
        "root zone: serial 7 has expired: the root servers are queried",
    ];
    assert_eq!(*lines.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_transfer_without_end_is_given_up_for_the_next_server() {
    let (serial, _, elapsed) = refreshed(7, &[Primary::Slow(8), Primary::Honest(8)]).await;
    assert_eq!(serial, 8);
    assert!(elapsed < Duration::from_secs(1_200), "it took {elapsed:?}");
    let (serial, ..) = refreshed(7, &[Primary::Endless(8), Primary::Honest(8)]).await;
    assert_eq!(serial, 8);
    let (_, lines, _) = refreshed(7, &[Primary::Endless(8)]).await;
    let expected = "more than 16777216 octets, or more than 250000 records";
    assert!(lines.contains(expected), "{lines}");
}

#[tokio::test(start_paused = true)]
async fn a_zone_whose_file_cannot_be_written_is_used_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("missing/root.zone");
    for (announced, fault) in [(7, "confirmed"), (8, "transferred")] {
        let primaries = [Primary::Honest(announced)];
        let (serial, lines, _) = refreshed_with(Some(file.clone()), 7, &primaries).await;
        assert_eq!(serial, announced, "{fault}");
        let expected = format!(
            "root zone: cannot write {}, the file of root-zone: ",
            file.display()
        );
        assert!(lines.starts_with(&expected), "{fault}: {lines}");
        assert!(lines.contains("is used all the same"), "{fault}: {lines}");
        assert!(!lines.contains("are queried"), "{fault}: {lines}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_part_of_a_zone_is_left_where_its_file_cannot_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    // A file does not take the place of a folder.
    let file = folder.path().join("root.zone");
    fs::create_dir_all(file.join("not empty")).unwrap();
    let (serial, lines, _) = refreshed_with(Some(file), 7, &[Primary::Honest(8)]).await;
    assert_eq!(serial, 8, "{lines}");
    let names = fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["root.zone"], "{lines}");
}
