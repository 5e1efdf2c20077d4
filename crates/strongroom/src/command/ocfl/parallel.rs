//! The objects of a storage root, checked many at once and told in order.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

use digests::Limits;
use ocfl::{Depth, ObjectReport, Report, RootCheck, RootReport, SubTree, Tree, Unchecked, validate_object_with};

/// Objects that may be checked ahead of one that takes long; what they found is held in memory meanwhile.
const AHEAD_MAX: u64 = 64;

/// Checks every object of a root on as many threads as there are cores, and tells of each in order of paths.
///
/// An object that passes a bound is told as one that could not be checked, and the others go on.
///
/// # Errors
/// The root cannot be listed.
pub fn check_root(
    tree: &dyn Tree,
    depth: Depth,
    mut tell: impl FnMut(&ObjectReport),
) -> Result<RootReport, ocfl::Error> {
    let limits = Limits::default();
    let queue = Queue {
        state: Mutex::new(State { check: RootCheck::open(tree)?, taken: 0, settled: 0, is_over: false }),
        settled: Condvar::new(),
    };
    // Each thread checks an object of its own; the buffers are shared out among them.
    let each = Limits { threads: 1, buffer_bytes: limits.buffer_bytes / limits.threads.max(1) };
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..limits.threads.max(1) {
            let (sender, queue) = (sender.clone(), &queue);
            scope.spawn(move || {
                let _alarm = Alarm(queue);
                while let Some((number, path)) = queue.next() {
                    let report = check_object(&SubTree::new(tree, &path), depth, each);
                    if sender.send((number, path, report)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let _alarm = Alarm(&queue);
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, path, report) in receiver {
            waiting.insert(number, (path, report));
            while let Some((path, report)) = waiting.remove(&next) {
                tell(&queue.settle(path, report));
                next += 1;
            }
        }
    });
    let state = queue.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(state.check.finish())
}

/// Checks one object; that it could not be checked at all is part of the report.
pub fn check_object(tree: &dyn Tree, depth: Depth, limits: Limits) -> Report {
    match validate_object_with(tree, depth, limits) {
        Ok(report) => report,
        Err(ocfl::Error::Read { path, source }) => unchecked(path, source),
        Err(error) => unchecked(String::new(), io::Error::other(error)),
    }
}

fn unchecked(path: String, error: io::Error) -> Report {
    Report { unchecked: vec![Unchecked { path, error }], ..Report::default() }
}

/// The objects still to be checked, shared by all threads.
struct Queue<'tree> {
    state: Mutex<State<'tree>>,
    settled: Condvar,
}

struct State<'tree> {
    check: RootCheck<'tree>,
    taken: u64,
    settled: u64,
    /// A thread has panicked: the others must not wait for it.
    is_over: bool,
}

/// Lets go of the waiting threads when the one that holds this panics.
struct Alarm<'a, 'tree>(&'a Queue<'tree>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().is_over = true;
            self.0.settled.notify_all();
        }
    }
}

impl<'tree> Queue<'tree> {
    fn lock(&self) -> MutexGuard<'_, State<'tree>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<(u64, String)> {
        let mut state = self.lock();
        while !state.is_over && state.taken - state.settled >= AHEAD_MAX {
            state = self.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over {
            return None;
        }
        let path = state.check.next_object()?;
        state.taken += 1;
        Some((state.taken - 1, path))
    }

    fn settle(&self, path: String, report: Report) -> ObjectReport {
        let mut state = self.lock();
        state.settled += 1;
        self.settled.notify_all();
        state.check.settle(path, report)
    }
}
