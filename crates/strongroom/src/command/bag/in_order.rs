//! Output of work that is done several at a time, in the order in which it was asked for.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes of output that may wait for their turn; past this the workers wait with theirs.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// Takes texts by number in any order, and gives them out by rising number without a gap.
pub struct InOrder<W> {
    state: Mutex<State>,
    turned: Condvar,
    write: W,
}

#[derive(Default)]
struct State {
    next: usize,
    waiting: BTreeMap<usize, String>,
    waiting_bytes: usize,
}

impl<W: Fn(&str)> InOrder<W> {
    /// Begins with number 0.
    pub fn new(write: W) -> Self {
        Self { state: Mutex::default(), turned: Condvar::new(), write }
    }

    /// Gives the text of a number. Every number up to the highest must be given once, and numbers must be begun in
    /// rising order: then the one whose turn it is never waits here, and so nobody waits for ever.
    pub fn give(&self, number: usize, text: String) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let has_no_room =
            |state: &mut State| state.next != number && state.waiting_bytes + text.len() > WAITING_BYTES_MAX;
        let mut state = self.turned.wait_while(state, has_no_room).unwrap_or_else(PoisonError::into_inner);
        if state.next != number {
            state.waiting_bytes += text.len();
            state.waiting.insert(number, text);
            return;
        }
        (self.write)(&text);
        state.next += 1;
        let mut next = state.next;
        while let Some(text) = state.waiting.remove(&next) {
            state.waiting_bytes -= text.len();
            (self.write)(&text);
            next += 1;
        }
        state.next = next;
        self.turned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_by_number_whatever_the_order_of_their_coming() {
        let out = Mutex::new(String::new());
        let order = InOrder::new(|text: &str| out.lock().unwrap().push_str(text));
        for number in [2, 1, 0, 4, 3] {
            order.give(number, number.to_string());
        }
        assert_eq!(*out.lock().unwrap(), "01234");
    }

    #[test]
    fn large_texts_wait_outside_until_there_is_room() {
        let out = Mutex::new(Vec::new());
        let order = InOrder::new(|text: &str| out.lock().unwrap().push(text.len()));
        std::thread::scope(|scope| {
            for number in [3, 2, 1] {
                let order = &order;
                scope.spawn(move || order.give(number, "x".repeat(WAITING_BYTES_MAX - number)));
            }
            scope.spawn(|| order.give(0, String::new()));
        });
        let expected: Vec<_> = (1..4).map(|number| WAITING_BYTES_MAX - number).collect();
        assert_eq!(*out.lock().unwrap(), [vec![0], expected].concat());
    }
}
