//! The messages in requests and responses (RFC 8484 sections 4 and 5), and the rejection of requests
//! without one.

use data_encoding::BASE64URL_NOPAD;
use dnsparse::{DnsPacket, Rcode, Rdata, Record};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes};
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

/// The path of all requests, as in the examples of RFC 8484.
pub const PATH: &str = "/dns-query";
/// The media type of a DNS message (RFC 8484 section 6).
pub const MEDIA_TYPE: &str = "application/dns-message";
/// The longest message.
pub(super) const MAX_MESSAGE: usize = 65_535;
/// The maximum number of octets of a body that are received.
const MAX_RECEIVED: usize = 4 * MAX_MESSAGE;

/// A request that is rejected before any query is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Rejection {
    #[error("DNS queries are answered at {PATH} (RFC 8484)")]
    Path,
    #[error("a DNS query is sent with GET or POST (RFC 8484 section 4.1)")]
    Method,
    #[error("?dns= is missing: it holds the DNS query in base64url (RFC 8484 section 4.1)")]
    NoParameter,
    #[error("?dns= is not base64url without padding (RFC 8484 section 4.1, RFC 4648 section 5)")]
    Encoding,
    #[error("the content-type of a DNS query is {MEDIA_TYPE} (RFC 8484 section 4.1)")]
    MediaType,
    #[error("a DNS message has at most {MAX_MESSAGE} octets")]
    TooLong,
    #[error("the body of the request did not arrive in time")]
    Timeout,
    #[error("the body of the request is not complete")]
    Incomplete,
    #[error("the message is not a DNS query")]
    NoQuery,
}

impl Rejection {
    fn status(self) -> StatusCode {
        match self {
            Rejection::Path => StatusCode::NOT_FOUND,
            Rejection::Method => StatusCode::METHOD_NOT_ALLOWED,
            Rejection::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Rejection::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Rejection::Timeout => StatusCode::REQUEST_TIMEOUT,
            Rejection::NoParameter
            | Rejection::Encoding
            | Rejection::Incomplete
            | Rejection::NoQuery => StatusCode::BAD_REQUEST,
        }
    }

    /// Returns the response: a sentence.
    pub(super) fn response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(format!("{self}\n")));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(CONTENT_TYPE, text);
        if self == Rejection::Method {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        }
        response
    }
}

/// Returns the DNS message that a request holds.
///
/// The body of a request that is rejected is received as well: HTTP/2 ends a stream whose request was not
/// received with RST_STREAM, and clients take that for a failure, and miss the response.
pub(super) async fn message<B>(request: Request<B>) -> Result<Vec<u8>, Rejection>
where
    B: Body<Data = Bytes> + Unpin,
{
    let (head, body) = request.into_parts();
    let message = message_in(&head);
    let received = receive(body).await;
    match message? {
        Some(message) => Ok(message),
        None => received,
    }
}

/// Returns the message in the head of a request; none if its body is the message.
fn message_in(head: &Parts) -> Result<Option<Vec<u8>>, Rejection> {
    if head.uri.path() != PATH {
        return Err(Rejection::Path);
    }
    match head.method {
        // A response to HEAD is that to GET, without its body (RFC 9110 section 9.3.2).
        Method::GET | Method::HEAD => parameter(head.uri.query().unwrap_or_default()).map(Some),
        Method::POST => match head.headers.get(CONTENT_TYPE) {
            Some(media_type) if is_dns_message(media_type) => Ok(None),
            _ => Err(Rejection::MediaType),
        },
        _ => Err(Rejection::Method),
    }
}

/// Returns the response to HEAD: that to GET, without its body. (hyper removes it over HTTP/1.1 alone.)
pub(super) fn without_body(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let length = response.body().size_hint().exact().unwrap_or(0);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    *response.body_mut() = Full::default();
    response
}

/// Returns the message in the query component of a URI.
fn parameter(query: &str) -> Result<Vec<u8>, Rejection> {
    let mut parameters = query.split('&');
    let text = parameters.find_map(|parameter| parameter.strip_prefix("dns="));
    let text = text.ok_or(Rejection::NoParameter)?;
    let message = BASE64URL_NOPAD.decode(text.as_bytes());
    message.map_err(|_| Rejection::Encoding)
}

/// Whether a media type is that of DNS messages, whatever parameters it has.
fn is_dns_message(value: &HeaderValue) -> bool {
    let value = value.to_str().unwrap_or_default();
    let name = value.split(';').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case(MEDIA_TYPE)
}

/// Receives a body, which is the message. A longer one is received to its end as well, up to a limit: a
/// connection that is closed before that would be reset, and the client might miss the response.
async fn receive<B>(mut body: B) -> Result<Vec<u8>, Rejection>
where
    B: Body<Data = Bytes> + Unpin,
{
    if body.size_hint().lower() > MAX_RECEIVED as u64 {
        return Err(Rejection::TooLong);
    }
    let (mut message, mut received) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Rejection::Incomplete)?.into_data() else {
            continue;
        };
        received += data.len();
        if received > MAX_RECEIVED {
            return Err(Rejection::TooLong);
        }
        if received <= MAX_MESSAGE {
            message.extend_from_slice(&data);
        }
    }
    match received > MAX_MESSAGE {
        true => Err(Rejection::TooLong),
        false => Ok(message),
    }
}

