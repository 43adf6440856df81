//! Memory for feature maps, used again.
//!
//! A fresh page of memory costs more than a light layer does with it: 0.35 ms a megabyte, a third of a frame's time when
//! every map is a new allocation. So maps that nothing reads any more leave their memory to later ones.

use std::sync::{Mutex, PoisonError};

use crate::vector::Vector;

/// Memory that is free, up to a limit.
#[derive(Debug)]
pub(crate) struct Pool {
    /// The most vectors it keeps, those in use included.
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<Vec<Vector>>,
    /// Vectors given out and not yet returned.
    used: usize,
}

impl Pool {
    /// Keeps at most so many bytes.
    pub(crate) fn new(limit_bytes: u64) -> Self {
        let limit = usize::try_from(limit_bytes / size_of::<Vector>() as u64).unwrap_or(usize::MAX);
        Self { limit, state: Mutex::default() }
    }

    /// So many vectors of any content.
    pub(crate) fn take(&self, count: usize) -> Vec<Vector> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.used += count;
        let fits = |vectors: &Vec<Vector>| vectors.len() >= count && vectors.len() / 2 <= count;
        let candidates = state.free.iter().enumerate().filter(|(_, vectors)| fits(vectors));
        if let Some((index, _)) = candidates.min_by_key(|(_, vectors)| vectors.len()) {
            let mut vectors = state.free.swap_remove(index);
            vectors.truncate(count);
            return vectors;
        }
        if state.used + state.free() > self.limit {
            state.free.clear();
        }
        drop(state);
        vec![Vector::ZERO; count]
    }

    /// Takes memory back.
    pub(crate) fn give(&self, mut vectors: Vec<Vector>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.used = state.used.saturating_sub(vectors.len());
        vectors.resize(vectors.capacity(), Vector::ZERO);
        if state.used + state.free() + vectors.len() <= self.limit {
            state.free.push(vectors);
        }
    }
}

impl State {
    fn free(&self) -> usize {
        self.free.iter().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_given_back_is_used_again_where_it_fits() {
        let pool = Pool::new(64 * 100);
        let first = pool.take(40);
        let place = first.as_ptr();
        pool.give(first);
        let second = pool.take(30);
        assert_eq!((second.len(), second.as_ptr()), (30, place));
        pool.give(second);
        let third = pool.take(39);
        assert_eq!(third.as_ptr(), place);
    }

    #[test]
    fn what_is_free_is_let_go_when_it_and_what_is_used_exceed_the_limit() {
        let pool = Pool::new(64 * 100);
        pool.give(pool.take(60));
        let taken = pool.take(10);
        assert_eq!((taken.len(), pool.state.lock().unwrap().free()), (10, 60));
        let _more = pool.take(70);
        assert_eq!(pool.state.lock().unwrap().free(), 0);
        pool.give(taken);
        assert!(pool.state.lock().unwrap().free() <= 20);
    }
}
