//! [`Flights`]: one search for all who ask the same at the same time, and not too many searches.
//!
//! When a popular name's TTL ends, everybody asks for it in the same moment. They all want the same thing, so that one search is
//! enough. It is also safer: a resolver that asks the same question a hundred times at once gives a forger a hundred ids to guess
//! at (RFC 5452 section 5).
//!
//! And whoever asks for names that nobody answers would like to have the resolver wait for all of them. There is a bound: when
//! it is reached, the search that has been waiting for longest is given up. It is the least likely to succeed. Those who would only
//! join a search are bounded, too, and turned away: a crowd that wants one thing costs nobody else anything.
//!
//! (Joined are those who ask the same. Searches for different names that come to need the same thing on their way, by an alias
//! perhaps, each ask for it themselves; unbound and others join those as well.)

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dnsparse::Question;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// What is being looked for at present.
#[derive(Debug)]
pub struct Flights<T> {
    limit: usize,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    next: u64,
    /// How many wait, on all flights together.
    clients: usize,
    flights: HashMap<Question, Flight<T>>,
    /// The same flights, the oldest first.
    by_age: BTreeMap<u64, Question>,
}

#[derive(Debug)]
struct Flight<T> {
    number: u64,
    clients: usize,
    result: watch::Receiver<Option<T>>,
    task: AbortHandle,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// None yet, and so many at the most; and so many clients altogether, beyond whom none can join.
    pub fn new(limit: usize) -> Arc<Flights<T>> {
        let state = State {
            next: 0,
            clients: 0,
            flights: HashMap::new(),
            by_age: BTreeMap::new(),
        };
        Arc::new(Flights {
            limit: limit.max(1),
            state: Mutex::new(state),
        })
    }

    /// How many there are at present.
    pub fn len(&self) -> usize {
        self.state().flights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The result of the search for a question: of the one that is on its way, or else of a new one, which goes on even if
    /// nobody waits for it any more, since the next to ask will be glad. None if it was given up, or had no seat left.
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

    /// A seat on the flight for a question, if there is one; it is given back when it is dropped.
    fn subscribe<F>(
        self: &Arc<Self>,
        question: &Question,
        search: impl FnOnce() -> F,
    ) -> Option<Waiter<T>>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut state = self.state();
        // todo: If there is no flight for this question, `start` with the search. Then take a seat on it.
        if !state.flights.contains_key(question) {
            self.start(&mut state, question, search());
        }
        self.add_waiter(&mut state, question)
        // end todo
    }

    /// Begins a search, in a task of its own.
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
            let found = search.await;
            // First gone, then heard of: who asks from now on finds it in the cache.
            drop(guard);
            sender.send_replace(Some(found));
        });
        state.next += 1;
        state.by_age.insert(number, question.clone());
        let flight = Flight {
            number,
            clients: 0,
            result,
            task: task.abort_handle(),
        };
        state.flights.insert(question.clone(), flight);
        state.give_up_beyond(self.limit);
    }

    /// One more who waits. The first on a flight always has a seat; those who join do as long as there are any.
    fn add_waiter(
        self: &Arc<Self>,
        state: &mut State<T>,
        question: &Question,
    ) -> Option<Waiter<T>> {
        let flight = state.flights.get_mut(question)?;
        if flight.clients > 0 && state.clients >= self.limit {
            return None;
        }
        flight.clients += 1;
        state.clients += 1;
        Some(Waiter {
            number: flight.number,
            result: flight.result.clone(),
            flights: Arc::clone(self),
            question: question.clone(),
        })
    }

    /// A task that panicked leaves the counts right: they are only ever changed together.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    /// Gives up the oldest flights, until there are no more than so many.
    fn give_up_beyond(&mut self, limit: usize) {
        // todo: While there are more flights than the limit, `remove` the one with the least number, and abort its task.
        while self.flights.len() > limit {
            let Some(number) = self.by_age.keys().next().copied() else {
                return;
            };
            if let Some(flight) = self.remove(number) {
                flight.task.abort();
            }
        }
        // end todo
    }

    /// Takes a flight out of the books, with all who wait for it.
    fn remove(&mut self, number: u64) -> Option<Flight<T>> {
        let question = self.by_age.remove(&number)?;
        let flight = self.flights.remove(&question)?;
        self.clients -= flight.clients;
        Some(flight)
    }
}

/// Takes a flight out of the books when its task ends, however that may be.
struct RemoveOnDrop<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    number: u64,
}

impl<T: Clone + Send + Sync + 'static> Drop for RemoveOnDrop<T> {
    fn drop(&mut self) {
        self.flights.state().remove(self.number);
    }
}

/// Somebody who waits.
struct Waiter<T: Clone + Send + Sync + 'static> {
    flights: Arc<Flights<T>>,
    question: Question,
    number: u64,
    result: watch::Receiver<Option<T>>,
}

impl<T: Clone + Send + Sync + 'static> Drop for Waiter<T> {
    fn drop(&mut self) {
        let mut state = self.flights.state();
        if let Some(flight) = state.flights.get_mut(&self.question)
            && flight.number == self.number
        {
            flight.clients -= 1;
            state.clients -= 1;
        }
    }
}
