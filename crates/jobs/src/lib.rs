//! The queue: job states, the store, the worker, progress and events.
