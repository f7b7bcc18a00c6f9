//! What the server remembers of jobs, from the events alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tintype_jobs::{Event, Failure, JobRef};
use tintype_protocol::{ClientId, JobStatus, NodeId, Outcome, Output, PromptId, Stage};

use crate::views;

/// The queue as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overview {
    pub(crate) status: JobStatus,
    /// Jobs that are queued or running.
    pub(crate) remaining: u32,
}

/// A job that is queued or running.
#[derive(Debug, Clone)]
pub(crate) struct LiveJob {
    pub(crate) id: PromptId,
    /// None for a job that nobody in particular queued.
    pub(crate) client: Option<ClientId>,
    pub(crate) state: LiveState,
    pub(crate) progress: Option<LastProgress>,
    /// The node at work.
    pub(crate) node: Option<AtWork>,
    /// Every node that has begun.
    pub(crate) nodes: BTreeMap<NodeId, NodeProgress>,
    /// The output nodes that are done, with what they made.
    pub(crate) executed: Vec<NodeId>,
}

/// The node at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AtWork {
    pub(crate) id: NodeId,
    pub(crate) class: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LiveState {
    /// 1 is the next to run.
    Queued {
        position: u32,
    },
    Running,
}

/// The last that was heard of how far a job has come.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LastProgress {
    pub(crate) value: f64,
    pub(crate) stage: Stage,
    pub(crate) node: Option<NodeId>,
    pub(crate) elapsed_ms: u64,
    pub(crate) eta_ms: Option<u64>,
}

/// How far a node has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NodeProgress {
    pub(crate) value: f64,
    pub(crate) max: f64,
    pub(crate) finished: bool,
}

/// A job that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) id: PromptId,
    pub(crate) client: Option<ClientId>,
    pub(crate) outcome: Outcome,
    pub(crate) failure: Option<Failure>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) elapsed_ms: u64,
    pub(crate) timings: BTreeMap<Stage, u64>,
    /// Milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Whether it ever left the queue.
    pub(crate) has_started: bool,
    /// The node that was at work at the end.
    pub(crate) node: Option<AtWork>,
    /// The output nodes that were done.
    pub(crate) executed: Vec<NodeId>,
    /// When this server heard of it.
    pub(crate) heard: Instant,
}

/// All jobs that are queued or running.
#[derive(Debug, Default)]
pub(crate) struct LiveJobs(HashMap<PromptId, LiveJob>);

/// What an event has done.
pub(crate) enum Change {
    /// This job is now so.
    Live(PromptId),
    /// This job is no more.
    Ended(Arc<Ended>),
}

impl LiveJobs {
    /// Takes in an event.
    pub(crate) fn apply(&mut self, event: &Event) -> Change {
        let JobRef { id, client } = &**event.job();
        let id = *id;
        let job = self.0.entry(id).or_insert_with(|| LiveJob {
            id,
            client: client.clone(),
            state: LiveState::Queued { position: 1 },
            progress: None,
            node: None,
            nodes: BTreeMap::new(),
            executed: Vec::new(),
        });
        match event {
            Event::Queued { position, .. } => {
                let position = u32::try_from(*position).unwrap_or(u32::MAX);
                *job = LiveJob {
                    state: LiveState::Queued { position },
                    progress: None,
                    node: None,
                    nodes: BTreeMap::new(),
                    executed: Vec::new(),
                    ..job.clone()
                };
            }
            Event::Started { .. } => job.state = LiveState::Running,
            Event::NodeStarted { node, class, .. } => job.node_started(node, class),
            Event::NodeProgress {
                node, value, max, ..
            } => job.node_progress(node, f64::from(*value), f64::from(*max)),
            Event::NodeEnded { node, outputs, .. } => job.node_ended(node, !outputs.is_empty()),
            Event::Progress {
                value,
                stage,
                node,
                elapsed_ms,
                eta_ms,
                ..
            } => {
                job.progress = Some(LastProgress {
                    // Tenths: what is below them is noise, and shorter to send.
                    value: (f64::from(*value) * 10.0).round() / 10.0,
                    stage: views::stage(*stage),
                    node: node.clone(),
                    elapsed_ms: *elapsed_ms,
                    eta_ms: *eta_ms,
                });
            }
            Event::Ended { .. } => {
                let ended = views::ended(event, job.clone());
                self.0.remove(&id);
                return ended.map_or(Change::Live(id), |ended| Change::Ended(Arc::new(ended)));
            }
        }
        Change::Live(id)
    }

    pub(crate) fn get(&self, id: PromptId) -> Option<&LiveJob> {
        self.0.get(&id)
    }

    /// A client's jobs, those next in line first.
    pub(crate) fn of(&self, client: &ClientId) -> Vec<&LiveJob> {
        let mut jobs: Vec<_> = self
            .0
            .values()
            .filter(|job| job.client.as_ref().is_none_or(|owner| owner == client))
            .collect();
        jobs.sort_by_key(|job| match job.state {
            LiveState::Running => 0,
            LiveState::Queued { position } => position,
        });
        jobs
    }

    /// The queue as a whole.
    pub(crate) fn overview(&self) -> Overview {
        let running = self.0.values().any(|job| job.state == LiveState::Running);
        Overview {
            status: match (running, self.0.is_empty()) {
                (true, _) => JobStatus::Executing,
                (false, false) => JobStatus::Queued,
                (false, true) => JobStatus::Idle,
            },
            remaining: u32::try_from(self.0.len()).unwrap_or(u32::MAX),
        }
    }
}

impl Ended {
    /// The node that was at work at the end; empty if none was.
    pub(crate) fn node_id(&self) -> NodeId {
        let node = self.node.as_ref();
        node.map_or_else(|| NodeId::new(""), |node| node.id.clone())
    }

    /// The class of that node.
    pub(crate) fn node_class(&self) -> String {
        let node = self.node.as_ref();
        node.map(|node| node.class.clone()).unwrap_or_default()
    }
}

impl LiveJob {
    /// Whether it has left the queue.
    pub(crate) fn has_started(&self) -> bool {
        self.state == LiveState::Running
    }

    fn node_started(&mut self, node: &NodeId, class: &str) {
        self.node = Some(AtWork {
            id: node.clone(),
            class: class.to_owned(),
        });
        self.nodes.insert(
            node.clone(),
            NodeProgress {
                value: 0.0,
                max: 1.0,
                finished: false,
            },
        );
    }

    fn node_progress(&mut self, node: &NodeId, value: f64, max: f64) {
        if let Some(state) = self.nodes.get_mut(node) {
            (state.value, state.max) = (value, max);
        }
    }

    fn node_ended(&mut self, node: &NodeId, made_outputs: bool) {
        if let Some(state) = self.nodes.get_mut(node) {
            state.value = state.max;
            state.finished = true;
        }
        if made_outputs {
            self.executed.push(node.clone());
        }
    }
}