/// Returns the seconds for which an HTTP cache may send a reply again (RFC 8484 section 5.1): the
/// least TTL of the answer, and that of a negative answer (RFC 2308 section 5). A failure is not
/// sent again.
pub(super) fn freshness(reply: &[u8]) -> u32 {
    let Ok(reply) = DnsPacket::parse(reply) else {
        return 0;
    };
    if !matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN) {
        return 0;
    }
    let negative = |record: &Record| match &record.rdata {
        Rdata::Soa(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    };
    let answer = reply.answers.iter().map(|record| record.ttl);
    let ttls = answer.chain(reply.authorities.iter().filter_map(negative));
    ttls.min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn message_of(method: &str, uri: &str, media_type: &str) -> Result<Vec<u8>, Rejection> {
        let request = Request::builder().method(method).uri(uri);
        let request = request.header(CONTENT_TYPE, media_type);
        message(request.body(Full::<Bytes>::from(&b"a body"[..])).unwrap()).await
    }

    #[tokio::test]
    async fn a_request_is_read_or_rejected_by_what_is_wrong_with_it() {
        let cases = [
            ("GET", "/dns-query?dns=AQID", "", Ok(vec![1, 2, 3])),
            ("GET", "/dns-query?ct&dns=AQI", "", Ok(vec![1, 2])),
            ("GET", "/dns-query?dns=-_8", "", Ok(vec![0xfb, 0xff])),
            ("GET", "/dns-query?dns=+/8", "", Err(Rejection::Encoding)),
            ("GET", "/dns-query?dns=AQI=", "", Err(Rejection::Encoding)),
            ("GET", "/dns-query?dns=A", "", Err(Rejection::Encoding)),
            (
                "GET",
                "/dns-query?name=a.test",
                "",
                Err(Rejection::NoParameter),
            ),
            ("GET", "/dns-query", "", Err(Rejection::NoParameter)),
            ("GET", "/?dns=AQID", "", Err(Rejection::Path)),
            ("POST", "/dns-query/", MEDIA_TYPE, Err(Rejection::Path)),
            ("POST", "/dns-query", MEDIA_TYPE, Ok(b"a body".to_vec())),
            (
                "POST",
                "/dns-query",
                "Application/DNS-Message; a=b",
                Ok(b"a body".to_vec()),
            ),
            (
                "POST",
                "/dns-query",
                "text/plain",
                Err(Rejection::MediaType),
            ),
            ("POST", "/dns-query", "", Err(Rejection::MediaType)),
            ("PUT", "/dns-query", MEDIA_TYPE, Err(Rejection::Method)),
            ("HEAD", "/dns-query?dns=AQID", "", Ok(vec![1, 2, 3])),
            ("HEAD", "/dns-query", "", Err(Rejection::NoParameter)),
        ];
        for (method, uri, media_type, expected) in cases {
            let got = message_of(method, uri, media_type).await;
            assert_eq!(got, expected, "{method} {uri}, content-type '{media_type}'");
        }
    }

    #[tokio::test]
    async fn a_body_is_as_long_as_a_message_at_the_most() {
        for (length, is_message) in [(0, true), (65_535, true), (65_536, false)] {
            let announced = receive(Full::<Bytes>::from(vec![0; length])).await;
            let streamed = http_body_util::BodyStream::new(Full::<Bytes>::from(vec![0; length]));
            let streamed = receive(http_body_util::StreamBody::new(streamed)).await;
            for (kind, got) in [("announced", announced), ("of unknown length", streamed)] {
                let got = got.map(|message| message.len());
                let expected = is_message.then_some(length).ok_or(Rejection::TooLong);
                assert_eq!(got, expected, "{length} octets, {kind}");
            }
        }
    }

    #[test]
    fn a_reply_is_fresh_for_its_least_ttl() {
        let soa = "test. 900 SOA ns.test. h.test. 1 1 1 1 300";
        let cases = [
            (Rcode::NOERROR, vec!["a.test. 60 A 192.0.2.1"], None, 60),
            (
                Rcode::NOERROR,
                vec!["a.test. 60 CNAME b.test.", "b.test. 7 A 192.0.2.1"],
                None,
                7,
            ),
            (Rcode::NXDOMAIN, vec![], Some(soa), 300),
            (
                Rcode::NXDOMAIN,
                vec!["a.test. 60 CNAME b.test."],
                Some(soa),
                60,
            ),
            (
                Rcode::NXDOMAIN,
                vec!["a.test. 600 CNAME b.test."],
                Some(soa),
                300,
            ),
            (Rcode::NOERROR, vec![], None, 0),
            (Rcode::SERVFAIL, vec!["a.test. 60 A 192.0.2.1"], None, 0),
        ];
        for (rcode, answers, soa, expected) in cases {
            let mut reply = DnsPacket::default();
            reply.header.rcode = rcode;
            reply.answers = answers.iter().map(|text| text.parse().unwrap()).collect();
            reply.authorities = soa.iter().map(|text| text.parse().unwrap()).collect();
            let octets = reply.write().unwrap();
            assert_eq!(freshness(&octets), expected, "{rcode} {answers:?} {soa:?}");
        }
        assert_eq!(freshness(&[1, 2, 3]), 0, "octets that are no message");
    }
}
