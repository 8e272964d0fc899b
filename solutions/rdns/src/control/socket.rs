//! The socket that `rdns ctl` connects to: for the user of the server and for root alone.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chase::ServerSelection;
use network::Network;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{sleep, timeout};

use super::{Command, Control, END, ERROR, OK};

/// The longest request in octets: a name has up to 1,004 characters with its escapes.
const MAX_REQUEST: u64 = 2_048;
/// The maximum number of commands that are executed at the same time.
const MAX_COMMANDS: usize = 8;
/// The maximum number of connections whose commands are not executed yet. A further one takes the
/// place of the oldest, so that no number of silent ones keeps a command waiting.
const MAX_WAITING: usize = 32;
/// The time that a client has to send its request.
const REQUEST_LIMIT: Duration = Duration::from_secs(5);
/// The time that an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// The pause after the system failed to accept.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// A socket, whose file is removed in the end.
#[derive(Debug)]
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // It may have been removed by hand.
        let _ = fs::remove_file(&self.path);
    }
}

impl ControlSocket {
    /// Checks that no other file is in the place of a socket.
    ///
    /// # Errors
    /// If there is one.
    pub fn check_place(path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(there) if !there.file_type().is_socket() => Err(io::Error::new(
                ErrorKind::AlreadyExists,
                "it is another file",
            )),
            _ => Ok(()),
        }
    }

    /// Creates the socket. A socket that another server has left there is replaced.
    ///
    /// # Errors
    /// If a server is behind the socket, another file has the name, or the folder is not there.
    pub fn bind(path: &Path) -> io::Result<ControlSocket> {
        ControlSocket::check_place(path)?;
        if fs::symlink_metadata(path).is_ok() {
            if std::os::unix::net::UnixStream::connect(path).is_ok() {
                let text = "another rdns is controlled by it";
                return Err(io::Error::new(ErrorKind::AddrInUse, text));
            }
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        let socket = ControlSocket {
            listener,
            path: path.to_owned(),
        };
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(socket)
    }

    /// Executes commands, until the task is dropped.
    pub async fn serve<N: Network, C: ServerSelection>(
        self,
        control: Arc<Control<N, C>>,
    ) -> Infallible {
        let permits = Arc::new(Semaphore::new(MAX_COMMANDS));
        let mut waiting = Waiting::default();
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else {
                sleep(ACCEPT_RETRY).await;
                continue;
            };
            // Between `bind` and `set_permissions` the file may have been open to others.
            if !is_allowed(&stream) {
                continue;
            }
            let (control, permits) = (Arc::clone(&control), Arc::clone(&permits));
            let evicted = waiting.enter();
            tokio::spawn(async move {
                let request = async {
                    let request = read_request(&mut stream).await.ok()?;
                    Some((request, permits.acquire_owned().await))
                };
                let started = tokio::select! {
                    started = request => started,
                    _ = evicted => None,
                };
                let Some((request, _permit)) = started else {
                    return;
                };
                // A client that has gone needs no answer.
                let _ = timeout(ANSWER_LIMIT, answer(stream, request, &control)).await;
            });
        }
    }
}

/// Whether the other end belongs to the user of this process, or to root.
fn is_allowed(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream
        .peer_cred()
        .is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

/// The connections whose commands are not executed yet, the oldest first. An entry is closed once its
/// connection has no more need of it.
#[derive(Debug, Default)]
struct Waiting(VecDeque<oneshot::Sender<()>>);

impl Waiting {
    /// Adds a connection, in the place of the oldest if need be. The receiver completes when a later
    /// one takes its place.
    fn enter(&mut self) -> oneshot::Receiver<()> {
        self.0.retain(|connection| !connection.is_closed());
        if self.0.len() == MAX_WAITING {
            self.0.pop_front();
        }
        let (place, evicted) = oneshot::channel();
        self.0.push_back(place);
        evicted
    }
}

/// Reads one request. The inner error is a sentence for the client.
async fn read_request(stream: &mut UnixStream) -> io::Result<Result<Command, String>> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream.take(MAX_REQUEST));
    timeout(REQUEST_LIMIT, reader.read_until(b'\n', &mut line)).await??;
    Ok(match str::from_utf8(&line) {
        Ok(line) if line.ends_with('\n') => line.parse(),
        _ => Err(format!(
            "a request is a line of text (UTF-8) of at most {MAX_REQUEST} octets"
        )),
    })
}

/// Executes a command, and writes its answer.
async fn answer<N: Network, C: ServerSelection>(
    stream: UnixStream,
    request: Result<Command, String>,
    control: &Control<N, C>,
) -> io::Result<()> {
    let mut writer = BufWriter::new(stream);
    let text = match request {
        Ok(Command::Dump) => {
            writer.write_all(format!("{OK}\n").as_bytes()).await?;
            for keys in control.cached_keys().chunks(DUMP_CHUNK) {
                writer.write_all(control.dump(keys).as_bytes()).await?;
            }
            String::new()
        }
        Ok(command) => match control.execute(&command).await {
            Ok(text) => format!("{OK}\n{}", ended(&text)),
            Err(text) => format!("{ERROR}\n{}", ended(&text)),
        },
        Err(text) => format!("{ERROR}\n{}", ended(&text)),
    };
    writer
        .write_all(format!("{text}{END}\n").as_bytes())
        .await?;
    writer.flush().await
}

/// The number of RRsets that are written with one lock of the cache.
const DUMP_CHUNK: usize = 256;

/// Returns a text that ends with a line feed, if there is any.
fn ended(text: &str) -> String {
    match text.trim_end() {
        "" => String::new(),
        text => format!("{text}\n"),
    }
}
