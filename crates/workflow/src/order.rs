//! In which order nodes run, and which wait for themselves.
//!
//! Both walks do without recursion: a chain may be as long as a workflow.

use std::collections::{BTreeMap, BTreeSet};

use tintype_protocol::NodeId;

use crate::Fault;
use crate::values::Surroundings;

/// What the outputs need.
pub(crate) struct Order<'a> {
    /// The nodes, each after those that it reads from.
    pub(crate) nodes: Vec<&'a NodeId>,
    /// Nodes that wait for themselves.
    pub(crate) cycles: BTreeMap<NodeId, Vec<Fault>>,
}

/// Walks from the outputs to what they read from, depth first.
pub(crate) fn order<'a>(around: &Surroundings<'a>, outputs: &[&'a NodeId]) -> Order<'a> {
    let mut order = Order {
        nodes: Vec::new(),
        cycles: BTreeMap::new(),
    };
    let mut done = BTreeSet::new();
    for output in outputs {
        // The way from the output to here, each node with what it still has to look at.
        let mut way: Vec<(&NodeId, Vec<&NodeId>)> = vec![(output, around.sources(output))];
        let mut on_way = BTreeSet::from([*output]);
        while let Some((node, left)) = way.last_mut() {
            let node = *node;
            let Some(next) = left.pop() else {
                if done.insert(node) {
                    order.nodes.push(node);
                }
                on_way.remove(node);
                way.pop();
                continue;
            };
            if on_way.contains(next) {
                let round = way.iter().map(|(node, _)| *node);
                let mut nodes: Vec<_> = round.skip_while(|node| *node != next).cloned().collect();
                nodes.push(next.clone());
                let faults = order.cycles.entry(next.clone()).or_default();
                if faults.is_empty() {
                    faults.push(Fault::Cycle { nodes });
                }
            } else if !done.contains(next) {
                way.push((next, around.sources(next)));
                on_way.insert(next);
            }
        }
    }
    order
}

/// An output and everything that it needs.
pub(crate) fn needed<'a>(around: &Surroundings<'a>, output: &'a NodeId) -> BTreeSet<&'a NodeId> {
    let mut needed = BTreeSet::from([output]);
    let mut left = vec![output];
    while let Some(node) = left.pop() {
        for source in around.sources(node) {
            if needed.insert(source) {
                left.push(source);
            }
        }
    }
    needed
}
