//! [`Flights`]: one search for all equal questions at the same time, and a bound on the searches.
//!
//! When the TTL of a popular name ends, many clients ask for it in the same moment. One search is
//! enough for all of them: it is a *flight* here (Go calls the pattern singleflight). It is also
//! safer: a resolver that sends the same query a hundred times at once gives a forger a hundred ids
//! to guess (RFC 5452 section 5).
//!
//! An attacker may ask for names whose servers never reply, to keep the resolver waiting for all of
//! them. So the number of flights is bounded: beyond the limit, the oldest flight is aborted, as
//! the one that is least likely to succeed. The number of clients that join flights is bounded,
//! too, and further ones are turned away: a crowd with one question costs no other client its
//! flight.
//!
//! (Only equal questions share a flight. Searches for different names that need the same thing on
//! their way, the end of an alias perhaps, share the upstream query for it: `sharing.rs` in lesson
//! 8.)

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dnsparse::Question;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// A bounded table of the searches in flight.
#[derive(Debug)]
pub struct Flights<T> {
    limit: usize,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// The number of the next flight.
    next: u64,
    /// The number of waiters on all flights together.
    waiters: usize,
    flights: HashMap<Question, Flight<T>>,
    /// The questions of the same flights, the oldest flight first.
    by_age: BTreeMap<u64, Question>,
}

#[derive(Debug)]
struct Flight<T> {
    number: u64,
    waiters: usize,
    result: watch::Receiver<Option<T>>,
    task: AbortHandle,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Creates an empty table for at most `limit` flights. Once `limit` clients wait, no further
    /// client can join a flight.
    pub fn new(limit: usize) -> Arc<Flights<T>> {
        let state = State {
            next: 0,
            waiters: 0,
            flights: HashMap::new(),
            by_age: BTreeMap::new(),
        };
        Arc::new(Flights {
            limit: limit.max(1),
            state: Mutex::new(state),
        })
    }

    /// Returns the number of flights.
    pub fn len(&self) -> usize {
        self.state().flights.len()
    }

    /// Whether there is no flight.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits for the result of the flight for a question: of the present flight, or else of a new
    /// one with this search. Returns none if the flight is aborted, or if too many clients wait.
    ///
    /// A flight goes on when its last waiter is dropped: the cache has the result for the next
    /// client.
    pub async fn join<F>(
        self: &Arc<Self>,
        question: &Question,
        search: impl FnOnce() -> F,
    ) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut waiter = self.subscribe(question, search)?;
        waiter.result.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Adds a waiter to the flight for a question, and starts the flight if there is none. Returns
    /// none if too many clients wait.
    fn subscribe<F>(
        self: &Arc<Self>,
        question: &Question,
        search: impl FnOnce() -> F,
    ) -> Option<Waiter<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut state = self.state();
        todo!(
            "Return a waiter (`add_waiter`) on the flight for this question, which may have to `start` first."
        )
    }

    /// Starts a flight: its search runs in its own task.
    fn start(
        self: &Arc<Self>,
        state: &mut State<T>,
        question: &Question,
        search: impl Future<Output = T> + Send + 'static,
    ) {
        let number = state.next;
        let (sender, result) = watch::channel(None);
        let guard = RemoveOnDrop {
            flights: Arc::clone(self),
            number,
        };
        let task = tokio::spawn(async move {
            let result = search.await;
            // Remove the flight before publishing its result: the next client finds the cache
            // filled.
            drop(guard);
            sender.send_replace(Some(result));
        });
        state.next += 1;
        state.by_age.insert(number, question.clone());
        let flight = Flight {
            number,
            waiters: 0,
            result,
            task: task.abort_handle(),
        };
        state.flights.insert(question.clone(), flight);
        state.abort_oldest(self.limit);
    }

    /// Adds a waiter to a flight. The first waiter of a flight is always added; a further one only
    /// while fewer than `limit` clients wait.
    fn add_waiter(
        self: &Arc<Self>,
        state: &mut State<T>,
        question: &Question,
    ) -> Option<Waiter<T>> {
        todo!(
            "Make the waiter, and count it in its flight and in the sum of all; or return None if it is one too many."
        )
    }

    /// Locks the state. A task that panicked leaves it consistent, since its fields are only ever
    /// changed together.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Aborts the oldest flights, until at most `limit` are left.
    fn abort_oldest(&mut self, limit: usize) {
        todo!(
            "Bring the number of flights down to the `limit`. Nothing of an aborted flight goes on, neither in the table nor in its task."
        )
    }

    /// Removes a flight and its waiters from the table.
    fn remove(&mut self, number: u64) -> Option<Flight<T>> {
        let question = self.by_age.remove(&number)?;
        let flight = self.flights.remove(&question)?;
        self.waiters -= flight.waiters;
        Some(flight)
    }
}

/// Removes a flight from the table when its task ends: with a result, by a panic, or by an abort.
struct RemoveOnDrop<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    number: u64,
}

impl<T: Clone + Send + Sync + 'static> Drop for RemoveOnDrop<T> {
    fn drop(&mut self) {
        self.flights.state().remove(self.number);
    }
}

/// A client that waits for the result of a flight. Dropping the waiter leaves the flight.
struct Waiter<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    question: Question,
    number: u64,
    result: watch::Receiver<Option<T>>,
}

impl<T: Clone + Send + Sync + 'static> Drop for Waiter<T> {
    fn drop(&mut self) {
        todo!(
            "Leave the flight: this waiter no longer counts, neither there nor in the sum of all. (`remove` has subtracted the waiters of a flight that is gone.)"
        )
    }
}
