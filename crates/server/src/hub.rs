//! From the queue's events to every socket that should hear of them.
//!
//! The queue tells of each event under its own lock, so events arrive in order; the hub turns each
//! into messages and puts them into outboxes, under a lock of its own and without ever waiting. A
//! socket that connects takes its greeting under the same lock, so that nothing falls between the
//! greeting and the first event.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tintype_jobs::Event;
use tintype_protocol::models::Transfer;
use tintype_protocol::{ClientId, PromptId};

use crate::dialect::{Addressed, Audience, Dialect, Tongue};
use crate::live::{Change, Ended, LiveJobs};
use crate::outbox::{CloseReason, Outbox, Outgoing};

/// Tells sockets what happens.
pub(crate) struct Hub {
    /// A std mutex: nothing is awaited while it is held, and what is done under it takes
    /// microseconds.
    state: Mutex<State>,
    missed_for: Duration,
    backlog_bytes: usize,
}

#[derive(Default)]
struct State {
    jobs: LiveJobs,
    sockets: BTreeMap<SocketId, Member>,
    next_socket: SocketId,
    /// What is being done to models, by their ids.
    transfers: BTreeMap<String, Transfer>,
    /// Jobs that ended lately.
    ended: HashMap<PromptId, Arc<Ended>>,
    /// Of those, what each client has not been told, in the order of their ends.
    missed: HashMap<ClientId, Vec<PromptId>>,
}

type SocketId = u64;

/// A connected socket.
struct Member {
    client: ClientId,
    tongue: Tongue,
    outbox: Arc<Outbox>,
}

impl Hub {
    pub(crate) fn new(missed_for: Duration, backlog_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            missed_for,
            backlog_bytes,
        }
    }

    /// Takes in an event and tells of it. Never waits for a reader.
    pub(crate) fn hear(&self, event: &Event) {
        let mut state = self.lock();
        let change = state.jobs.apply(event);
        if let Change::Ended(ended) = &change {
            state.forget_before(self.missed_for);
            state.ended.insert(ended.id, Arc::clone(ended));
            state.remember_for_absent(ended);
        }
        state.tell(event, &change);
    }

    /// Takes in what is done to a model and tells every socket.
    pub(crate) fn hear_of_model(&self, transfer: &Transfer) {
        let mut state = self.lock();
        if transfer.step.is_end() {
            state.transfers.remove(&transfer.model);
        } else {
            let model = transfer.model.clone();
            state.transfers.insert(model, transfer.clone());
        }
        for member in state.sockets.values() {
            if let Some(message) = member.tongue.model(transfer) {
                member.outbox.push(message);
            }
        }
    }

    /// Lets a socket in. What it is to be told first waits in its outbox already.
    pub(crate) fn join(self: &Arc<Self>, client: ClientId, tongue: Tongue) -> Membership {
        let outbox = Arc::new(Outbox::new(self.backlog_bytes));
        let mut state = self.lock();
        state.forget_before(self.missed_for);
        state.greet(&client, tongue, &outbox);
        let id = state.next_socket;
        state.next_socket += 1;
        let member = Member {
            client,
            tongue,
            outbox: Arc::clone(&outbox),
        };
        state.sockets.insert(id, member);
        drop(state);
        Membership {
            hub: Arc::clone(self),
            id,
            outbox,
        }
    }

    /// How many sockets are connected.
    pub(crate) fn sockets(&self) -> usize {
        self.lock().sockets.len()
    }

    /// Closes every socket, once what waits for it is sent.
    pub(crate) fn close(&self) {
        for member in self.lock().sockets.values() {
            member.outbox.close(CloseReason::GoingAway);
        }
    }

    fn leave(&self, id: SocketId) {
        let mut state = self.lock();
        let Some(member) = state.sockets.remove(&id) else {
            return;
        };
        // Others of the same client have heard it.
        if !state.is_connected(&member.client) {
            let unsent = member.outbox.unsent();
            let ends = unsent.iter().filter_map(|message| message.ends);
            state.missed.entry(member.client).or_default().extend(ends);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic leaves is still a list of sockets; they need it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&self, event: &Event, change: &Change) {
        let now = self.jobs.overview();
        let mut said: HashMap<Tongue, Vec<Addressed>> = HashMap::new();
        let owner = event.job().client.as_ref();
        for member in self.sockets.values() {
            let messages = said.entry(member.tongue).or_insert_with(|| match change {
                Change::Ended(ended) => member.tongue.ended(ended, now),
                Change::Live(id) => self
                    .jobs
                    .get(*id)
                    .map(|job| member.tongue.event(event, job, now))
                    .unwrap_or_default(),
            });
            for Addressed { audience, message } in messages {
                if *audience == Audience::Everyone || member.follows(owner) {
                    member.outbox.push(message.clone());
                }
            }
        }
    }

    fn greet(&mut self, client: &ClientId, tongue: Tongue, outbox: &Outbox) {
        let now = self.jobs.overview();
        let jobs = self.jobs.of(client).into_iter();
        let greeting = tongue.greeting(client, jobs, now);
        let missed = self.missed.remove(client).unwrap_or_default();
        let missed = missed
            .iter()
            .filter_map(|id| self.ended.get(id))
            .flat_map(|ended| tongue.missed(ended, now));
        let models = self.transfers.values();
        let models = models.filter_map(|transfer| tongue.model(transfer));
        let messages: Vec<Outgoing> = greeting.into_iter().chain(missed).chain(models).collect();
        for message in messages {
            outbox.push(message);
        }
    }

    fn remember_for_absent(&mut self, ended: &Ended) {
        if let Some(client) = &ended.client
            && !self.is_connected(client)
        {
            let missed = self.missed.entry(client.clone()).or_default();
            missed.push(ended.id);
        }
    }

    fn is_connected(&self, client: &ClientId) -> bool {
        self.sockets.values().any(|member| member.client == *client)
    }

    fn forget_before(&mut self, age: Duration) {
        let Some(limit) = Instant::now().checked_sub(age) else {
            return;
        };
        self.ended.retain(|_, ended| ended.heard > limit);
        let ended = &self.ended;
        self.missed.retain(|_, jobs| {
            jobs.retain(|id| ended.contains_key(id));
            !jobs.is_empty()
        });
    }
}

impl Member {
    /// Whether it hears what concerns a job of `owner`. A job that nobody in particular queued
    /// concerns everybody, except that ComfyUI tells nobody of it.
    fn follows(&self, owner: Option<&ClientId>) -> bool {
        match owner {
            Some(owner) => *owner == self.client,
            None => self.tongue.dialect == Dialect::Tintype,
        }
    }
}

/// A socket's place in the hub, given up when dropped.
pub(crate) struct Membership {
    hub: Arc<Hub>,
    id: SocketId,
    pub(crate) outbox: Arc<Outbox>,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}
