//! [`IdleSockets`]: connected sockets that have no query at present.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::{LIFETIME, MAX_IDLE};
use crate::arrivals::ArrivalSocket;

/// A socket that is connected to one server.
#[derive(Debug)]
pub(super) struct IdleSocket {
    pub(super) socket: ArrivalSocket,
    server: SocketAddr,
    opened: Instant,
    /// The last query. (It is kept for its buffer.)
    pub(super) query: Vec<u8>,
}

/// Sockets by the server that they are connected to.
#[derive(Debug, Default)]
pub(super) struct IdleSockets {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    by_server: HashMap<SocketAddr, Vec<IdleSocket>>,
    /// The number of sockets.
    count: usize,
    /// Whether a task closes those that have expired.
    is_swept: bool,
}

impl IdleSocket {
    pub(super) fn new(socket: ArrivalSocket, server: SocketAddr, opened: Instant) -> IdleSocket {
        IdleSocket {
            socket,
            server,
            opened,
            query: Vec::new(),
        }
    }

    fn has_expired(&self, now: Instant) -> bool {
        now >= self.opened + LIFETIME
    }

    /// Whether no datagram, and no error, is waiting in the socket.
    fn is_empty(&self) -> bool {
        let waiting = self.socket.try_receive(&mut [0]);
        waiting.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl IdleSockets {
    pub(super) fn len(&self) -> usize {
        self.table().count
    }

    /// Takes a socket that is connected to a server, if there is one that may be used again.
    pub(super) fn take(&self, server: SocketAddr) -> Option<IdleSocket> {
        let now = Instant::now();
        loop {
            let socket = self.table().pop(server)?;
            if !socket.has_expired(now) && socket.is_empty() {
                return Some(socket);
            }
        }
    }

    /// Keeps a socket for the next query to its server; closes it if it has expired, or if there are
    /// too many.
    pub(super) fn put(self: &Arc<Self>, socket: IdleSocket) {
        // At the end of the program there may be no runtime, and no query either.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if socket.has_expired(Instant::now()) {
            return;
        }
        let mut table = self.table();
        if table.count >= MAX_IDLE {
            return;
        }
        table.count += 1;
        let sockets = table.by_server.entry(socket.server).or_default();
        sockets.push(socket);
        if !std::mem::replace(&mut table.is_swept, true) {
            runtime.spawn(Arc::clone(self).sweep());
        }
    }

    /// Closes all sockets. Returns whether there were any.
    pub(super) fn clear(&self) -> bool {
        let mut table = self.table();
        table.by_server.clear();
        std::mem::take(&mut table.count) > 0
    }

    /// Closes the sockets that have expired, until there are no sockets.
    async fn sweep(self: Arc<Self>) {
        loop {
            sleep(LIFETIME).await;
            let mut table = self.table();
            table.close_expired(Instant::now());
            if table.count == 0 {
                table.is_swept = false;
                return;
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Takes the socket of a server that was used last.
    fn pop(&mut self, server: SocketAddr) -> Option<IdleSocket> {
        let socket = self.by_server.get_mut(&server)?.pop()?;
        self.count -= 1;
        Some(socket)
    }

    fn close_expired(&mut self, now: Instant) {
        self.by_server.retain(|_, sockets| {
            sockets.retain(|socket| !socket.has_expired(now));
            !sockets.is_empty()
        });
        self.count = self.by_server.values().map(Vec::len).sum();
    }
}
