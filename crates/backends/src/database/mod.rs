//! The database: the registry and the queue.
