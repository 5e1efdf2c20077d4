//! The same thing done with each of many, some at once: for what waits for answers, not for the processor.

use std::sync::{Mutex, PoisonError};

/// Threads at the most.
pub const AT_ONCE_MAX: usize = 64;

/// Does something with each item of an iterator, on so many threads at once (between 1 and [`AT_ONCE_MAX`]).
///
/// The iterator is pulled as there is room, and by one thread at a time: it may count what was begun, and end early to
/// stop.
///
/// # Errors
/// The first one; items that were begun are ended, the rest is left. A panic is passed on.
pub fn each_at_once<I, E>(items: I, threads: usize, act: impl Fn(I::Item) -> Result<(), E> + Sync) -> Result<(), E>
where
    I: Iterator + Send,
    E: Send,
{
    let threads = threads.clamp(1, AT_ONCE_MAX).min(items.size_hint().1.unwrap_or(AT_ONCE_MAX).max(1));
    let (items, failure) = (Mutex::new(items.fuse()), Mutex::new(None));
    let has_failed = || failure.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    let next = || {
        if has_failed() {
            return None;
        }
        // A poisoned lock means that the iterator panicked in another thread; its panic is passed on by the join.
        items.lock().ok()?.next()
    };
    let work = || {
        while let Some(item) = next() {
            if let Err(error) = act(item) {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work();
        for other in others {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Does the same and returns what came of each, in the order of the items.
///
/// # Errors
/// As [`each_at_once`].
pub fn map_at_once<I, T, E>(items: I, threads: usize, act: impl Fn(I::Item) -> Result<T, E> + Sync) -> Result<Vec<T>, E>
where
    I: Iterator + Send,
    T: Send,
    E: Send,
{
    let done = Mutex::new(Vec::new());
    each_at_once(items.enumerate(), threads, |(place, item)| {
        let result = act(item)?;
        done.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
        Ok(())
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn each_is_done_once_and_so_many_go_at_once() {
        let (seen, barrier) = (Mutex::new(BTreeSet::new()), Barrier::new(4));
        let act = |number: usize| {
            // Nobody passes before four have come.
            barrier.wait();
            assert!(seen.lock().expect("nobody panics").insert(number), "{number} twice");
            Ok::<(), ()>(())
        };
        assert_eq!(each_at_once(0..40, 4, act), Ok(()));
        assert_eq!(seen.into_inner().expect("nobody panicked").len(), 40);
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let barrier = Barrier::new(2);
        let act = |number: u32| {
            barrier.wait();
            // Of the two the second is sooner done.
            std::thread::sleep(std::time::Duration::from_millis(u64::from(number.is_multiple_of(2)) * 5));
            Ok::<_, ()>(number * 2)
        };
        assert_eq!(map_at_once(0..10, 2, act), Ok((0..10).map(|number| number * 2).collect()));
    }

    #[test]
    fn after_a_failure_nothing_more_is_begun() {
        let begun = AtomicUsize::new(0);
        let act = |number| {
            begun.fetch_add(1, Ordering::SeqCst);
            if number == 3 { Err(number) } else { Ok(()) }
        };
        assert_eq!(each_at_once(0..1_000, 1, act), Err(3));
        assert_eq!(begun.into_inner(), 4);
        assert_eq!(each_at_once(std::iter::empty::<u32>(), 8, Err), Ok(()));
    }

    #[test]
    #[should_panic(expected = "the third")]
    fn a_panic_is_passed_on() {
        let act = |number| if number == 3 { panic!("the third") } else { Ok::<(), ()>(()) };
        let _never = each_at_once(0..100, 4, act);
    }
}
