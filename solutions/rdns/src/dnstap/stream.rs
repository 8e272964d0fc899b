//! [`Stream`]: the thread that writes messages to a file or a socket.
//!
//! A collector may be restarted, or not be there yet: the thread connects again, and messages wait in
//! the queue until it is full. A collector that takes nothing for [`WRITE_LIMIT`] is treated the same.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::Counts;
use super::frames::{self, Control};
use crate::config::dnstap::DnstapConfig;
use crate::config::input::check_kind;
use crate::lossy_queue::{Items, LossyQueue};
use crate::privileges::drop_capabilities;

/// The maximum number of messages that wait to be written.
const MAX_MESSAGES: usize = 32_768;
/// The maximum number of octets of these messages together.
const MAX_OCTETS: usize = 16 << 20;
/// The octets after which no further message is added to those that are written in one call.
const BATCH: usize = 64 << 10;
/// The maximum number of octets of a file; further messages are lost.
const MAX_FILE: u64 = 1 << 30;
/// The time that a collector has to take some octets, and to answer a control frame.
#[cfg(unix)]
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// The pause before the next try to connect.
const RECONNECT: Duration = Duration::from_secs(1);
/// The interval at which a thread in that pause looks whether its stream has ended.
const POLL: Duration = Duration::from_millis(50);
/// The number of tries to lock a file.
#[cfg(unix)]
const LOCK_TRIES: usize = 10;

/// Where messages are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A file.
    File(PathBuf),
    /// The Unix socket of a collector.
    Socket(PathBuf),
}

impl Target {
    /// Returns the target of a configuration, if it has one.
    pub(super) fn of(config: &DnstapConfig) -> Option<Target> {
        let socket = config.socket.clone().map(Target::Socket);
        socket.or_else(|| config.file.clone().map(Target::File))
    }
}

/// A stream of messages. Dropping it ends the stream, once the messages in the queue are written.
#[derive(Debug)]
pub(super) struct Stream {
    target: Target,
    /// The file that is written, if the target is one.
    file: Option<FileId>,
    messages: LossyQueue,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether no further message will come: a collector that is not there is not waited for.
    is_ending: AtomicBool,
    /// Whether the thread has ended.
    ended: Arc<AtomicBool>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.state.is_ending.store(true, Ordering::Relaxed);
    }
}

impl Stream {
    /// Opens the file, or has the thread connect to the socket.
    ///
    /// # Errors
    /// If the file cannot be created, or the system has no more threads.
    pub(super) fn start(target: Target, counts: Arc<Counts>) -> io::Result<Stream> {
        let mut output = Output::open(&target)?;
        let file = output.file_id();
        let (messages, queue) = LossyQueue::new(MAX_MESSAGES, MAX_OCTETS);
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        thread::Builder::new()
            .name("dnstap".to_owned())
            .spawn(move || {
                // The main thread says why, if it cannot be done.
                let _ = drop_capabilities();
                output.prepare();
                write_all(&queue, &mut output, &counts, &shared.is_ending);
                output.close();
                shared.ended.store(true, Ordering::Release);
            })?;
        Ok(Stream {
            target,
            file,
            messages,
            state,
        })
    }

    /// Whether the stream is the one to this target: the same socket, or the same file, which has not
    /// been moved away. (Another one may have its name by then.)
    pub(super) fn goes_on(&self, target: &Target) -> bool {
        self.target == *target
            && match target {
                Target::File(path) => fs::metadata(path).is_ok_and(|it| Some(id(&it)) == self.file),
                Target::Socket(_) => true,
            }
    }

    /// Puts a message into the queue. Returns whether it had room.
    pub(super) fn send(&self, message: Vec<u8>) -> bool {
        self.messages.send(message)
    }

    /// Returns whether the thread has ended, as it will be known once the stream is dropped.
    pub(super) fn ended(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.state.ended)
    }
}

