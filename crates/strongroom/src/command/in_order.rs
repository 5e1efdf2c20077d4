//! Output of work that is done several at a time, in the order in which it was asked for.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes of output that may wait for their turn; past this the workers wait with theirs.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// Takes pieces by number in any order, and gives them out by rising number without a gap.
pub struct InOrder<P, W> {
    state: Mutex<State<P>>,
    turned: Condvar,
    write: W,
}

struct State<P> {
    next: usize,
    waiting: BTreeMap<usize, (usize, P)>,
    waiting_bytes: usize,
}

impl<P, W: Fn(P)> InOrder<P, W> {
    /// Begins with number 0.
    pub fn new(write: W) -> Self {
        let state = State { next: 0, waiting: BTreeMap::new(), waiting_bytes: 0 };
        Self { state: Mutex::new(state), turned: Condvar::new(), write }
    }

    /// Gives the last piece of a number, which takes so many bytes. Every number up to the highest must be given once,
    /// and numbers must be begun in rising order: then the one whose turn it is never waits here, and so nobody waits
    /// for ever.
    pub fn give(&self, number: usize, bytes: usize, piece: P) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let has_no_room =
            |state: &mut State<P>| state.next != number && state.waiting_bytes + bytes > WAITING_BYTES_MAX;
        let mut state = self.turned.wait_while(state, has_no_room).unwrap_or_else(PoisonError::into_inner);
        if state.next != number {
            state.waiting_bytes += bytes;
            state.waiting.insert(number, (bytes, piece));
            return;
        }
        (self.write)(piece);
        state.next += 1;
        let mut next = state.next;
        while let Some((bytes, piece)) = state.waiting.remove(&next) {
            state.waiting_bytes -= bytes;
            (self.write)(piece);
            next += 1;
        }
        state.next = next;
        self.turned.notify_all();
    }

    /// Gives a piece of a number that has more to come: waits for its turn, so that what grows is never kept.
    pub fn give_part(&self, number: usize, piece: P) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |state: &mut State<P>| state.next != number;
        let state = self.turned.wait_while(state, is_early).unwrap_or_else(PoisonError::into_inner);
        (self.write)(piece);
        drop(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_by_number_whatever_the_order_of_their_coming() {
        let out = Mutex::new(String::new());
        let order = InOrder::new(|text: String| out.lock().unwrap().push_str(&text));
        for number in [2, 1, 0, 4, 3] {
            order.give(number, 1, number.to_string());
        }
        assert_eq!(*out.lock().unwrap(), "01234");
    }

    #[test]
    fn parts_come_out_at_their_turn_and_before_what_follows() {
        let out = Mutex::new(String::new());
        let order = InOrder::new(|text: &str| out.lock().unwrap().push_str(text));
        std::thread::scope(|scope| {
            let order = &order;
            scope.spawn(move || {
                order.give_part(1, "b");
                order.give_part(1, "c");
                order.give(1, 1, "d");
            });
            scope.spawn(move || order.give(2, 1, "e"));
            scope.spawn(move || order.give(0, 1, "a"));
        });
        assert_eq!(*out.lock().unwrap(), "abcde");
    }

    #[test]
    fn large_texts_wait_outside_until_there_is_room() {
        let out = Mutex::new(Vec::new());
        let order = InOrder::new(|text: String| out.lock().unwrap().push(text.len()));
        std::thread::scope(|scope| {
            for number in [3, 2, 1] {
                let order = &order;
                let text = "x".repeat(WAITING_BYTES_MAX - number);
                scope.spawn(move || order.give(number, text.len(), text));
            }
            scope.spawn(|| order.give(0, 0, String::new()));
        });
        let expected: Vec<_> = (1..4).map(|number| WAITING_BYTES_MAX - number).collect();
        assert_eq!(*out.lock().unwrap(), [vec![0], expected].concat());
    }
}
