#![cfg(test)]
//! x
use dnsparse::{DnsPacket, RecordType};
use lab::*;
use network::*;
#[tokio::test(start_paused = true)]
async fn walk() {
    let t = std::time::Instant::now();
    let lab = Lab::internet();
    eprintln!("built in {:?}", t.elapsed());
    for (server, name, rtype) in [("a.root-servers.net","www.google.com",RecordType::A),("a.gtld-servers.net","www.google.com",RecordType::A),("ns1.google.com","www.google.com",RecordType::A)] {
        let mut c = lab.open(lab.server(server).unwrap(), Via::Udp).await.unwrap();
        c.send(&DnsPacket::query(1, name.parse().unwrap(), rtype).write().unwrap()).await.unwrap();
        c.receive().await.unwrap();
    }
    for (name, rtype) in [("yahoo.com",RecordType::A),("www.wikipedia.org",RecordType::AAAA),("nosuch.example.com",RecordType::A),("google.com",RecordType::MX),("long.example.com",RecordType::TXT),("224.154.80.208.in-addr.arpa",RecordType::PTR),("news.bbc.co.uk",RecordType::A)] {
        let mut q = DnsPacket::query(1, name.parse().unwrap(), rtype); q.header.rd = true;
        let mut c = lab.open(RESOLVER, Via::Udp).await.unwrap();
        c.send(&q.write().unwrap()).await.unwrap();
        c.receive().await.unwrap();
    }
    eprintln!("{}", lab.trace());
}