/// Writes messages until the stream is dropped, several in one call if they are there.
fn write_all(queue: &Items, output: &mut Output, counts: &Counts, is_ending: &AtomicBool) {
    let mut batch = Vec::new();
    while let Some(first) = queue.next() {
        batch.clear();
        let (mut number, mut octets) = (0, 0);
        let mut next = Some(first);
        while let Some(message) = next {
            frames::append_data(&message, &mut batch);
            number += 1;
            octets += message.len();
            next = (batch.len() < BATCH)
                .then(|| queue.next_if_ready())
                .flatten();
        }
        let counter = match output.write(&batch, is_ending) {
            true => &counts.written,
            false => &counts.lost,
        };
        counter.fetch_add(number, Ordering::Relaxed);
        queue.remove(number, octets);
    }
}

/// An open target.
#[derive(Debug)]
enum Output {
    File(FileOutput),
    #[cfg(unix)]
    Socket(socket::SocketOutput),
}

impl Output {
    fn open(target: &Target) -> io::Result<Output> {
        match target {
            Target::File(path) => FileOutput::create(path).map(Output::File),
            #[cfg(unix)]
            Target::Socket(path) => Ok(Output::Socket(socket::SocketOutput::new(path))),
            #[cfg(not(unix))]
            Target::Socket(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn file_id(&self) -> Option<FileId> {
        match self {
            Output::File(file) => file.file.metadata().ok().map(|it| id(&it)),
            #[cfg(unix)]
            Output::Socket(_) => None,
        }
    }

    /// Begins a stream, in the thread that may wait.
    fn prepare(&mut self) {
        match self {
            Output::File(_) => {}
            #[cfg(unix)]
            Output::Socket(socket) => socket.prepare(),
        }
    }

    /// Writes whole frames. Returns whether they were written.
    fn write(&mut self, frames: &[u8], is_ending: &AtomicBool) -> bool {
        match self {
            Output::File(file) => file.write(frames),
            #[cfg(unix)]
            Output::Socket(socket) => socket.write(frames, is_ending),
        }
    }

    /// Ends the stream. An end that cannot be written is missed by the reader alone.
    fn close(&mut self) {
        match self {
            Output::File(file) => drop(file.file.write_all(&frames::control(Control::Stop))),
            #[cfg(unix)]
            Output::Socket(socket) => socket.close(),
        }
    }
}

/// A file.
#[derive(Debug)]
struct FileOutput {
    path: PathBuf,
    file: File,
    /// The number of octets in it.
    length: u64,
    /// Whether the last write failed, and the log has a line about that.
    has_failed: bool,
}

impl FileOutput {
    /// Creates a file with the beginning of a stream. One stream fills a file, so a file with messages
    /// is renamed: it gets `.old` at its end.
    fn create(path: &Path) -> io::Result<FileOutput> {
        let (start, stop) = (
            frames::control(Control::Start),
            frames::control(Control::Stop),
        );
        // A pipe would keep the server waiting for its reader.
        if path.exists() {
            check_kind(path)?;
            lock(&File::options().append(true).open(path)?)?;
            if !has_no_message(path, &[start.clone(), stop].concat())? {
                let mut old = path.as_os_str().to_owned();
                old.push(".old");
                fs::rename(path, old)?;
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        lock(&file)?;
        file.write_all(&start)?;
        Ok(FileOutput {
            path: path.to_owned(),
            file,
            length: start.len() as u64,
            has_failed: false,
        })
    }

    fn write(&mut self, frames: &[u8]) -> bool {
        let length = self.length + frames.len() as u64;
        let written = match length > MAX_FILE {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => self.file.write_all(frames),
        };
        if let Err(error) = &written {
            // A frame that is written in part would make all later ones unreadable.
            let _too_late = self.file.set_len(self.length);
            let _too_late = self.file.seek(SeekFrom::Start(self.length));
            if !self.has_failed {
                let path = self.path.display();
                tracing::error!(target: "rdns", "dnstap: messages are lost: {path}: {error}");
            }
        } else {
            self.length = length;
        }
        self.has_failed = written.is_err();
        written.is_ok()
    }
}

/// Whether a file is empty, or a stream without messages, with its end or without it. Of `empty`, that
/// stream, the file has no more than the whole then.
fn has_no_message(path: &Path, empty: &[u8]) -> io::Result<bool> {
    let is_short = fs::metadata(path)?.len() <= empty.len() as u64;
    Ok(is_short && empty.starts_with(&fs::read(path)?))
}

/// What tells one file from another with the same name.
type FileId = (u64, u64);

#[cfg(unix)]
fn id(file: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

/// On this system, a file is not moved away while it is open.
#[cfg(not(unix))]
fn id(_file: &Metadata) -> FileId {
    (0, 0)
}

/// Locks a file for as long as it is open: two processes would mix their messages, and the second one
/// would rename the file of the first.
#[cfg(unix)]
fn lock(file: &File) -> io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    // The stream before a reload may still have the lock for a moment.
    for _ in 0..LOCK_TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => thread::sleep(POLL),
            result => return Ok(result?),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::ResourceBusy,
        "another process writes into it",
    ))
}

#[cfg(not(unix))]
fn lock(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
mod socket {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use socket2::{Domain, SockAddr, Socket, Type};

    use super::*;

    /// A connection to a collector, which is opened again after it was closed.
    #[derive(Debug)]
    pub(super) struct SocketOutput {
        path: PathBuf,
        stream: Option<UnixStream>,
        /// Whether the log has a line about the collector not being there.
        has_failed: bool,
    }

    impl SocketOutput {
        pub(super) fn new(path: &Path) -> SocketOutput {
            SocketOutput {
                path: path.to_owned(),
                stream: None,
                has_failed: false,
            }
        }

        /// Connects, if the collector is there; otherwise the first message waits for it.
        pub(super) fn prepare(&mut self) {
            self.stream = self.connect().ok();
        }

        pub(super) fn write(&mut self, frames: &[u8], is_ending: &AtomicBool) -> bool {
            while let Some(stream) = self.connected(is_ending) {
                let mut rest = frames;
                let written = loop {
                    match stream.write(rest) {
                        Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => break Err(error),
                    }
                    if rest.is_empty() {
                        break Ok(());
                    }
                };
                let Err(error) = written else {
                    return true;
                };
                self.stream = None;
                self.log(&error);
                // Frames of which the old connection has taken a part are not sent twice.
                if rest.len() < frames.len() {
                    return false;
                }
            }
            false
        }

        pub(super) fn close(&mut self) {
            if let Some(mut stream) = self.stream.take() {
                let _collector_is_gone = frames::close(&mut stream);
            }
        }

        /// Returns the connection, and waits for it as long as the stream goes on.
        fn connected(&mut self, is_ending: &AtomicBool) -> Option<&mut UnixStream> {
            while self.stream.is_none() {
                match self.connect() {
                    Ok(stream) => {
                        self.stream = Some(stream);
                        self.has_failed = false;
                    }
                    Err(error) => {
                        self.log(&error);
                        let next = Instant::now() + RECONNECT;
                        while Instant::now() < next {
                            if is_ending.load(Ordering::Relaxed) {
                                return None;
                            }
                            thread::sleep(POLL);
                        }
                    }
                }
            }
            self.stream.as_mut()
        }

        fn connect(&self) -> io::Result<UnixStream> {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
            socket.set_write_timeout(Some(WRITE_LIMIT))?;
            socket.set_read_timeout(Some(WRITE_LIMIT))?;
            socket.connect(&SockAddr::unix(&self.path)?)?;
            let mut stream = UnixStream::from(OwnedFd::from(socket));
            frames::open(&mut stream)?;
            Ok(stream)
        }

        fn log(&mut self, error: &io::Error) {
            if !std::mem::replace(&mut self.has_failed, true) {
                let path = self.path.display();
                tracing::error!(target: "rdns", "dnstap: no connection to {path}: {error}");
            }
        }
    }
}
